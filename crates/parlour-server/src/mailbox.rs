//! A bounded queue between threads.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Letters for one thread. Its owner is woken by the condition variable or, if it
/// sleeps in a poll, by the waker that was given.
pub(crate) struct Mailbox<T> {
    letters: Mutex<VecDeque<T>>,
    arrived: Condvar,
    room: Condvar,
    limit: usize,
    waker: Option<mio::Waker>,
}

impl<T> Mailbox<T> {
    /// A mailbox for at most `limit` letters.
    pub fn new(limit: usize, waker: Option<mio::Waker>) -> Self {
        Mailbox {
            letters: Mutex::new(VecDeque::new()),
            arrived: Condvar::new(),
            room: Condvar::new(),
            limit,
            waker,
        }
    }

    /// A panic elsewhere has left the queue whole: each change of it is one call.
    fn lock(&self) -> MutexGuard<'_, VecDeque<T>> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Posts a letter; waits while there is no room.
    pub fn post(&self, letter: T) {
        let mut letters = self.lock();
        while letters.len() >= self.limit {
            letters = self
                .room
                .wait(letters)
                .unwrap_or_else(PoisonError::into_inner);
        }
        self.put(letters, letter);
    }

    /// Posts a letter if there is room for it; else gives it back.
    pub fn try_post(&self, letter: T) -> Result<(), T> {
        let letters = self.lock();
        if letters.len() >= self.limit {
            return Err(letter);
        }
        self.put(letters, letter);
        Ok(())
    }

    /// Posts a letter at once, room or not: for those who bound their letters otherwise.
    pub fn post_unbounded(&self, letter: T) {
        let letters = self.lock();
        self.put(letters, letter);
    }

    fn put(&self, mut letters: MutexGuard<'_, VecDeque<T>>, letter: T) {
        let was_empty = letters.is_empty();
        letters.push_back(letter);
        drop(letters);
        if was_empty {
            self.arrived.notify_one();
            if let Some(waker) = &self.waker
                && let Err(error) = waker.wake()
            {
                tracing::error!("a thread cannot be woken: {error}");
            }
        }
    }

    /// Takes all letters; waits for the first one.
    pub fn take(&self, into: &mut Vec<T>) {
        let mut letters = self.lock();
        while letters.is_empty() {
            letters = self
                .arrived
                .wait(letters)
                .unwrap_or_else(PoisonError::into_inner);
        }
        self.empty(letters, into);
    }

    /// Takes the first letter; waits for it. The others still count as waiting.
    pub fn take_one(&self, into: &mut Vec<T>) {
        let mut letters = self.lock();
        loop {
            if let Some(letter) = letters.pop_front() {
                into.push(letter);
                drop(letters);
                self.room.notify_all();
                return;
            }
            letters = self
                .arrived
                .wait(letters)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes all letters that are there.
    pub fn take_now(&self, into: &mut Vec<T>) {
        let letters = self.lock();
        self.empty(letters, into);
    }

    /// Takes all letters; waits for the first one at most so long.
    pub fn take_within(&self, time: Duration, into: &mut Vec<T>) {
        let letters = self.lock();
        let waited = self
            .arrived
            .wait_timeout_while(letters, time, |letters| letters.is_empty());
        let (letters, _) = waited.unwrap_or_else(PoisonError::into_inner);
        self.empty(letters, into);
    }

    fn empty(&self, mut letters: MutexGuard<'_, VecDeque<T>>, into: &mut Vec<T>) {
        into.extend(letters.drain(..));
        drop(letters);
        self.room.notify_all();
    }
}
