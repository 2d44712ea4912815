//! Knocks at a channel, to ask for an invitation (KNOCK).

use super::audience;
use super::context::ActionContext;
use crate::names::ChannelName;
use crate::names::Text;
use crate::replica::{Outcome, Replica};
use crate::reply::ChannelReply;
use crate::state::Rank;
use crate::{Effect, Refusal, Reply, limits, rules};

pub(super) fn knock(
    replica: &mut Replica,
    cx: &ActionContext,
    name: &ChannelName,
    why: &Text,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let channel = replica.channel_seen_by(name, cx.profile.id)?;
    let Some(user) = replica.users.get(&cx.profile.id) else {
        return Ok(());
    };
    rules::join::may_knock(channel, user, replica.clock, limits::KNOCK_PAUSE)?;
    for session in audience::ranked(replica, channel, Rank::Operator) {
        let knock = Reply::Channel(ChannelReply::KnockFrom(
            channel.name.clone(),
            cx.profile.clone(),
            why.clone(),
        ));
        audience::tell_session(session, knock, out);
    }
    let heard = Reply::Channel(ChannelReply::Knocked(channel.name.clone()));
    out.effects.push(Effect::Reply(cx.cause, heard));
    let now = replica.clock;
    if let Some(user) = replica.users.get_mut(&cx.profile.id) {
        user.knocked = Some(now);
    }
    Ok(())
}
