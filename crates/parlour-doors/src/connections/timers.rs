//! Timers of connections.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use parlour_core::Instant;

use super::conn_id::ConnId;

/// Timers by time. A connection may have several. Only its earliest counts, and is set anew if it
/// fires too early.
#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Instant, ConnId)>>,
}

impl Timers {
    /// Sets a timer at `at`, unless an earlier one is set. `armed` is the connection's earliest
    /// timer.
    pub fn arm(&mut self, at: Instant, id: ConnId, armed: &mut Option<Instant>) {
        // A deadline that moves later adds no entry, so a busy connection does not fill the heap.
        if armed.is_none_or(|earliest| at < earliest) {
            *armed = Some(at);
            self.heap.push(Reverse((at, id)));
        }
    }

    /// Returns the time of the next timer.
    pub fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// Removes and returns a timer that is due: its time and its connection.
    pub fn due(&mut self, now: Instant) -> Option<(Instant, ConnId)> {
        let Reverse((at, id)) = *self.heap.peek()?;
        (at <= now).then(|| {
            self.heap.pop();
            (at, id)
        })
    }
}
