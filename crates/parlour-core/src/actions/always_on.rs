//! Always-on users: they stay when their last connection ends, over restarts of the server too.

use crate::names::Text;
use alloc::boxed::Box;
use alloc::vec::Vec;

use super::away::NOT_CONNECTED;
use super::context::ActionContext;
use super::{audience, host, oper, quit};
use crate::names::Folded;
use crate::record::{StoredMembership, StoredUser};
use crate::replica::{Outcome, Replica};
use crate::request::AwayState;
use crate::state::{Channel, Member, Profile, User};
use crate::{Body, MsgId, Record, SessionId, UserId, rules};

/// Makes a user always-on, or ends that, as their account says now. Of several users in one
/// account, the first is always-on.
pub(super) fn review(replica: &mut Replica, id: UserId, out: &mut Outcome<'_>) {
    let Some(user) = replica.users.get(&id) else {
        return;
    };
    let account = user.profile.account.as_ref();
    let account = account.map(|account| replica.settings.fold(account));
    let wanted = account.filter(|account| rules::account::may_be_always_on(replica, account));
    if user.always_on == wanted {
        return;
    }
    end(replica, id, out);
    let Some(account) = wanted.filter(|account| !replica.always_on.contains_key(account)) else {
        return;
    };
    replica.always_on.insert(account.clone(), id);
    let Some(user) = replica.users.get_mut(&id) else {
        return;
    };
    user.always_on = Some(account);
    for channel in user.channels.keys() {
        if let Some(channel) = replica.channels.get_mut(channel) {
            keep_channel(channel, out);
        }
    }
    replica.mark_changed(id);
}

/// Records a channel that is not recorded yet, so that an always-on member comes back into it.
pub(super) fn keep_channel(channel: &mut Channel, out: &mut Outcome<'_>) {
    if !channel.recorded {
        out.records.push(channel.record());
    }
}

/// Ends a user's always-on state, and records that.
pub(super) fn end(replica: &mut Replica, id: UserId, out: &mut Outcome<'_>) {
    let user = replica.users.get_mut(&id);
    if let Some(account) = user.and_then(|user| user.always_on.take()) {
        replica.always_on.remove(&account);
        replica.unsaved.remove(&id);
        out.records.push(Record::AlwaysOnEnded(account.clone()));
        // Another user of the account becomes always-on in their place.
        let mut others = replica.users.values().filter(|user| user.profile.id != id);
        let other = others.find(|user| {
            let own = user.profile.account.as_ref();
            own.is_some_and(|own| replica.settings.fold(own) == account)
        });
        if let Some(other) = other.map(|user| user.profile.id) {
            review(replica, other, out);
        }
    }
}

/// Handles the end of an always-on user's last connection: they give up server operator status, and
/// are away unless they were already.
pub(super) fn disconnected(replica: &mut Replica, cx: &ActionContext, out: &mut Outcome<'_>) {
    oper::deoper(replica, cx, out);
    let Some(user) = replica.users.get_mut(&cx.profile.id) else {
        return;
    };
    user.left = Some(cx.at);
    let away: Text = NOT_CONNECTED.into();
    let goes_away = user.away.is_none();
    user.away.get_or_insert_with(|| away.clone());
    if goes_away && let Some(user) = replica.users.get(&cx.profile.id) {
        let heard = audience::neighbours_and_watchers(replica, user, out);
        out.event(heard, None, cx.event(Body::Away(Some(away))));
    }
    replica.mark_changed(cx.profile.id);
}

/// Handles the first new connection of an always-on user, and returns when the last one ended; none
/// if one is still there.
pub(super) fn connected(
    replica: &mut Replica,
    cx: &ActionContext,
    secure: bool,
    out: &mut Outcome<'_>,
) -> Option<MsgId> {
    let user = replica.users.get_mut(&cx.profile.id)?;
    let since = user.left.take()?;
    user.secure = secure;
    adopt_address(replica, cx.profile.id, cx.cause.session, cx.at, out);
    let user = replica.users.get(&cx.profile.id)?;
    // An away text outlasts the connections: the new session takes it over.
    let left = user.away.clone();
    let left = left.filter(|words| &**words != NOT_CONNECTED);
    if let Some(words) = left
        && let Some(session) = replica.sessions.get_mut(&cx.cause.session)
        && session.away == AwayState::Present
    {
        session.away = AwayState::Away(words);
    }
    replica.mark_changed(cx.profile.id);
    Some(since)
}

/// Sets a user's address and cloak to those of the session.
pub(super) fn adopt_address(
    replica: &mut Replica,
    id: UserId,
    session: SessionId,
    at: MsgId,
    out: &mut Outcome<'_>,
) {
    let (Some(session), Some(user)) = (replica.sessions.get(&session), replica.users.get(&id))
    else {
        return;
    };
    let before = user.profile.clone();
    if session.address == before.address {
        return;
    }
    let moved = Profile {
        address: session.address.clone(),
        cloak: session.host.clone(),
        ..(*before).clone()
    };
    replica.set_profile(id, &alloc::sync::Arc::new(moved));
    host::review(
        replica,
        &ActionContext::without_request(before, at),
        id,
        out,
    );
}

impl Replica {
    /// Marks a user as changed; if they are always-on, they are recorded with the current step.
    pub(crate) fn mark_changed(&mut self, id: UserId) {
        // The usual case: without always-on users the look-up is saved.
        if self.always_on.is_empty() {
            return;
        }
        if self.users.get(&id).is_some_and(|u| u.always_on.is_some()) {
            self.unsaved.insert(id);
        }
    }

    /// Records all users marked by [`Core::touch`] as they are now.
    pub(crate) fn record_changed(&mut self, out: &mut Outcome<'_>) {
        for id in core::mem::take(&mut self.unsaved) {
            let user = self.users.get(&id);
            let kept = user.and_then(|user| self.kept_user(user));
            out.records.extend(kept.map(Record::AlwaysOn));
        }
    }

    fn kept_user(&self, user: &User) -> Option<StoredUser> {
        let channels = user.channels.keys().filter_map(|id| {
            let channel = self.channels.get(id)?;
            let member = channel.members.get(&user.profile.id)?;
            Some(StoredMembership {
                channel: channel.name.clone(),
                ranks: member.ranks,
                joined: member.joined,
            })
        });
        let profile = &user.profile;
        Some(StoredUser {
            account: user.always_on.clone()?,
            id: profile.id,
            nick: profile.nick.clone(),
            user: profile.user.clone(),
            host: profile.cloak.clone(),
            address: profile.address.clone(),
            realname: profile.realname.clone(),
            away: user.away.clone(),
            flags: user.flags,
            signon: user.signon,
            left: user.left,
            channels: channels.collect(),
        })
    }

    /// Restores always-on users, in their channels and without a connection.
    pub(crate) fn restore_users(
        &mut self,
        kept: Vec<StoredUser>,
        last: MsgId,
        out: &mut Outcome<'_>,
    ) {
        for kept in kept {
            let nick = self.settings.fold(&kept.nick);
            let stays = rules::account::may_be_always_on(self, &kept.account);
            // The settings may have changed since, or two stored nicks may be the same by now.
            if !stays || self.nicks.contains_key(&nick) {
                out.records.push(Record::AlwaysOnEnded(kept.account));
                continue;
            }
            self.restore_user(kept, nick, last);
        }
    }

    fn restore_user(&mut self, kept: StoredUser, nick: Folded, last: MsgId) {
        let id = kept.id;
        let account = self.accounts.get(&kept.account);
        let metadata = account.map(|account| account.metadata.clone());
        let profile = Profile {
            account: account.map(|account| account.name.clone()),
            address: kept.address,
            bot: kept.flags.has(crate::state::UserFlag::Bot),
            ..alloc::sync::Arc::unwrap_or_clone(Profile::new(
                id,
                kept.nick.clone(),
                kept.user,
                kept.host,
                kept.realname,
            ))
        };
        let host = host::shown(self, &profile, None);
        let mut user = User::new(profile.with_host(host), kept.flags, kept.signon);
        user.metadata = metadata.unwrap_or_default();
        // A user who was connected when the server ended has seen all until then.
        user.left = Some(kept.left.unwrap_or(last));
        user.away = kept.away.or_else(|| Some(NOT_CONNECTED.into()));
        user.always_on = Some(kept.account.clone());
        for member in kept.channels {
            let channel = self.channel_to_restore(&member.channel, kept.signon);
            user.channels.insert(channel.id, ());
            let member = Member {
                ranks: member.ranks,
                profile: user.profile.clone(),
                joined: member.joined,
                hidden: Vec::new(),
            };
            channel.members.insert(id, member);
        }
        self.user_counts.add(&user.flags);
        self.nicks.insert(nick, id);
        self.always_on.insert(kept.account, id);
        self.users.insert(id, Box::new(user));
        self.set_looks(id, &kept.nick);
    }
}

/// Reviews all always-on users after a change of settings or of an account. Users who are no longer
/// always-on, and have no connection, are ended.
pub(crate) fn review_all(replica: &mut Replica, out: &mut Outcome<'_>) {
    let stay: Vec<UserId> = replica.always_on.values().copied().collect();
    for id in stay {
        review(replica, id, out);
        let Some(user) = replica.users.get(&id) else {
            continue;
        };
        if user.always_on.is_none() && user.sessions.is_empty() {
            let (profile, words) = (user.profile.clone(), "Not connected".into());
            quit::end_user(replica, replica.last, &profile, &words, out);
        }
    }
}
