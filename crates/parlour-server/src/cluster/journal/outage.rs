//! Time for which a node is cut off: most elections of a leader are over before users need to hear of it.

use std::time::{Duration, Instant};

/// Time after which users are told, and requests on their way are answered all the same.
const LASTS: Duration = Duration::from_secs(5);

/// Outage of a node, if there is one.
#[derive(Debug, Default)]
pub(super) struct Outage {
    /// Time at which users are to be told.
    due: Option<Instant>,
    is_told: bool,
}

impl Outage {
    /// Notes the beginning of an outage.
    pub fn begin(&mut self, now: Instant) {
        self.due = Some(now + LASTS);
    }

    /// Notes its end; returns whether users know of it.
    pub fn end(&mut self) -> bool {
        self.due = None;
        std::mem::take(&mut self.is_told)
    }

    /// Returns whether users are to be told now, which is true once for each outage.
    pub fn is_due(&mut self, now: Instant) -> bool {
        let is_due = self.due.take_if(|due| *due <= now).is_some();
        self.is_told |= is_due;
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_told_once_of_an_outage_that_lasts_and_of_its_end() {
        let (mut outage, now) = (Outage::default(), Instant::now());
        outage.begin(now);
        assert!(!outage.is_due(now));
        assert!(!outage.end(), "it was short");
        assert!(!outage.is_due(now + LASTS));
        outage.begin(now);
        assert!(outage.is_due(now + LASTS));
        assert!(!outage.is_due(now + LASTS * 2));
        assert!(outage.end());
        assert!(!outage.end());
    }
}
