//! Application of entries: the only way in which a replica changes.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Outcome, Replica};
use crate::interests::Interests;
use crate::{Entry, Settings, actions};

impl Replica {
    /// Applies an entry, or refuses it, and appends what comes of it to `out`.
    ///
    /// Returns false for an entry that was applied before: one delivered again changes nothing.
    pub(crate) fn apply(&mut self, entry: Entry, out: &mut Outcome<'_>) -> bool {
        if entry.id <= self.last {
            return false;
        }
        self.last = entry.id;
        self.clock = entry.clock;
        let proposal = entry.proposal;
        let first = out.effects.len();
        let session = proposal.origin.session;
        if let Err(refusal) = actions::dispatch::apply(
            self,
            entry.id,
            proposal.actor,
            proposal.origin,
            proposal.change,
            out,
        ) {
            out.refuse(proposal.origin, refusal);
        }
        actions::channel_events::record(self, first, out);
        self.record_changed(out);
        // A session whose registration failed leaves nothing behind.
        if self
            .sessions
            .get(&session)
            .is_some_and(|known| known.is_unused())
        {
            self.sessions.remove(&session);
        }
        true
    }

    /// Applies an entry without telling anybody, to catch up with a journal. Returns false for one
    /// that was applied before.
    pub fn catch_up(&mut self, entry: Entry) -> bool {
        let (mut effects, mut records) = (Vec::new(), Vec::new());
        let interests = Interests::default();
        let mut outcome = Outcome::new(&interests, &mut effects, &mut records);
        self.apply(entry, &mut outcome)
    }

    /// Replaces the settings, and updates who is an operator or always-on by them.
    pub(crate) fn set_settings(&mut self, settings: Arc<Settings>, out: &mut Outcome<'_>) {
        self.settings = settings;
        self.reserve_names();
        actions::oper::review(self, out);
        actions::always_on::review_all(self, out);
    }
}
