//! Ends of sessions and of users (QUIT).

use crate::names::Text;
use alloc::vec::Vec;

use super::context::ActionContext;
use super::{always_on, audience, away};
use crate::history::Party;
use crate::replica::{Outcome, Replica};
use crate::state::Profile;
use crate::{Audience, Body, ChannelId, Effect, Event, MsgId};

pub(super) fn quit(replica: &mut Replica, cx: &ActionContext, reason: Text, out: &mut Outcome<'_>) {
    let (id, session) = (cx.profile.id, cx.cause.session);
    let Some(user) = replica.users.get_mut(&id) else {
        replica.forget_session(session, out);
        out.effects.push(Effect::Close(session, reason.into()));
        return;
    };
    if user.sessions.as_slice() == [session] && user.always_on.is_none() {
        end_user(replica, cx.at, &cx.profile, &reason, out);
        return;
    }
    user.sessions.retain(|&other| other != session);
    for &channel in user.channels.keys() {
        out.effects.push(Effect::Leave(session, channel));
    }
    let last = user.sessions.is_empty();
    let remaining = user.sessions.first().copied();
    replica.forget_session(session, out);
    out.effects.push(Effect::Close(session, reason.into()));
    if last {
        always_on::disconnected(replica, cx, out);
    } else {
        away::review(
            replica,
            &ActionContext::without_request(cx.profile.clone(), cx.at),
            out,
        );
    }
    // The remaining sessions may have another address.
    if let Some(remaining) = remaining {
        always_on::adopt_address(replica, id, remaining, cx.at, out);
    }
}

/// Ends a user and all their sessions with this text.
pub(super) fn end_user(
    replica: &mut Replica,
    at: MsgId,
    profile: &alloc::sync::Arc<Profile>,
    words: &Text,
    out: &mut Outcome<'_>,
) {
    let id = profile.id;
    let Some(user) = replica.users.get(&id) else {
        return;
    };
    let sessions = user.sessions.clone();
    let channels: Vec<ChannelId> = user.channels.keys().copied().collect();
    // Computed while the user is still in the channels. Their own sessions are closed instead.
    let heard = match audience::neighbours(replica, user) {
        Audience::Neighbours {
            channels,
            sessions: heard,
            ..
        } => Audience::Neighbours {
            channels,
            sessions: heard
                .iter()
                .copied()
                .filter(|session| !sessions.contains(session))
                .collect(),
            watchers: [].into(),
        },
        other @ (Audience::Channel(_) | Audience::Sessions(_)) => other,
    };
    for channel in channels {
        replica.remove_member(at, id, channel, out);
    }
    always_on::end(replica, id, out);
    replica.adrift.remove(&id);
    replica.resumes.forget(id);
    replica.forget_looks(id);
    replica.markers.forget(&Party::Guest(id));
    if let Some(user) = replica.users.remove(&id) {
        replica.user_counts.take(&user.flags);
    }
    let folded = replica.settings.fold(&profile.nick);
    replica.nicks.remove(&folded);
    replica
        .whowas
        .note(folded.clone(), profile.clone(), at.time());
    let event = Event {
        id: at,
        from: profile.clone(),
        body: Body::Quit(words.clone()),
    };
    out.event(heard, None, event.into());
    for session in sessions {
        replica.forget_session(session, out);
        out.effects
            .push(Effect::Close(session, words.clone().into()));
    }
    audience::tell_offline(replica, &folded, &profile.nick, out);
}
