//! Journal of a single node: it gives each proposal the next place at once.

use parlour_core::{Entry, MsgId, Now, Proposal};

/// Journal of a single node.
#[derive(Debug)]
pub(crate) struct LocalJournal {
    last: MsgId,
}

impl LocalJournal {
    /// Creates a journal that continues after `last`.
    pub fn new(last: MsgId) -> Self {
        LocalJournal { last }
    }

    /// Gives a proposal the next place.
    pub fn place(&mut self, now: Now, proposal: Proposal) -> Entry {
        self.last = self.last.next(now.time);
        Entry {
            id: self.last,
            clock: now.instant,
            proposal,
        }
    }
}
