//! A channel's topic.

use super::{Doer, place};
use crate::state::Topic;
use crate::{Body, Core, Effect, Effects, Name, Refusal, Reply, rules};

pub(super) fn topic(
    core: &mut Core,
    doer: &Doer,
    name: &Name,
    text: Name,
    out: &mut Effects,
) -> Result<(), Refusal> {
    rules::topic::may_set(core.channel_seen_by(name, doer.profile.id)?, &doer.profile)?;
    let found = core.channel_names.get(&core.settings.fold(name)).copied();
    let Some(channel) = found.and_then(|id| core.channels.get_mut(&id)) else {
        return Ok(());
    };
    if channel.topic.as_ref().map_or("", |topic| &topic.text) == &*text {
        // What changes nothing is told to nobody else.
        let told = Reply::Topic(channel.name.clone(), channel.topic.clone());
        out.out.push(Effect::Reply(doer.cause, told));
        return Ok(());
    }
    channel.topic = (!text.is_empty()).then(|| Topic {
        text: text.clone(),
        by: doer.profile.source.clone(),
        at: doer.at.time(),
    });
    out.records.push(channel.record());
    doer.tell(channel.id, Body::Topic(place(channel), text), out);
    Ok(())
}
