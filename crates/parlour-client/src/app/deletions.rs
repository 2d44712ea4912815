//! Deletions of messages, which can be undone for a few seconds.

use crate::NetworkId;
use crate::model::BufferId;

/// Milliseconds in which a deletion can be undone.
const UNDO: u64 = 5_000;

/// Deletion that can still be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Deletion {
    pub network: NetworkId,
    pub buffer: BufferId,
    /// Name of the buffer, for one that is closed meanwhile.
    pub target: String,
    /// Ids of the message and of its edits.
    pub msgids: Vec<String>,
}

/// Deletions, by the monotonic time in milliseconds at which they are due.
#[derive(Debug, Default)]
pub(super) struct Deletions(Vec<(u64, Deletion)>);

impl Deletions {
    /// Schedules a deletion.
    pub fn schedule(&mut self, now: u64, deletion: Deletion) {
        self.0.push((now + UNDO, deletion));
    }

    /// Cancels the last one. Returns whether there was one.
    pub fn undo(&mut self) -> bool {
        self.0.pop().is_some()
    }

    /// Makes all due, since there is no later.
    pub fn hurry(&mut self) {
        for (due, _) in &mut self.0 {
            *due = 0;
        }
    }

    /// Removes and returns those that are due and can be done; others wait.
    pub fn take_due(&mut self, now: u64, can_do: impl Fn(&Deletion) -> bool) -> Vec<Deletion> {
        let is_due = |(due, deletion): &mut (u64, Deletion)| *due <= now && can_do(deletion);
        let due = self.0.extract_if(.., is_due);
        due.map(|(_, deletion)| deletion).collect()
    }
}
