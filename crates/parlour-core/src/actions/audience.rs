//! Audiences: the sessions that get an event or an unsolicited reply.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::metadata;
use crate::names::Folded;
use crate::reply::Reply;
use crate::rules::see;
use crate::state::{Channel, Profile, Rank, User};
use crate::{Audience, CallId, Cause, Core, Effect, Effects, Name, SessionId, UserId};

/// Returns the sessions of one user.
pub(super) fn sessions(user: &User) -> Audience {
    let sessions: Box<[_]> = user.sessions.clone().into();
    Audience::Sessions(sessions)
}

/// Returns the sessions of all members of at least `rank`.
pub(super) fn ranked(core: &Core, channel: &Channel, rank: Rank) -> Vec<SessionId> {
    let members = channel.members.iter();
    members
        .filter(|(_, member)| member.ranks.at_least(rank))
        .filter_map(|(id, _)| core.users.get(id))
        .flat_map(|user| user.sessions.iter().copied())
        .collect()
}

/// Returns all in a channel who may know that `about` is in it.
pub(super) fn in_channel(core: &Core, channel: &Channel, about: UserId) -> Audience {
    if see::is_open(channel, about) {
        return Audience::Channel(channel.id);
    }
    let mut heard = ranked(core, channel, Rank::Operator);
    if let Some(user) = core.users.get(&about) {
        heard.extend(user.sessions.iter().copied());
    }
    Audience::Sessions(heard.into())
}

/// Returns all who share a channel with the user and may know it, and the user's own sessions.
pub(super) fn neighbours(core: &Core, user: &User) -> Audience {
    let (mut channels, mut heard) = (Vec::new(), user.sessions.clone());
    for channel in user.channels.keys().filter_map(|id| core.channels.get(id)) {
        if see::is_open(channel, user.profile.id) {
            channels.push(channel.id);
        } else {
            heard.extend(ranked(core, channel, Rank::Operator));
        }
    }
    Audience::Neighbours {
        channels: channels.into(),
        sessions: heard.into(),
        watchers: Box::default(),
    }
}

/// Returns the audience of [`around`], and the sessions that monitor the user.
pub(super) fn neighbours_and_watchers(core: &Core, user: &User) -> Audience {
    let nick = core.settings.fold(&user.profile.nick);
    let watching = watching(core, &nick);
    match neighbours(core, user) {
        Audience::Neighbours {
            channels, sessions, ..
        } => Audience::Neighbours {
            channels,
            sessions,
            watchers: watching.into(),
        },
        other => other,
    }
}

fn watching(core: &Core, nick: &Folded) -> Vec<SessionId> {
    core.watchers
        .get(nick)
        .map(|sessions| sessions.iter().copied().collect())
        .unwrap_or_default()
}

/// Sends a session a reply that it did not request.
pub(super) fn tell_session(session: SessionId, reply: Reply, out: &mut Effects) {
    let cause = Cause {
        session,
        // No call of a session has number 0.
        call: CallId(0),
    };
    out.out.push(Effect::Reply(cause, reply));
}

/// Tells the sessions that monitor a nick that `profile` has it now.
pub(super) fn tell_online(core: &Core, nick: &Folded, profile: &Profile, out: &mut Effects) {
    for session in watching(core, nick) {
        let reply = Reply::Monitored {
            online: [profile.source.clone()].into(),
            offline: Vec::new(),
        };
        tell_session(session, reply, out);
        metadata::show_monitored(core, session, profile.id, out);
    }
}

/// Tells the sessions that monitor a nick that nobody has it any more.
pub(super) fn tell_offline(core: &Core, folded: &Folded, nick: &Name, out: &mut Effects) {
    for session in watching(core, folded) {
        let reply = Reply::Monitored {
            online: Vec::new(),
            offline: [nick.clone()].into(),
        };
        tell_session(session, reply, out);
    }
}
