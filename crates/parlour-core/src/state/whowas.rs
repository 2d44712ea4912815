//! WHOWAS history: nicks of users who quit or changed nick.

use serde::{Deserialize, Serialize};

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::Profile;
use crate::names::Folded;
use crate::reply::WhowasEntry;
use crate::{Time, limits, mask};

/// Last [`limits::WHOWAS_ENTRIES`] former nicks, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Whowas {
    entries: VecDeque<(Folded, WhowasEntry)>,
}

impl Whowas {
    pub(crate) fn note(&mut self, nick: Folded, profile: Arc<Profile>, until: Time) {
        if self.entries.len() == limits::WHOWAS_ENTRIES {
            self.entries.pop_back();
        }
        self.entries
            .push_front((nick, WhowasEntry { profile, until }));
    }

    /// Returns the entries of `nick`, newest first; at most `count`, or all for 0.
    pub(crate) fn of(&self, nick: &Folded, count: usize) -> Vec<WhowasEntry> {
        self.found(count, |folded, _| folded == nick)
    }

    /// Returns the entries whose nick matches a mask, newest first; at most `count`, or all for 0.
    pub(crate) fn matching(&self, wanted: &str, count: usize) -> Vec<WhowasEntry> {
        self.found(count, |_, entry| mask::matches(wanted, &entry.profile.nick))
    }

    fn found(
        &self,
        count: usize,
        wanted: impl Fn(&Folded, &WhowasEntry) -> bool,
    ) -> Vec<WhowasEntry> {
        let most = if count == 0 { usize::MAX } else { count };
        self.entries
            .iter()
            .filter(|(folded, entry)| wanted(folded, entry))
            .take(most)
            .map(|(_, entry)| entry.clone())
            .collect()
    }
}
