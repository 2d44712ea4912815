//! Finding sessions, users, channels and sides of conversations.

use super::Core;
use crate::history::Party;
use crate::names::{self, Folded};
use crate::state::{Account, Channel, Profile, User};
use crate::{Name, Refusal, SessionId, UserId, rules};

impl Core {
    /// The account that a session is logged into.
    pub(crate) fn login_of(&self, session: SessionId) -> Option<&Name> {
        self.sessions.get(&session)?.account.as_ref()
    }

    /// The user of a session, if it is registered.
    pub(crate) fn user_of(&self, session: SessionId) -> Option<&User> {
        self.users.get(&self.sessions.get(&session)?.user?)
    }

    /// A nick, as somebody wrote it, as it is compared: prepared as the nick itself was.
    pub(crate) fn nick_key(&self, nick: &str) -> Folded {
        if nick.is_ascii() {
            self.settings.fold(nick)
        } else {
            self.settings.fold(&names::prepare_nick(nick))
        }
    }

    /// A user's side of a private conversation.
    pub(crate) fn party(&self, user: &Profile) -> Party {
        let name = user.account.as_ref().map(|name| self.nick_key(name));
        let account = name.and_then(|name| self.accounts.get(&name));
        account.map_or(Party::Guest(user.id), Account::party)
    }

    pub(crate) fn user_by_nick(&self, nick: &str) -> Result<&User, Refusal> {
        self.nicks
            .get(&self.nick_key(nick))
            .and_then(|id| self.users.get(id))
            .ok_or_else(|| Refusal::NoSuchNick(nick.into()))
    }

    /// The name of an account as it is shown.
    pub(crate) fn account_name(&self, account: &Folded) -> Name {
        let known = self.accounts.get(account);
        known.map_or_else(|| account.as_str().into(), |known| known.name.clone())
    }

    /// A channel by name, also one of an account that nobody is in.
    pub(crate) fn any_channel(&self, name: &str) -> Result<&Channel, Refusal> {
        let id = self.channel_names.get(&self.settings.fold(name));
        let channel = id.and_then(|id| self.channels.get(id));
        let there = |c: &&Channel| c.registered.is_some() || c.permanent || !c.members.is_empty();
        let channel = channel.filter(there);
        channel.ok_or_else(|| Refusal::NoSuchChannel(name.into()))
    }

    /// A channel by name for `asker`; who may not know of a secret channel is answered as if
    /// it were not there.
    pub(crate) fn channel_seen_by(&self, name: &str, asker: UserId) -> Result<&Channel, Refusal> {
        let channel = self.channel_by_name(name)?;
        let asker = self.users.get(&asker);
        asker
            .filter(|asker| rules::see::channel(channel, asker))
            .map(|_| channel)
            .ok_or_else(|| Refusal::NoSuchChannel(name.into()))
    }

    /// A channel by name, whoever asks; also one that nobody is in but that is
    /// remembered. For what is answered to somebody, use `channel_seen_by`.
    pub(crate) fn channel_by_name(&self, name: &str) -> Result<&Channel, Refusal> {
        self.channel_names
            .get(&self.settings.fold(name))
            .and_then(|id| self.channels.get(id))
            .filter(|channel| channel.permanent || !channel.members.is_empty())
            .ok_or_else(|| Refusal::NoSuchChannel(name.into()))
    }
}
