//! Typing notifications that the user's keys cause.

use crate::model::BufferId;

/// Milliseconds between two notifications (typing, §Format).
const EVERY: u64 = 3_000;
/// Milliseconds without a key after which typing has paused.
const PAUSE: u64 = 5_000;

/// Last notification that the user types: its buffer, and its monotonic time in milliseconds.
#[derive(Debug, Default)]
pub(super) struct TypingStatus(Option<(BufferId, u64)>);

impl TypingStatus {
    /// Notes a key in a buffer. Returns whether it is time for a notification.
    pub fn typed(&mut self, buffer: BufferId, now: u64) -> bool {
        let is_early = self
            .0
            .is_some_and(|(before, at)| before == buffer && now.saturating_sub(at) < EVERY);
        if !is_early {
            self.0 = Some((buffer, now));
        }
        !is_early
    }

    /// Ends it. Returns the buffer whose members believe that the user types.
    pub fn end(&mut self) -> Option<BufferId> {
        self.0.take().map(|(buffer, _)| buffer)
    }

    /// Ends it after a pause, and returns the buffer.
    pub fn end_after_pause(&mut self, now: u64) -> Option<BufferId> {
        let ended = self.0.take_if(|(_, at)| now.saturating_sub(*at) >= PAUSE);
        ended.map(|(buffer, _)| buffer)
    }
}
