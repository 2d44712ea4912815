//! Interests of this node's sessions: monitored nicks and metadata subscriptions. They decide who is
//! told of an entry, never what it does.

use alloc::collections::{BTreeMap, BTreeSet};

use crate::names::Folded;
use crate::names::Nick;
use crate::{Name, SessionId};

/// Interests of one session.
#[derive(Debug, Default)]
pub(crate) struct Interest {
    /// Monitored nicks, folded and as given.
    pub monitors: BTreeMap<Folded, Nick>,
    /// True if it reads metadata.
    pub reads_metadata: bool,
    /// Metadata keys that it subscribes to.
    pub keys: BTreeSet<Name>,
}

/// Interests of all sessions of this node.
#[derive(Debug, Default)]
pub(crate) struct Interests {
    sessions: BTreeMap<SessionId, Interest>,
    /// Sessions that monitor a nick (MONITOR).
    // Mirrors `Interest::monitors`: both change together.
    watchers: BTreeMap<Folded, BTreeSet<SessionId>>,
}

impl Interests {
    /// Returns the interests of a session, none if it never had any.
    pub fn of(&self, session: SessionId) -> Option<&Interest> {
        self.sessions.get(&session)
    }

    /// Returns the sessions that monitor a nick.
    pub fn watching(&self, nick: &Folded) -> impl Iterator<Item = SessionId> {
        self.watchers.get(nick).into_iter().flatten().copied()
    }

    /// Returns whether a session subscribes to a metadata key.
    pub fn is_subscribed(&self, session: SessionId, key: &str) -> bool {
        self.of(session)
            .is_some_and(|interest| interest.reads_metadata && interest.keys.contains(key))
    }

    /// Sets whether a session reads metadata; if not, its subscriptions end.
    pub fn read_metadata(&mut self, session: SessionId, reads: bool) {
        if reads {
            self.sessions.entry(session).or_default().reads_metadata = true;
        } else if let Some(interest) = self.sessions.get_mut(&session) {
            interest.reads_metadata = false;
            interest.keys.clear();
        }
    }

    /// Returns the metadata keys that a session subscribes to.
    pub fn keys_mut(&mut self, session: SessionId) -> &mut BTreeSet<Name> {
        &mut self.sessions.entry(session).or_default().keys
    }

    /// Adds a nick to those that a session monitors; returns false if there are `most` already.
    pub fn monitor(
        &mut self,
        session: SessionId,
        folded: &Folded,
        nick: &Nick,
        most: usize,
    ) -> bool {
        let monitors = &mut self.sessions.entry(session).or_default().monitors;
        if monitors.contains_key(folded) {
            return true;
        }
        if monitors.len() >= most {
            return false;
        }
        monitors.insert(folded.clone(), nick.clone());
        let watching = self.watchers.entry(folded.clone()).or_default();
        watching.insert(session);
        true
    }

    /// Removes a nick from those that a session monitors.
    pub fn unmonitor(&mut self, session: SessionId, folded: &Folded) {
        if let Some(interest) = self.sessions.get_mut(&session)
            && interest.monitors.remove(folded).is_some()
        {
            self.unwatch(session, folded);
        }
    }

    /// Clears the list of nicks that a session monitors.
    pub fn clear_monitors(&mut self, session: SessionId) {
        let interest = self.sessions.get_mut(&session);
        let monitors = interest.map(|interest| core::mem::take(&mut interest.monitors));
        for folded in monitors.into_iter().flatten().map(|(folded, _)| folded) {
            self.unwatch(session, &folded);
        }
    }

    /// Removes a session that has ended.
    pub fn forget(&mut self, session: SessionId) {
        self.clear_monitors(session);
        self.sessions.remove(&session);
    }

    fn unwatch(&mut self, session: SessionId, folded: &Folded) {
        if let Some(watching) = self.watchers.get_mut(folded) {
            watching.remove(&session);
            if watching.is_empty() {
                self.watchers.remove(folded);
            }
        }
    }
}
