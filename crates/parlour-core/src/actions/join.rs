//! Joins of a channel (JOIN).

use super::context::{ActionContext, place};
use super::{always_on, audience, metadata};
use crate::error::{ChannelError, JoinError};
use crate::names;
use crate::names::ChannelName;
use crate::replica::{Outcome, Replica};
use crate::reply::ChannelReply;
use crate::rules;
use crate::state::{Channel, Member, Rank, Ranks};
use crate::{Body, ChannelId, Effect, Refusal, Reply, questions};

/// Outcome of a JOIN that is not refused.
enum JoinOutcome {
    /// Existing channel to enter.
    In(ChannelId),
    /// Name of a channel to create.
    New(ChannelName),
    /// No change: the user is in the channel already.
    There,
}

pub(super) fn join(
    replica: &mut Replica,
    cx: &ActionContext,
    name: &ChannelName,
    key: Option<&str>,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let way = match find(replica, cx, name, key) {
        Ok(way) => way,
        Err(refusal) => {
            let Some(other) = forward(replica, name, &refusal) else {
                return Err(refusal);
            };
            // One step only: the forward of the other channel is not followed.
            let way = find(replica, cx, &other, None).map_err(|_| refusal)?;
            let forwarded = Reply::Channel(ChannelReply::Forwarded(name.clone(), other));
            out.effects.push(Effect::Reply(cx.cause, forwarded));
            way
        }
    };
    let id = match way {
        JoinOutcome::There => return Ok(()),
        JoinOutcome::In(id) => id,
        JoinOutcome::New(name) => {
            // One entry creates at most one channel.
            let id = ChannelId(cx.at.0);
            let settings = replica.settings.clone();
            replica.insert_channel(Channel::new(id, name, cx.at.time(), &settings));
            id
        }
    };
    enter(replica, cx, id, out);
    Ok(())
}

/// Finds the channel, if the user may join it.
fn find(
    replica: &Replica,
    cx: &ActionContext,
    name: &ChannelName,
    key: Option<&str>,
) -> Result<JoinOutcome, Refusal> {
    let name: ChannelName = names::prepare_channel(name).into();
    if !names::is_channel(&name, replica.settings.limits.channel) {
        return Err(Refusal::Channel(ChannelError::BadChannelName(name)));
    }
    let known = replica
        .channel_names
        .get(&replica.settings.fold(&name))
        .copied();
    let Some(user) = replica.users.get(&cx.profile.id) else {
        return Ok(JoinOutcome::There);
    };
    if known.is_some_and(|id| user.channels.contains_key(&id)) {
        return Ok(JoinOutcome::There);
    }
    rules::join::has_room(user, replica.settings.limits.channels_per_user, &name)?;
    if let Some(channel) = known.and_then(|id| replica.channels.get(&id)) {
        rules::join::may_join(channel, user, key)?;
    }
    Ok(known.map_or(JoinOutcome::New(name), JoinOutcome::In))
}

/// Returns the channel that users who may not join this one are forwarded to (+f).
fn forward(replica: &Replica, name: &ChannelName, refusal: &Refusal) -> Option<ChannelName> {
    let closed = matches!(
        refusal,
        Refusal::Join(JoinError::InviteOnly(_))
            | Refusal::Join(JoinError::Full(_))
            | Refusal::Join(JoinError::Banned(_))
            | Refusal::Join(JoinError::WrongKey(_))
            | Refusal::Join(JoinError::RegisteredOnly(_))
    );
    let channel = replica.channel_by_name(name).ok().filter(|_| closed)?;
    // Never into an empty channel: the first to join becomes its operator.
    let target = replica.channels.get(&channel.forward.as_ref()?.channel)?;
    let there = target.permanent || !target.members.is_empty();
    there.then(|| target.name.clone())
}

fn enter(replica: &mut Replica, cx: &ActionContext, id: ChannelId, out: &mut Outcome<'_>) {
    replica.mark_changed(cx.profile.id);
    replica.unmark_empty(id);
    let (Some(channel), Some(user)) = (
        replica.channels.get_mut(&id),
        replica.users.get_mut(&cx.profile.id),
    ) else {
        return;
    };
    channel.visited = true;
    let mut ranks = Ranks::default();
    // Ranks in a registered channel come from the access list, even for the first to join.
    if let Some(registered) = &channel.registered {
        let account = cx.profile.account.as_ref();
        let account = account.map(|account| channel.casemapping.fold(account));
        ranks = account.map_or(ranks, |account| registered.ranks(&account));
    } else if channel.members.is_empty() && !channel.permanent {
        ranks.set(Rank::Operator, true);
    }
    channel.members.insert(
        cx.profile.id,
        Member {
            ranks,
            profile: cx.profile.clone(),
            joined: cx.at,
            hidden: alloc::vec::Vec::new(),
        },
    );
    user.channels.insert(id, ());
    if user.always_on.is_some() {
        always_on::keep_channel(channel, out);
    }
    user.invited.retain(|known| known.channel != id);
    let (Some(channel), Some(user)) =
        (replica.channels.get(&id), replica.users.get(&cx.profile.id))
    else {
        return;
    };
    // The sessions enter first, so that the audience of the JOIN includes them.
    for &session in &user.sessions {
        out.effects.push(Effect::Enter(session, id));
    }
    let heard = audience::in_channel(replica, channel, cx.profile.id);
    let joined = cx.event(Body::Joined(place(channel)));
    out.event(heard.clone(), Some(cx.cause), joined);
    if user.away.is_some() {
        let away = cx.event(Body::Away(user.away.clone()));
        out.event(heard, Some(cx.cause), away);
    }
    for &session in &user.sessions {
        let cause = cx.cause_for(session);
        if channel.topic.is_some() {
            out.effects.push(Effect::Reply(
                cause,
                Reply::Channel(ChannelReply::Topic(
                    channel.name.clone(),
                    channel.topic.clone(),
                )),
            ));
        }
        let read = questions::read_marker(replica, &user.profile, &channel.name, false);
        out.effects.push(Effect::Reply(cause, read));
        let members = questions::names::with_join(channel, cx.profile.id);
        out.effects.push(Effect::Reply(cause, members));
        metadata::show_to_newcomer(replica, channel, user, cause, out);
    }
    metadata::show_newcomer(replica, channel, user, out);
}
