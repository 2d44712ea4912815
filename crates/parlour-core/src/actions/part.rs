//! Departures from a channel (PART).

use alloc::vec::Vec;

use super::{ActionContext, audience, place};
use crate::{Body, Core, Effects, Name, Refusal, rules};

pub(super) fn part(
    core: &mut Core,
    cx: &ActionContext,
    name: &Name,
    reason: Name,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let channel = core.channel_seen_by(name, cx.profile.id)?;
    rules::member(channel, &cx.profile)?;
    let id = channel.id;
    let heard = audience::in_channel(core, channel, cx.profile.id);
    let event = cx.event(Body::Parted(place(channel), reason));
    out.event(heard, Some(cx.cause), event);
    // Removed after the event, whose audience includes the leaving user.
    core.remove_member(cx.at, cx.profile.id, id, out);
    Ok(())
}

pub(super) fn part_all(
    core: &mut Core,
    cx: &ActionContext,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let Some(user) = core.users.get(&cx.profile.id) else {
        return Ok(());
    };
    let channels: Vec<Name> = user
        .channels
        .keys()
        .filter_map(|id| core.channels.get(id))
        .map(|channel| channel.name.clone())
        .collect();
    for channel in channels {
        part(core, cx, &channel, "".into(), out)?;
    }
    Ok(())
}
