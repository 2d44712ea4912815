//! Users in their indexes: profiles, nicks and how they look.

use alloc::sync::Arc;

use super::Replica;
use crate::names;
use crate::state::Profile;
use crate::{SessionId, UserId};

impl Replica {
    /// Removes a session that has ended; its node drops what it holds of it.
    pub(crate) fn forget_session(&mut self, id: SessionId, out: &mut super::Outcome<'_>) {
        self.sessions.remove(&id);
        out.ended.push(id);
    }

    /// Indexes the looks of a user's nick, replacing the previous ones.
    pub(crate) fn set_looks(&mut self, id: UserId, nick: &str) {
        // The old looks are the key to the old entry, so they go before being overwritten.
        self.forget_looks(id);
        let looks = names::looks(nick);
        self.looks.insert(&looks, &id);
        if let Some(user) = self.users.get_mut(&id) {
            user.looks = looks;
        }
    }

    /// Removes a user's nick from the index of looks.
    pub(crate) fn forget_looks(&mut self, id: UserId) {
        if let Some(user) = self.users.get(&id) {
            self.looks.remove(&user.looks, &id);
        }
    }

    /// Returns whether a nick could be mistaken for the nick of a user other than `user` or for the
    /// name of an account other than `account`.
    pub(crate) fn looks_like_another(
        &self,
        nick: &str,
        user: Option<UserId>,
        account: Option<&str>,
    ) -> bool {
        let (looks, own) = (names::looks(nick), account.map(|name| self.nick_key(name)));
        self.accounts.looks_like_another(&looks, own.as_ref())
            || self.looks.has_alike(&looks, |id| Some(*id) != user)
    }

    /// Replaces a user's profile wherever it is held.
    pub(crate) fn set_profile(&mut self, id: UserId, profile: &Arc<Profile>) {
        let Some(user) = self.users.get_mut(&id) else {
            return;
        };
        user.profile = profile.clone();
        if user.always_on.is_some() {
            self.unsaved.insert(id);
        }
        // Members hold the profile too, so that NAMES and bans need no look-up of the user.
        for channel in user.channels.keys() {
            if let Some(member) = self
                .channels
                .get_mut(channel)
                .and_then(|c| c.members.get_mut(&id))
            {
                member.profile = profile.clone();
            }
        }
    }
}
