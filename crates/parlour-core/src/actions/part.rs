//! Out of a channel.

use super::{Doer, place};
use crate::{Body, Core, Effects, Name, Refusal, rules};

pub(super) fn part(
    core: &mut Core,
    doer: &Doer,
    name: &Name,
    reason: Name,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let channel = core.channel_by_name(name)?;
    rules::member(channel, &doer.profile)?;
    let id = channel.id;
    doer.tell(id, Body::Parted(place(channel), reason), out);
    core.remove_member(doer.at, doer.profile.id, id, out);
    Ok(())
}
