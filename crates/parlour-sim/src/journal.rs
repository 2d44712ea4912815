//! Journal under the simulation's control: it may keep proposals back, and deliver entries again.

use std::collections::VecDeque;

use parlour_core::{Core, Effects, Entry, Input, MsgId, Now, Proposal};

/// Journal of one node, with all that it has placed.
#[derive(Debug)]
pub struct Journal {
    last: MsgId,
    /// Proposals without a place yet, in order.
    waiting: VecDeque<Proposal>,
    /// Entries, in order.
    placed: Vec<Entry>,
    /// True if proposals get their places at once.
    pub at_once: bool,
}

impl Journal {
    /// Creates a journal that continues after `last`.
    pub fn new(last: MsgId) -> Journal {
        Journal {
            last,
            waiting: VecDeque::new(),
            placed: Vec::new(),
            at_once: true,
        }
    }

    /// Feeds an input to the core and, if nothing is kept back, its proposals as entries.
    pub fn feed(&mut self, core: &mut Core, now: Now, input: Input, effects: &mut Effects) {
        core.step(now, input, effects);
        self.waiting.extend(effects.proposals.drain(..));
        while self.at_once && self.place(core, now, effects) {}
    }

    /// Gives the next waiting proposal its place and feeds the entry; false if there is none.
    pub fn place(&mut self, core: &mut Core, now: Now, effects: &mut Effects) -> bool {
        let Some(proposal) = self.waiting.pop_front() else {
            return false;
        };
        self.last = self.last.next(now.time);
        let entry = Entry {
            id: self.last,
            clock: now.instant,
            proposal,
        };
        self.placed.push(entry.clone());
        core.step(now, Input::Entry(entry), effects);
        self.waiting.extend(effects.proposals.drain(..));
        true
    }

    /// Tells the core that it is not known whether the waiting proposals have places.
    pub fn unconfirm(&self, core: &mut Core, now: Now, effects: &mut Effects) {
        for proposal in &self.waiting {
            core.step(
                now,
                Input::Unconfirmed(proposal.origin, proposal.done),
                effects,
            );
        }
    }

    /// Removes and returns the proposals that have no place yet.
    pub fn take(&mut self) -> Vec<Proposal> {
        self.waiting.drain(..).collect()
    }

    /// Returns all entries placed so far, in order.
    pub fn placed(&self) -> &[Entry] {
        &self.placed
    }
}
