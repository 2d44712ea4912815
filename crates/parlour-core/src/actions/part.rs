//! Departures from a channel (PART).

use crate::names::Text;
use alloc::vec::Vec;

use super::audience;
use super::context::{ActionContext, place};
use crate::names::ChannelName;
use crate::replica::{Outcome, Replica};
use crate::{Body, Refusal, rules};

pub(super) fn part(
    replica: &mut Replica,
    cx: &ActionContext,
    name: &ChannelName,
    reason: Text,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let channel = replica.channel_seen_by(name, cx.profile.id)?;
    rules::member(channel, &cx.profile)?;
    let id = channel.id;
    let heard = audience::in_channel(replica, channel, cx.profile.id);
    let event = cx.event(Body::Parted(place(channel), reason));
    out.event(heard, Some(cx.cause), event);
    // Removed after the event, whose audience includes the leaving user.
    replica.remove_member(cx.at, cx.profile.id, id, out);
    Ok(())
}

pub(super) fn part_all(
    replica: &mut Replica,
    cx: &ActionContext,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let Some(user) = replica.users.get(&cx.profile.id) else {
        return Ok(());
    };
    let channels: Vec<ChannelName> = user
        .channels
        .keys()
        .filter_map(|id| replica.channels.get(id))
        .map(|channel| channel.name.clone())
        .collect();
    for channel in channels {
        part(replica, cx, &channel, "".into(), out)?;
    }
    Ok(())
}
