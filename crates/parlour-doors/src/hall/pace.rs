//! How fast one connection may say things that others hear. Whoever says more is read more slowly;
//! nothing of it is lost.

use parlour_core::{Change, Request, Time};

/// So many messages at once, and then so many a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// At once, after some silence.
    pub burst: u32,
    /// A second, in the long run.
    pub per_second: u32,
}

impl Pace {
    /// Milliseconds that one message takes.
    fn each(self) -> u64 {
        1000 / u64::from(self.per_second.clamp(1, 1000))
    }

    /// Milliseconds that may be owed.
    fn most(self) -> u64 {
        self.each() * u64::from(self.burst.max(1))
    }
}

/// What one connection owes: until then it would have been silent, had it kept to the pace.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Debt(Time);

impl Debt {
    /// How many messages may be said now.
    pub fn room(self, pace: Pace, now: Time) -> usize {
        let owed = self.0.0.saturating_sub(now.0);
        usize::try_from(pace.most().saturating_sub(owed) / pace.each()).unwrap_or(usize::MAX)
    }

    /// So many were said.
    pub fn add(&mut self, pace: Pace, now: Time, count: usize) {
        let from = self.0.max(now);
        self.0 = from.plus(pace.each().saturating_mul(count as u64));
    }

    /// When there is room for one again.
    pub fn has_room_at(self, pace: Pace) -> Time {
        Time((self.0.0 + pace.each()).saturating_sub(pace.most()))
    }
}

/// Whether a request is something that others hear.
pub(crate) fn is_heard(request: &Request) -> bool {
    matches!(
        request,
        Request::Do(
            Change::Say(_)
                | Change::Relay { .. }
                | Change::Invite { .. }
                | Change::Knock(..)
                | Change::Topic(..)
                | Change::Nick(_)
        )
    )
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
        let now = Time(1_000_000);
        assert_eq!(debt.room(pace, now), 5);
        debt.add(pace, now, 5);
        assert_eq!(debt.room(pace, now), 0);
        assert_eq!(debt.has_room_at(pace), now.plus(100));
        assert_eq!(debt.room(pace, now.plus(99)), 0);
        assert_eq!(debt.room(pace, now.plus(100)), 1);
        assert_eq!(debt.room(pace, now.plus(499)), 4);
        assert_eq!(debt.room(pace, now.plus(60_000)), 5);
    }
}
