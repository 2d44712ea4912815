//! A session ends; with its last one, the user is gone.

use alloc::vec::Vec;

use super::Doer;
use crate::names::Folded;
use crate::{Audience, Body, ChannelId, Core, Effect, Effects, Name};

pub(super) fn quit(core: &mut Core, doer: &Doer, reason: Name, out: &mut Effects) {
    let (id, session) = (doer.profile.id, doer.cause.session);
    core.sessions.remove(&session);
    let Some(user) = core.users.get_mut(&id) else {
        return;
    };
    user.sessions.retain(|&other| other != session);
    let channels: Vec<ChannelId> = user.channels.keys().copied().collect();
    for &channel in &channels {
        out.out.push(Effect::Leave(session, channel));
    }
    if user.sessions.is_empty() {
        let audience = Audience::Around(channels.clone().into(), [].into());
        for channel in channels {
            core.remove_member(doer.at, id, channel, out);
        }
        core.users.remove(&id);
        core.nicks.remove(&Folded::of(&doer.profile.nick));
        core.whowas.note(doer.profile.clone(), doer.at.time());
        out.event(audience, None, doer.event(Body::Quit(reason.clone())));
    }
    out.out.push(Effect::Close(session, reason));
}
