//! Rate limit of hooks, by token: a bucket that empties at a steady rate, as for sessions.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Tokens that are remembered; those whose debt is paid are dropped first.
const REMEMBERED: usize = 4_096;

/// Rate limit in messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HookPace {
    /// Messages at once, after some silence.
    pub burst: u32,
    /// Messages per second in the long run; 0: any number.
    pub per_second: u32,
}

/// Debts of tokens: when each will have paid for what it has sent.
#[derive(Debug, Default)]
pub(crate) struct Paces(RefCell<HashMap<String, Instant>>);

impl Paces {
    /// Spends one message.
    ///
    /// # Errors
    /// Seconds until there is room for the next one.
    pub fn spend(&self, token: &str, pace: HookPace) -> Result<(), u64> {
        if pace.per_second == 0 {
            return Ok(());
        }
        let now = Instant::now();
        let mut debts = self.0.borrow_mut();
        if debts.len() >= REMEMBERED {
            debts.retain(|_, paid| *paid > now);
            // Somebody tries tokens: what they owe is not worth more than a fresh start.
            if debts.len() >= REMEMBERED {
                debts.clear();
            }
        }
        let each = Duration::from_secs(1) / pace.per_second;
        let paid = debts.get(token).copied().unwrap_or(now).max(now) + each;
        let wait = paid.saturating_duration_since(now + each * pace.burst.max(1));
        if !wait.is_zero() {
            return Err(wait.as_secs() + 1);
        }
        debts.insert(token.to_owned(), paid);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_taken_and_then_one_waits() {
        let paces = Paces::default();
        let pace = HookPace {
            burst: 3,
            per_second: 1,
        };
        for _ in 0..3 {
            assert_eq!(paces.spend("a", pace), Ok(()));
        }
        assert_eq!(paces.spend("a", pace), Err(1));
        assert_eq!(paces.spend("b", pace), Ok(()));
        assert_eq!(paces.spend("a", HookPace::default()), Ok(()));
    }
}
