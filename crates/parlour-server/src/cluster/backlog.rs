//! Backlog of a node: events of the stream that its core has taken, and whose records wait for the disk. While there is
//! no place for more, the stream is read no further, and the others let the node's users go elsewhere.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Events that the core may have at once.
const PLACES: usize = 256;

/// Places for events.
#[derive(Debug)]
pub(crate) struct Backlog {
    /// Free places; none once the core has ended.
    free: Mutex<Option<usize>>,
    changed: Condvar,
}

impl Default for Backlog {
    fn default() -> Self {
        Backlog {
            free: Mutex::new(Some(PLACES)),
            changed: Condvar::new(),
        }
    }
}

impl Backlog {
    /// Locks the number, which is whole at each moment: a panic leaves it intact.
    fn lock(&self) -> MutexGuard<'_, Option<usize>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place, and waits until one is free. Returns false once the core has ended.
    pub fn take(&self) -> bool {
        let free = self
            .changed
            .wait_while(self.lock(), |free| *free == Some(0));
        let mut free = free.unwrap_or_else(PoisonError::into_inner);
        *free = free.map(|free| free - 1);
        free.is_some()
    }

    /// Gives places back.
    pub fn give_back(&self, count: usize) {
        if count > 0 {
            let mut free = self.lock();
            *free = free.map(|free| free + count);
            self.changed.notify_all();
        }
    }

    /// Lets go whoever waits: the core has ended.
    pub fn close(&self) {
        *self.lock() = None;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    #[test]
    fn a_place_is_taken_again_when_it_was_given_back_and_nobody_waits_for_an_ended_core() {
        let backlog = Arc::new(Backlog::default());
        assert!((0..PLACES).all(|_| backlog.take()));
        let waiting = backlog.clone();
        let taker = thread::spawn(move || waiting.take());
        backlog.give_back(1);
        assert!(taker.join().unwrap());
        let waiting = backlog.clone();
        let taker = thread::spawn(move || waiting.take());
        backlog.close();
        assert!(!taker.join().unwrap());
    }
}
