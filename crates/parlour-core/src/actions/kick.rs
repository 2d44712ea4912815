//! Somebody out of a channel.

use super::{Doer, place};
use crate::{Body, Core, Effects, Name, Refusal, rules};

pub(super) fn kick(
    core: &mut Core,
    doer: &Doer,
    name: &Name,
    nick: &Name,
    reason: Name,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let channel = core.channel_by_name(name)?;
    rules::operator(channel, &doer.profile)?;
    let target = core.user_by_nick(nick)?.profile.clone();
    rules::kick::may_kick(channel, &doer.profile, &target)?;
    let id = channel.id;
    let reason = if reason.is_empty() {
        doer.profile.nick.clone()
    } else {
        reason
    };
    let body = Body::Kicked {
        place: place(channel),
        nick: target.nick.clone(),
        reason,
    };
    doer.tell(id, body, out);
    core.remove_member(doer.at, target.id, id, out);
    Ok(())
}
