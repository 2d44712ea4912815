//! Audiences: the sessions that get an event or an unsolicited reply.

use crate::names::Nick;
use crate::reply::UserReply;
use alloc::boxed::Box;
use alloc::vec::Vec;

use super::metadata;
use crate::names::Folded;
use crate::replica::{Outcome, Replica};
use crate::reply::Reply;
use crate::rules::see;
use crate::state::{Channel, Profile, Rank, User};
use crate::{Audience, CallId, Cause, Effect, SessionId, UserId};

/// Returns the sessions of one user.
pub(super) fn sessions(user: &User) -> Audience {
    let sessions: Box<[_]> = user.sessions.clone().into();
    Audience::Sessions(sessions)
}

/// Returns the sessions of all members of at least `rank`.
pub(super) fn ranked(replica: &Replica, channel: &Channel, rank: Rank) -> Vec<SessionId> {
    let members = channel.members.iter();
    members
        .filter(|(_, member)| member.ranks.at_least(rank))
        .filter_map(|(id, _)| replica.users.get(id))
        .flat_map(|user| user.sessions.iter().copied())
        .collect()
}

/// Returns all in a channel who may know that `about` is in it.
pub(super) fn in_channel(replica: &Replica, channel: &Channel, about: UserId) -> Audience {
    if see::is_open(channel, about) {
        return Audience::Channel(channel.id);
    }
    let mut heard = ranked(replica, channel, Rank::Operator);
    if let Some(user) = replica.users.get(&about) {
        heard.extend(user.sessions.iter().copied());
    }
    Audience::Sessions(heard.into())
}

/// Returns all who share a channel with the user and may know it, and the user's own sessions.
pub(super) fn neighbours(replica: &Replica, user: &User) -> Audience {
    let (mut channels, mut heard) = (Vec::new(), user.sessions.clone());
    for channel in user
        .channels
        .keys()
        .filter_map(|id| replica.channels.get(id))
    {
        if see::is_open(channel, user.profile.id) {
            channels.push(channel.id);
        } else {
            heard.extend(ranked(replica, channel, Rank::Operator));
        }
    }
    Audience::Neighbours {
        channels: channels.into(),
        sessions: heard.into(),
        watchers: Box::default(),
    }
}

/// Returns the audience of [`around`], and the sessions that monitor the user.
pub(super) fn neighbours_and_watchers(
    replica: &Replica,
    user: &User,
    out: &Outcome<'_>,
) -> Audience {
    let nick = replica.settings.fold(&user.profile.nick);
    let watching = watching(replica, &nick, out);
    match neighbours(replica, user) {
        Audience::Neighbours {
            channels, sessions, ..
        } => Audience::Neighbours {
            channels,
            sessions,
            watchers: watching.into(),
        },
        other @ (Audience::Channel(_) | Audience::Sessions(_)) => other,
    }
}

/// Returns the sessions that monitor a nick, without those that this entry has ended.
fn watching(replica: &Replica, nick: &Folded, out: &Outcome<'_>) -> Vec<SessionId> {
    let watching = out.interests.watching(nick);
    watching
        .filter(|session| replica.sessions.contains_key(session))
        .collect()
}

/// Sends a session a reply that it did not request.
pub(super) fn tell_session(session: SessionId, reply: Reply, out: &mut Outcome<'_>) {
    let cause = Cause {
        session,
        // No call of a session has number 0.
        call: CallId(0),
    };
    out.effects.push(Effect::Reply(cause, reply));
}

/// Tells the sessions that monitor a nick that `profile` has it now.
pub(super) fn tell_online(
    replica: &Replica,
    nick: &Folded,
    profile: &Profile,
    out: &mut Outcome<'_>,
) {
    for session in watching(replica, nick, out) {
        let reply = Reply::User(UserReply::Monitored {
            online: [profile.source.clone()].into(),
            offline: Vec::new(),
        });
        tell_session(session, reply, out);
        metadata::show_monitored(replica, session, profile.id, out);
    }
}

/// Tells the sessions that monitor a nick that nobody has it any more.
pub(super) fn tell_offline(replica: &Replica, folded: &Folded, nick: &Nick, out: &mut Outcome<'_>) {
    for session in watching(replica, folded, out) {
        let reply = Reply::User(UserReply::Monitored {
            online: Vec::new(),
            offline: [nick.clone()].into(),
        });
        tell_session(session, reply, out);
    }
}
