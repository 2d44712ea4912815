//! Out of a channel.

use alloc::vec::Vec;

use super::{Doer, audience, place};
use crate::{Body, Core, Effects, Name, Refusal, rules};

pub(super) fn part(
    core: &mut Core,
    doer: &Doer,
    name: &Name,
    reason: Name,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let channel = core.channel_seen_by(name, doer.profile.id)?;
    rules::member(channel, &doer.profile)?;
    let id = channel.id;
    let heard = audience::in_channel(core, channel, doer.profile.id);
    let event = doer.event(Body::Parted(place(channel), reason));
    out.event(heard, Some(doer.cause), event);
    core.remove_member(doer.at, doer.profile.id, id, out);
    Ok(())
}

pub(super) fn part_all(core: &mut Core, doer: &Doer, out: &mut Effects) -> Result<(), Refusal> {
    let Some(user) = core.users.get(&doer.profile.id) else {
        return Ok(());
    };
    let channels: Vec<Name> = user
        .channels
        .keys()
        .filter_map(|id| core.channels.get(id))
        .map(|channel| channel.name.clone())
        .collect();
    for channel in channels {
        part(core, doer, &channel, "".into(), out)?;
    }
    Ok(())
}
