//! How long to wait before connecting again.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// The longest wait.
const MOST: Duration = Duration::from_secs(30);

/// Waits that double from one second to [`MOST`], each shortened by chance, so that
/// many clients of a server that comes back do not all come at once.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    tries: u32,
}

impl Backoff {
    /// The next wait.
    pub fn next(&mut self) -> Duration {
        let chance = RandomState::new().hash_one(self.tries) % 1000;
        let wait = self.wait(chance);
        self.tries = self.tries.saturating_add(1);
        wait
    }

    /// The connection was good: the next wait is short again.
    pub fn reset(&mut self) {
        self.tries = 0;
    }

    /// Between half of the full wait and all of it, for a chance of 0 to 999.
    fn wait(&self, chance: u64) -> Duration {
        let full = Duration::from_secs(1 << self.tries.min(5))
            .min(MOST)
            .as_millis() as u64;
        Duration::from_millis(full / 2 + full * chance / 2000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_their_bound_and_begin_anew() {
        let mut backoff = Backoff::default();
        assert_eq!(backoff.wait(0), Duration::from_millis(500));
        for _ in 0..40 {
            assert!(backoff.next() <= MOST);
        }
        assert!(backoff.wait(0) >= MOST / 2);
        backoff.reset();
        assert!(backoff.wait(999) <= Duration::from_secs(1));
    }
}
