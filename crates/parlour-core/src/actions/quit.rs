//! A session ends; with its last one, the user is gone.

use alloc::vec::Vec;

use super::{Doer, audience, away, presence};
use crate::history::Party;
use crate::state::Profile;
use crate::{Audience, Body, ChannelId, Core, Effect, Effects, Event, MsgId, Name};

pub(super) fn quit(core: &mut Core, doer: &Doer, reason: Name, out: &mut Effects) {
    let (id, session) = (doer.profile.id, doer.cause.session);
    let Some(user) = core.users.get_mut(&id) else {
        core.forget_session(session, out);
        return;
    };
    if user.sessions.as_slice() == [session] && user.stays_as.is_none() {
        end_user(core, doer.at, &doer.profile, &reason, out);
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
        presence::disconnected(core, doer, out);
    } else {
        away::review(core, &Doer::nobody(doer.profile.clone(), doer.at), out);
    }
    // Whoever is left may come from somewhere else.
    if let Some(remaining) = remaining {
        presence::follow(core, id, remaining, doer.at, out);
    }
}

/// Ends all sessions of a user with these words.
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
    let heard = match audience::around(core, user) {
        Audience::Around {
            channels,
            sessions: heard,
            ..
        } => Audience::Around {
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
    presence::leave(core, id, out);
    core.forget_looks(id);
    core.markers.forget(&Party::Guest(id));
    if let Some(user) = core.users.remove(&id) {
        core.tally.take(&user.flags);
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
