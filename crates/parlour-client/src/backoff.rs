//! Delays between attempts to connect.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Longest delay.
const MOST: Duration = Duration::from_secs(30);

/// Exponential backoff from one second to [`MOST`]. Each delay is randomized, so that the clients
/// of a restarted server do not all return at once.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    tries: u32,
}

impl Backoff {
    /// Returns the next delay and counts the attempt.
    pub fn next(&mut self) -> Duration {
        // `RandomState` has random keys: enough randomness for a delay, without another dependency.
        let chance = RandomState::new().hash_one(self.tries) % 1000;
        let wait = self.wait(chance);
        self.tries = self.tries.saturating_add(1);
        wait
    }

    /// Resets the delay after a good connection.
    pub fn reset(&mut self) {
        self.tries = 0;
    }

    /// Returns a delay between half of the full one and all of it, by a random number from 0 to
    /// 999.
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
