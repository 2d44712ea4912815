//! The one order of changes.
//!
//! A change is proposed; the journal answers with an entry that has a place. On a single
//! node the journal is [`Loopback`], which answers at once; a cluster's would be a
//! stream that all nodes read. The core is fed the same way by both.

use core::mem;

use crate::{CallId, Change, Core, Effects, Input, MsgId, Now, SessionId, Time};

/// A change that a session wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Who wants it.
    pub session: SessionId,
    /// By which request.
    pub call: CallId,
    /// Whether the session is to be told when all is done.
    pub done: bool,
    /// What.
    pub change: Change,
}

/// A proposal with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The place; also the time that counts for all nodes.
    pub id: MsgId,
    /// What is to be applied.
    pub proposal: Proposal,
}

/// The journal of a single node.
#[derive(Debug)]
pub struct LocalJournal {
    last: MsgId,
}

impl LocalJournal {
    /// Goes on after `last`.
    pub fn new(last: MsgId) -> Self {
        LocalJournal { last }
    }

    /// Feeds `input` to the core, and all that it proposes back to it in its place: when
    /// this returns, nothing is under way.
    pub fn feed(&mut self, core: &mut Core, now: Now, input: Input, effects: &mut Effects) {
        core.step(now, input, effects);
        while !effects.proposals.is_empty() {
            for proposal in mem::take(&mut effects.proposals) {
                let entry = self.place(now.time, proposal);
                core.step(now, Input::Entry(entry), effects);
            }
        }
    }

    /// Gives `proposal` the next place.
    fn place(&mut self, now: Time, proposal: Proposal) -> Entry {
        self.last = self.last.next(now);
        Entry {
            id: self.last,
            proposal,
        }
    }
}
