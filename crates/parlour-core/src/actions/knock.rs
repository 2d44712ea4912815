//! Knocks at a channel, to ask for an invitation (KNOCK).

use super::{ActionContext, audience};
use crate::state::Rank;
use crate::{Core, Effect, Effects, Name, Refusal, Reply, limits, rules};

pub(super) fn knock(
    core: &mut Core,
    cx: &ActionContext,
    name: &Name,
    why: &Name,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let channel = core.channel_seen_by(name, cx.profile.id)?;
    let Some(user) = core.users.get(&cx.profile.id) else {
        return Ok(());
    };
    rules::join::may_knock(channel, user, core.instant, limits::KNOCK_PAUSE)?;
    for session in audience::ranked(core, channel, Rank::Operator) {
        let knock = Reply::KnockFrom(channel.name.clone(), cx.profile.clone(), why.clone());
        audience::tell_session(session, knock, out);
    }
    let heard = Reply::Knocked(channel.name.clone());
    out.out.push(Effect::Reply(cx.cause, heard));
    let now = core.instant;
    if let Some(user) = core.users.get_mut(&cx.profile.id) {
        user.knocked = Some(now);
    }
    Ok(())
}
