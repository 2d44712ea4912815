//! Look-up of sessions, users, channels and conversation parties.

use alloc::boxed::Box;

use super::Replica;
use crate::error::{ChannelError, NameError};
use crate::history::Party;
use crate::names::AccountName;
use crate::names::{self, Folded};
use crate::state::{Account, Channel, Profile, User};
use crate::{Refusal, SessionId, UserId, rules};

impl Replica {
    /// Returns the account that a session is logged into.
    pub(crate) fn login_of(&self, session: SessionId) -> Option<&AccountName> {
        self.sessions.get(&session)?.account.as_ref()
    }

    /// Returns a user.
    pub(crate) fn user(&self, id: UserId) -> Option<&User> {
        self.users.get(&id).map(Box::as_ref)
    }

    /// Returns the user of a session, if it is registered.
    pub(crate) fn user_of(&self, session: SessionId) -> Option<&User> {
        self.user(self.sessions.get(&session)?.user?)
    }

    /// Returns the comparison key of a nick as typed: prepared as nicks are, then folded.
    pub(crate) fn nick_key(&self, nick: &str) -> Folded {
        // Preparation leaves ASCII as it is; most nicks save its allocation.
        if nick.is_ascii() {
            self.settings.fold(nick)
        } else {
            self.settings.fold(&names::prepare_nick(nick))
        }
    }

    /// Returns the key of a channel or nick among the read markers.
    pub(crate) fn marker_key(&self, target: &str) -> Folded {
        if target.starts_with('#') {
            self.settings.fold(target)
        } else {
            self.nick_key(target)
        }
    }

    /// Returns a user's party in private conversations: the account, or the user as a guest.
    pub(crate) fn party(&self, user: &Profile) -> Party {
        let name = user.account.as_ref().map(|name| self.nick_key(name));
        let account = name.and_then(|name| self.accounts.get(&name));
        account.map_or(Party::Guest(user.id), Account::party)
    }

    pub(crate) fn user_by_nick(&self, nick: &str) -> Result<&User, Refusal> {
        self.nicks
            .get(&self.nick_key(nick))
            .and_then(|&id| self.user(id))
            .ok_or_else(|| Refusal::Name(NameError::NoSuchNick(nick.into())))
    }

    /// Returns whether there is an account of this name.
    pub fn has_account(&self, name: &str) -> bool {
        let folded = self.settings.casemapping.fold(name);
        self.accounts.get(&folded).is_some()
    }

    /// Returns the display name of an account.
    pub(crate) fn account_name(&self, account: &Folded) -> AccountName {
        let known = self.accounts.get(account);
        known.map_or_else(|| account.as_str().into(), |known| known.name.clone())
    }

    /// Returns a channel by name, including registered ones without members.
    pub(crate) fn any_channel(&self, name: &str) -> Result<&Channel, Refusal> {
        let id = self.channel_names.get(&self.settings.fold(name));
        let channel = id.and_then(|id| self.channels.get(id));
        let there = |c: &&Channel| c.registered.is_some() || c.permanent || !c.members.is_empty();
        let channel = channel.filter(there);
        channel.ok_or_else(|| Refusal::Channel(ChannelError::NoSuchChannel(name.into())))
    }

    /// Returns a channel by name for a requester, as if a secret channel did not exist for those
    /// who may not see it (+s).
    pub(crate) fn channel_seen_by(&self, name: &str, asker: UserId) -> Result<&Channel, Refusal> {
        let channel = self.channel_by_name(name)?;
        let asker = self.users.get(&asker);
        asker
            .filter(|asker| rules::see::channel(channel, asker))
            .map(|_| channel)
            .ok_or_else(|| Refusal::Channel(ChannelError::NoSuchChannel(name.into())))
    }

    /// Returns a channel with members, or the lobby, by name, whoever asks. For replies to users,
    /// use `channel_seen_by`.
    pub(crate) fn channel_by_name(&self, name: &str) -> Result<&Channel, Refusal> {
        self.channel_names
            .get(&self.settings.fold(name))
            .and_then(|id| self.channels.get(id))
            .filter(|channel| channel.permanent || !channel.members.is_empty())
            .ok_or_else(|| Refusal::Channel(ChannelError::NoSuchChannel(name.into())))
    }
}
