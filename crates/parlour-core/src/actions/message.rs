//! Something is said.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Doer, accept, audience, place};
use crate::event::Addressee;
use crate::history::Log;
use crate::request::{Change, SayKind, Saying, Target};
use crate::state::{Channel, Rank, User, UserFlag};
use crate::{
    Audience, Body, Core, Effect, Effects, Event, Name, Record, Refusal, Reply, SessionId, UserId,
    rules,
};

pub(super) fn say(
    core: &mut Core,
    doer: &Doer,
    saying: Saying,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let kind = saying.kind;
    let said = match &saying.target {
        Target::Channel(name, rank) => to_channel(core, doer, name, *rank, &saying, out),
        Target::User(nick) => to_user(core, doer, nick, &saying, out),
    };
    if let Some(user) = core.users.get_mut(&doer.profile.id)
        && kind != SayKind::Tags
    {
        user.active = doer.at.time();
    }
    said.or_else(|refusal| answer(kind, refusal))
}

/// Nothing answers a NOTICE, not even an error (RFC 2812 §3.3.2).
fn answer(kind: SayKind, refusal: Refusal) -> Result<(), Refusal> {
    match kind {
        SayKind::Notice => Ok(()),
        SayKind::Message | SayKind::Tags => Err(refusal),
    }
}

/// What is not said, of whoever may say nothing at all.
pub(super) fn unsaid(change: &Change, refusal: Refusal) -> Result<(), Refusal> {
    match change {
        Change::Say(saying) => answer(saying.kind, refusal),
        _ => Err(refusal),
    }
}

fn event(doer: &Doer, to: Addressee, saying: &Saying) -> Arc<Event> {
    doer.event(Body::Said {
        kind: saying.kind,
        to,
        text: saying.text.clone(),
        splits: saying.splits.clone(),
        tags: saying.tags.clone(),
        relayed_by: None,
    })
}

fn to_channel(
    core: &mut Core,
    doer: &Doer,
    name: &Name,
    rank: Option<Rank>,
    saying: &Saying,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let channel = core.channel_by_name(name)?;
    let user = core.users.get(&doer.profile.id);
    let could_join = || user.is_some_and(|u| rules::join::may_join(channel, u, None).is_ok());
    let from_outside = saying.outside && could_join();
    let (text, splits) = (&saying.text, &saying.splits);
    let heard_by = rules::message::may_speak(channel, &doer.profile, text, splits, from_outside);
    // Who cannot know of a channel is not told by a refusal that it is there.
    let heard_by = heard_by.or_else(|refusal| {
        core.channel_seen_by(name, doer.profile.id)?;
        Err(refusal)
    })?;
    // Tags alone, as of those who type, are no haste.
    let slow = channel.slow.is_some() && saying.kind != SayKind::Tags;
    if slow {
        rules::message::is_unhurried(channel, &doer.profile, core.instant)?;
    }
    let to = |rank| event(doer, Addressee::Channel(place(channel), rank), saying);
    let (event, least) = (to(rank), rank.max(heard_by));
    let log = Log::Channel(channel.folded.clone());
    if least == rank {
        keep(log, &event, saying, out);
    } else {
        // Only those find it later who could read it now.
        keep(log, &to(least), saying, out);
    }
    let audience = match least {
        None => {
            if channel.members.contains_key(&doer.profile.id) {
                Audience::Channel(channel.id)
            } else {
                Audience::Around {
                    channels: [channel.id].into(),
                    sessions: [doer.cause.session].into(),
                    watchers: Box::default(),
                }
            }
        }
        Some(rank) => Audience::Sessions(ranked_sessions(core, channel, rank, doer)),
    };
    out.event(audience, Some(doer.cause), event);
    let (id, now) = (channel.id, core.instant);
    if slow && let Some(channel) = core.channels.get_mut(&id) {
        channel.note_spoke(doer.profile.id, now);
    }
    Ok(())
}

/// The sessions of all members of at least `rank`, and the speaker's own.
fn ranked_sessions(core: &Core, channel: &Channel, rank: Rank, doer: &Doer) -> Box<[SessionId]> {
    let members = channel.members.iter();
    let mut heard: Vec<SessionId> = members
        .filter(|(id, member)| member.ranks.at_least(rank) || **id == doer.profile.id)
        .filter_map(|(id, _)| core.users.get(id))
        .flat_map(|user| user.sessions.iter().copied())
        .collect();
    if !heard.contains(&doer.cause.session) {
        heard.push(doer.cause.session);
    }
    heard.into()
}

fn to_user(
    core: &mut Core,
    doer: &Doer,
    nick: &Name,
    saying: &Saying,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let target = core.user_by_nick(nick)?;
    if let Some(who) = core.users.get(&doer.profile.id) {
        let accepted = target.accepts.contains(&who.profile.id);
        rules::message::may_write(target, who, accepted, &saying.text, &saying.splits)?;
    }
    let to = Addressee::User(target.profile.nick.clone());
    let event = event(doer, to, saying);
    keep(
        Log::private(core.party(&doer.profile), core.party(&target.profile)),
        &event,
        saying,
        out,
    );
    out.event(audience::sessions(target), None, event.clone());
    if let Some(own) = core.users.get(&doer.profile.id) {
        let echo = if own.profile.id == target.profile.id {
            Audience::Sessions([doer.cause.session].into())
        } else {
            audience::sessions(own)
        };
        out.event(echo, Some(doer.cause), event);
    }
    let target_id = target.profile.id;
    if let Some(text) = &target.away
        && saying.kind == SayKind::Message
    {
        let away = Reply::TargetAway(target.profile.nick.clone(), text.clone());
        out.out.push(Effect::Reply(doer.cause, away));
    }
    accept_answers(core, doer, target_id);
    Ok(())
}

/// Whoever is written to by one who takes private messages of few may answer.
fn accept_answers(core: &mut Core, doer: &Doer, target: UserId) {
    let id = doer.profile.id;
    let choosy =
        |user: &User| user.flags.has(UserFlag::RegisteredOnly) && !user.accepts.contains(&target);
    let most = core.settings.limits.monitor;
    if core.users.get(&id).is_some_and(choosy)
        && accept::make_room(core, id, most)
        && let Some(own) = core.users.get_mut(&id)
    {
        own.accepts.insert(target);
    }
}

fn keep(log: Log, event: &Arc<Event>, saying: &Saying, out: &mut Effects) {
    // What programs ask each other is for those who are there.
    if saying.kept && !rules::message::holds_ctcp(&saying.text, &saying.splits) {
        out.records.push(Record::Said(log, event.clone()));
    }
}
