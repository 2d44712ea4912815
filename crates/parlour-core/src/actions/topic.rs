//! Channel topics (TOPIC).

use super::context::{ActionContext, place};
use crate::names::ChannelName;
use crate::names::Text;
use crate::replica::{Outcome, Replica};
use crate::reply::ChannelReply;
use crate::state::Topic;
use crate::{Body, Effect, Refusal, Reply, rules};

pub(super) fn topic(
    replica: &mut Replica,
    cx: &ActionContext,
    name: &ChannelName,
    text: Text,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    rules::topic::may_set(replica.channel_seen_by(name, cx.profile.id)?, &cx.profile)?;
    let found = replica
        .channel_names
        .get(&replica.settings.fold(name))
        .copied();
    let Some(channel) = found.and_then(|id| replica.channels.get_mut(&id)) else {
        return Ok(());
    };
    if channel.topic.as_ref().map_or("", |topic| &topic.text) == &*text {
        // An unchanged topic is sent to the requester alone.
        let told = Reply::Channel(ChannelReply::Topic(
            channel.name.clone(),
            channel.topic.clone(),
        ));
        out.effects.push(Effect::Reply(cx.cause, told));
        return Ok(());
    }
    channel.topic = (!text.is_empty()).then(|| Topic {
        text: text.clone(),
        by: cx.profile.source.clone(),
        at: cx.at.time(),
    });
    out.records.push(channel.record());
    cx.tell(channel.id, Body::Topic(place(channel), text), out);
    Ok(())
}
