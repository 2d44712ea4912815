//! Ends of sessions and of users (QUIT).

use alloc::vec::Vec;

use super::{ActionContext, always_on, audience, away};
use crate::history::Party;
use crate::state::Profile;
use crate::{Audience, Body, ChannelId, Core, Effect, Effects, Event, MsgId, Name};

pub(super) fn quit(core: &mut Core, cx: &ActionContext, reason: Name, out: &mut Effects) {
    let (id, session) = (cx.profile.id, cx.cause.session);
    let Some(user) = core.users.get_mut(&id) else {
        core.forget_session(session, out);
        return;
    };
    if user.sessions.as_slice() == [session] && user.always_on.is_none() {
        end_user(core, cx.at, &cx.profile, &reason, out);
        return;
    }
    user.sessions.retain(|&other| other != session);
    for &channel in user.channels.keys() {
        out.out.push(Effect::Leave(session, channel));
    }
    let last = user.sessions.is_empty();
    let remaining = user.sessions.first().copied();
    core.forget_session(session, out);
    out.out.push(Effect::Close(session, reason));
    if last {
        always_on::disconnected(core, cx, out);
    } else {
        away::review(
            core,
            &ActionContext::without_request(cx.profile.clone(), cx.at),
            out,
        );
    }
    // The remaining sessions may have another address.
    if let Some(remaining) = remaining {
        always_on::adopt_address(core, id, remaining, cx.at, out);
    }
}

/// Ends a user and all their sessions with this text.
pub(super) fn end_user(
    core: &mut Core,
    at: MsgId,
    profile: &alloc::sync::Arc<Profile>,
    words: &Name,
    out: &mut Effects,
) {
    let id = profile.id;
    let Some(user) = core.users.get(&id) else {
        return;
    };
    let sessions = user.sessions.clone();
    let channels: Vec<ChannelId> = user.channels.keys().copied().collect();
    // Computed while the user is still in the channels. Their own sessions are closed instead.
    let heard = match audience::neighbours(core, user) {
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
        other => other,
    };
    for channel in channels {
        core.remove_member(at, id, channel, out);
    }
    always_on::end(core, id, out);
    core.forget_looks(id);
    core.markers.forget(&Party::Guest(id));
    if let Some(user) = core.users.remove(&id) {
        core.user_counts.take(&user.flags);
    }
    let folded = core.settings.fold(&profile.nick);
    core.nicks.remove(&folded);
    core.whowas.note(folded.clone(), profile.clone(), at.time());
    let event = Event {
        id: at,
        from: profile.clone(),
        body: Body::Quit(words.clone()),
    };
    out.event(heard, None, event.into());
    for session in sessions {
        core.forget_session(session, out);
        out.out.push(Effect::Close(session, words.clone()));
    }
    audience::tell_offline(core, &folded, &profile.nick, out);
}
