//! Kicks from a channel (KICK).

use super::{ActionContext, audience, place};
use crate::state::Profile;
use crate::{Audience, Body, ChannelId, Core, Effects, Name, Refusal, rules};

pub(super) fn kick(
    core: &mut Core,
    cx: &ActionContext,
    name: &Name,
    nick: &Name,
    reason: Name,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let channel = core.channel_seen_by(name, cx.profile.id)?;
    rules::require_operator(channel, &cx.profile)?;
    let target = core.user_by_nick(nick)?.profile.clone();
    rules::kick::may_kick(channel, &cx.profile, &target)?;
    let id = channel.id;
    remove_kicked(core, cx, (id, &target), reason, out);
    Ok(())
}

/// Removes a member from a channel by a kick, and tells the others.
pub(super) fn remove_kicked(
    core: &mut Core,
    cx: &ActionContext,
    (id, target): (ChannelId, &Profile),
    reason: Name,
    out: &mut Effects,
) {
    let Some(channel) = core.channels.get(&id) else {
        return;
    };
    let reason = if reason.is_empty() {
        cx.profile.nick.clone()
    } else {
        reason
    };
    let body = Body::Kicked {
        place: place(channel),
        nick: target.nick.clone(),
        reason,
    };
    let heard = match audience::in_channel(core, channel, target.id) {
        // In an auditorium the requester may not be in the audience: the console is no member.
        Audience::Sessions(sessions) => {
            let mut sessions = sessions.into_vec();
            sessions.push(cx.cause.session);
            Audience::Sessions(sessions.into())
        }
        all => all,
    };
    let event = cx.event(body);
    out.event(heard, Some(cx.cause), event.clone());
    if let Some(user) = core.users.get_mut(&target.id) {
        user.queue_missed(event);
    }
    // Removed after the event, whose audience includes the kicked user.
    core.remove_member(cx.at, target.id, id, out);
}
