//! Rate limit of one connection (a token bucket). Beyond it, input is read more slowly; nothing is
//! lost.

use parlour_core::Instant;

use crate::cost::{Cost, MESSAGE};

/// Rate limit in messages; other requests count by their cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Number of messages at once, after some silence.
    pub burst: u32,
    /// Number of messages per second in the long run.
    pub per_second: u32,
}

/// Microseconds per second.
const SECOND: u64 = 1_000_000;

impl Pace {
    /// Returns the microseconds that one message takes up.
    fn each(self) -> u64 {
        SECOND / u64::from(self.per_second).clamp(1, SECOND)
    }

    /// Returns the microseconds that may be owed: the burst.
    fn most(self) -> u64 {
        self.each() * u64::from(self.burst.max(1))
    }
}

/// Debt of one connection: the time, in microseconds, at which everything spent so far is paid off.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Debt(u64);

fn micros(now: Instant) -> u64 {
    now.0.saturating_mul(1000)
}

impl Debt {
    /// Returns the cost that may be spent now.
    pub fn room(self, pace: Pace, now: Instant) -> Cost {
        let owed = self.0.saturating_sub(micros(now));
        pace.most().saturating_sub(owed) * MESSAGE / pace.each()
    }

    /// Adds a cost that was spent. It may exceed the room: the debt is paid off later.
    pub fn add(&mut self, pace: Pace, now: Instant, spent: Cost) {
        let from = self.0.max(micros(now));
        self.0 = from.saturating_add(pace.each().saturating_mul(spent) / MESSAGE);
    }

    /// Returns the time at which there is room for one message again.
    pub fn has_room_at(self, pace: Pace) -> Instant {
        Instant(
            (self.0 + pace.each())
                .saturating_sub(pace.most())
                .div_ceil(1000),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_then_so_many_a_second() {
        let pace = Pace {
            burst: 5,
            per_second: 10,
        };
        let mut debt = Debt::default();
        let now = Instant(1_000_000);
        assert_eq!(debt.room(pace, now), 5 * MESSAGE);
        debt.add(pace, now, 5 * MESSAGE);
        assert_eq!(debt.room(pace, now), 0);
        assert_eq!(debt.has_room_at(pace), now.plus(100));
        assert_eq!(debt.room(pace, now.plus(50)), MESSAGE / 2);
        assert_eq!(debt.room(pace, now.plus(499)), 4 * MESSAGE + 99);
        assert_eq!(debt.room(pace, now.plus(60_000)), 5 * MESSAGE);
    }

    #[test]
    fn what_costs_more_than_the_burst_is_paid_off_later() {
        let pace = Pace {
            burst: 2,
            per_second: 1000,
        };
        let mut debt = Debt::default();
        let now = Instant(7);
        debt.add(pace, now, 50 * MESSAGE);
        assert_eq!(debt.room(pace, now), 0);
        assert_eq!(debt.has_room_at(pace), now.plus(49));
        assert_eq!(debt.room(pace, now.plus(49)), MESSAGE);
    }
}
