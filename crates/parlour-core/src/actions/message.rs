//! Messages to channels and users (PRIVMSG, NOTICE, TAGMSG).

use crate::names::ChannelName;
use crate::names::Nick;
use crate::reply::UserReply;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::context::{ActionContext, place};
use super::{accept, audience};
use crate::event::Addressee;
use crate::history::Log;
use crate::replica::{Outcome, Replica};
use crate::request::{Change, MessageKind, SendMessage, Target};
use crate::state::{Channel, Rank, UserFlag};
use crate::{Audience, Body, Effect, Event, Record, Refusal, Reply, SessionId, UserId, rules};

pub(super) fn send(
    replica: &mut Replica,
    cx: &ActionContext,
    message: SendMessage,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let kind = message.kind;
    let said = match &message.target {
        Target::Channel(name, rank) => to_channel(replica, cx, name, *rank, &message, out),
        Target::User(nick) => to_user(replica, cx, nick, &message, out),
    };
    if let Some(user) = replica.users.get_mut(&cx.profile.id)
        && kind != MessageKind::Tags
    {
        user.active = cx.at.time();
    }
    said.or_else(|refusal| answer(kind, refusal))
}

/// Drops the refusal of a NOTICE: nothing answers one, not even an error (RFC 2812 §3.3.2).
fn answer(kind: MessageKind, refusal: Refusal) -> Result<(), Refusal> {
    match kind {
        MessageKind::Notice => Ok(()),
        MessageKind::Message | MessageKind::Tags => Err(refusal),
    }
}

/// Refuses the change of a muted user; a NOTICE is dropped silently.
pub(super) fn refuse_muted(change: &Change, refusal: Refusal) -> Result<(), Refusal> {
    if let Change::Send(message) = change {
        return answer(message.kind, refusal);
    }
    Err(refusal)
}

fn event(cx: &ActionContext, to: Addressee, message: &SendMessage) -> Arc<Event> {
    cx.event(Body::Message {
        kind: message.kind,
        to,
        text: message.text.clone(),
        splits: message.splits.clone(),
        tags: message.tags.clone(),
        relayed_by: None,
    })
}

fn to_channel(
    replica: &mut Replica,
    cx: &ActionContext,
    name: &ChannelName,
    rank: Option<Rank>,
    message: &SendMessage,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let channel = replica.channel_by_name(name)?;
    let user = replica.users.get(&cx.profile.id);
    let could_join = || user.is_some_and(|u| rules::join::may_join(channel, u, None).is_ok());
    let from_outside = message.outside && could_join();
    let heard_by = rules::message::may_speak(channel, &cx.profile, message.ctcp, from_outside);
    // A refusal must not reveal a channel that the user may not see.
    let heard_by = heard_by.or_else(|refusal| {
        replica.channel_seen_by(name, cx.profile.id)?;
        Err(refusal)
    })?;
    // Tags alone, such as typing notifications, do not count.
    let slow = channel.slow.is_some() && message.kind != MessageKind::Tags;
    if slow {
        rules::message::check_slow_mode(channel, &cx.profile, replica.clock)?;
    }
    let to = |rank| event(cx, Addressee::Channel(place(channel), rank), message);
    let (event, least) = (to(rank), rank.max(heard_by));
    let log = Log::Channel(channel.folded.clone());
    if least == rank {
        keep(log, &event, message, out);
    } else {
        // The record names the rank that heard it, so that history shows it to nobody else.
        keep(log, &to(least), message, out);
    }
    let audience = match least {
        None => {
            if channel.members.contains_key(&cx.profile.id) {
                Audience::Channel(channel.id)
            } else {
                // An outside sender is not in the channel's audience, and gets the echo by itself.
                Audience::Neighbours {
                    channels: [channel.id].into(),
                    sessions: [cx.cause.session].into(),
                    watchers: Box::default(),
                }
            }
        }
        Some(rank) => Audience::Sessions(ranked_sessions(replica, channel, rank, cx)),
    };
    out.event(audience, Some(cx.cause), event);
    let (id, now) = (channel.id, replica.clock);
    if slow && let Some(channel) = replica.channels.get_mut(&id) {
        channel.note_spoke(cx.profile.id, now);
    }
    Ok(())
}

/// Returns the sessions of all members of at least `rank`, and the sender's own.
fn ranked_sessions(
    replica: &Replica,
    channel: &Channel,
    rank: Rank,
    cx: &ActionContext,
) -> Box<[SessionId]> {
    let members = channel.members.iter();
    let mut heard: Vec<SessionId> = members
        .filter(|(id, member)| member.ranks.at_least(rank) || **id == cx.profile.id)
        .filter_map(|(id, _)| replica.users.get(id))
        .flat_map(|user| user.sessions.iter().copied())
        .collect();
    if !heard.contains(&cx.cause.session) {
        heard.push(cx.cause.session);
    }
    heard.into()
}

fn to_user(
    replica: &mut Replica,
    cx: &ActionContext,
    nick: &Nick,
    message: &SendMessage,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let target = replica.user_by_nick(nick)?;
    if let Some(who) = replica.users.get(&cx.profile.id) {
        let accepted = target.accepts.contains(&who.profile.id);
        rules::message::may_write(target, who, accepted, message.ctcp)?;
    }
    let to = Addressee::User(target.profile.nick.clone());
    let event = event(cx, to, message);
    keep(
        Log::private(replica.party(&cx.profile), replica.party(&target.profile)),
        &event,
        message,
        out,
    );
    out.event(audience::sessions(target), None, event.clone());
    if let Some(own) = replica.users.get(&cx.profile.id) {
        let echo = if own.profile.id == target.profile.id {
            Audience::Sessions([cx.cause.session].into())
        } else {
            audience::sessions(own)
        };
        out.event(echo, Some(cx.cause), event);
    }
    let target_id = target.profile.id;
    if let Some(text) = &target.away
        && message.kind == MessageKind::Message
    {
        let away = Reply::User(UserReply::TargetAway(
            target.profile.nick.clone(),
            text.clone(),
        ));
        out.effects.push(Effect::Reply(cx.cause, away));
    }
    accept_answers(replica, cx, target_id);
    Ok(())
}

/// Adds the target to the accept list of a sender with +R, so that it may answer.
fn accept_answers(replica: &mut Replica, cx: &ActionContext, target: UserId) {
    let id = cx.profile.id;
    let most = replica.settings.limits.monitor;
    if let Some(own) = replica.users.get(&id)
        && own.flags.has(UserFlag::RegisteredOnly)
        && !own.accepts.contains(&target)
        && accept::make_room(replica, id, most)
        && let Some(own) = replica.users.get_mut(&id)
    {
        own.accepts.insert(target);
    }
}

fn keep(log: Log, event: &Arc<Event>, message: &SendMessage, out: &mut Outcome<'_>) {
    if message.kept && !message.ctcp {
        out.records.push(Record::Message(log, event.clone()));
    }
}
