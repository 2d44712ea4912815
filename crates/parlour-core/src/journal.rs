//! Journal: the total order of changes.
//!
//! A change is proposed, and the journal returns it as an entry with an id. On a single node the
//! journal is [`LocalJournal`], which does so at once; a cluster's journal would be a stream that
//! all nodes read. Either feeds the core the same way.

use core::mem;

use crate::{CallId, Change, Core, Effects, Input, MsgId, Now, SessionId, Time};

/// Change that a session proposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Session that proposes it.
    pub session: SessionId,
    /// Number of its request.
    pub call: CallId,
    /// True if [`crate::Effect::Done`] is to follow the last effect.
    pub done: bool,
    /// Proposed change.
    pub change: Change,
}

/// Proposal with its place in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Id of the entry; its time is the one all nodes use.
    pub id: MsgId,
    /// Proposal to apply.
    pub proposal: Proposal,
}

/// Journal of a single node.
#[derive(Debug)]
pub struct LocalJournal {
    last: MsgId,
}

impl LocalJournal {
    /// Creates a journal that continues after `last`.
    pub fn new(last: MsgId) -> Self {
        LocalJournal { last }
    }

    /// Feeds `input` to the core, and then its proposals as entries, until none are left: no entry
    /// is pending when this returns.
    pub fn feed(&mut self, core: &mut Core, now: Now, input: Input, effects: &mut Effects) {
        core.step(now, input, effects);
        // Applying an entry may resume queued calls, which propose again: hence the loop.
        while !effects.proposals.is_empty() {
            // Taken out first: applying an entry appends its own proposals to the same list.
            for proposal in mem::take(&mut effects.proposals) {
                let entry = self.place(now.time, proposal);
                core.step(now, Input::Entry(entry), effects);
            }
        }
    }

    /// Assigns the next id to `proposal`.
    fn place(&mut self, now: Time, proposal: Proposal) -> Entry {
        self.last = self.last.next(now);
        Entry {
            id: self.last,
            proposal,
        }
    }
}
