//! Channel renames (draft/channel-rename).

use crate::error::ChannelError;
use crate::names::ChannelName;
use crate::names::Text;
use crate::reply::ChannelReply;
use alloc::boxed::Box;

use super::context::{ActionContext, place};
use super::hook;
use crate::names;
use crate::questions::names::SharedNames;
use crate::replica::{Outcome, Replica};
use crate::{Body, ChannelId, Effect, Name, Record, Refusal, Reply, rules};

/// Users per second whose clients may request the metadata of a whole channel. Each answer grows
/// with the channel, so they must not request it all at once.
const ASKED_A_SECOND: usize = 20;

/// Sends topic and names again, for clients that see a rename as a PART of the old channel and a
/// JOIN of the new one (draft/channel-rename, fallback).
fn resend_channel(replica: &Replica, cx: &ActionContext, id: ChannelId, out: &mut Outcome<'_>) {
    let Some(channel) = replica.channels.get(&id) else {
        return;
    };
    let mut shared = SharedNames::of(channel);
    let members = channel
        .members
        .keys()
        .filter_map(|id| replica.users.get(id));
    for (index, user) in members.enumerate() {
        for &session in &user.sessions {
            let cause = cx.cause_for(session);
            let (topic, names) = (channel.topic.clone(), shared.for_member(user.profile.id));
            let interest = out.interests.of(session);
            let reads_metadata = interest.is_some_and(|interest| interest.reads_metadata);
            let again = Reply::Channel(ChannelReply::ChannelResent {
                channel: channel.name.clone(),
                topic,
                read: replica
                    .markers
                    .get(&replica.party(&user.profile), &channel.folded),
                names: Box::new(names),
                metadata: reads_metadata.then_some((index / ASKED_A_SECOND) as u32),
            });
            out.effects.push(Effect::Reply(cause, again));
        }
    }
}

/// Updates the channels that forward to a renamed one (+f) to its new name.
fn forward_to_new_name(replica: &mut Replica, id: ChannelId, out: &mut Outcome<'_>) {
    let Some(name) = replica
        .channels
        .get(&id)
        .map(|channel| channel.name.clone())
    else {
        return;
    };
    for channel in replica.channels.values_mut() {
        let Some(forward) = &mut channel.forward else {
            continue;
        };
        if forward.channel == id {
            forward.name = name.clone();
            out.records.push(channel.record());
        }
    }
}

pub(super) fn rename(
    replica: &mut Replica,
    cx: &ActionContext,
    old: &ChannelName,
    new: &Name,
    reason: Text,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let channel = replica.channel_seen_by(old, cx.profile.id)?;
    rules::require_operator(channel, &cx.profile)?;
    if channel.registered.is_some()
        && let Some(user) = replica.users.get(&cx.profile.id)
    {
        // The name of a registered channel belongs to its founder.
        rules::registered::may_dispose(replica, channel, user)?;
    }
    let id = channel.id;
    let old = channel.name.clone();
    let wanted: ChannelName = names::prepare_channel(new).into();
    if channel.permanent || !names::is_channel(&wanted, replica.settings.limits.channel) {
        return Err(Refusal::Channel(ChannelError::CannotRename(
            old,
            new.clone().into(),
        )));
    }
    let before = channel.folded.clone();
    let after = replica.settings.fold(&wanted);
    let same = before == after;
    if !same {
        // An empty channel that is remembered still owns its name.
        if replica.channel_names.contains_key(&after) {
            return Err(Refusal::Channel(ChannelError::RenameInUse(old, wanted)));
        }
        replica.channel_names.remove(&before);
        replica.channel_names.insert(after.clone(), id);
    }
    let Some(channel) = replica.channels.get_mut(&id) else {
        return Ok(());
    };
    channel.name = wanted;
    channel.folded = after;
    channel.recorded = true;
    let members: alloc::vec::Vec<_> = channel.members.keys().copied().collect();
    let name = channel.name.clone();
    out.records
        .push(Record::Renamed(before.clone(), channel.kept()));
    let body = Body::ChannelRenamed {
        place: place(channel),
        old,
        reason,
        same,
    };
    cx.tell(id, body, out);
    forward_to_new_name(replica, id, out);
    hook::follow_rename(replica, &before, &name, out);
    for member in members {
        replica.mark_changed(member);
    }
    if !same {
        resend_channel(replica, cx, id, out);
    }
    Ok(())
}
