//! When to look at which connection again.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use parlour_core::Instant;

use super::ConnId;

/// Alarms by time. A connection may have several; only its earliest counts, and one
/// that rings too early is set anew by whoever looks.
#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Instant, ConnId)>>,
}

impl Timers {
    /// Makes sure that an alarm rings at `at` or before. `armed` is the connection's own
    /// note of its earliest alarm.
    pub fn arm(&mut self, at: Instant, id: ConnId, armed: &mut Option<Instant>) {
        if armed.is_none_or(|earliest| at < earliest) {
            *armed = Some(at);
            self.heap.push(Reverse((at, id)));
        }
    }

    /// When the next alarm rings.
    pub fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// An alarm that has rung, if one has: when it was to, and whose it is.
    pub fn due(&mut self, now: Instant) -> Option<(Instant, ConnId)> {
        let Reverse((at, id)) = *self.heap.peek()?;
        (at <= now).then(|| {
            self.heap.pop();
            (at, id)
        })
    }
}
