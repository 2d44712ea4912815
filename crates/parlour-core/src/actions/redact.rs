//! Message redaction (REDACT).

use super::audience;
use super::context::{ActionContext, place};
use crate::error::RedactError;
use crate::event::Addressee;
use crate::history::Log;
use crate::replica::{Outcome, Replica};
use crate::request::Redaction;
use crate::{Audience, Body, Event, Record, Refusal, rules};

/// Log, addressee and audience of a redaction.
struct RedactContext {
    log: Log,
    to: Addressee,
    /// Audience, besides the requester's own sessions if the message was private.
    others: Audience,
}

pub(super) fn redact(
    replica: &mut Replica,
    cx: &ActionContext,
    redaction: Redaction,
    said: &Event,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let Some(user) = replica.users.get(&cx.profile.id) else {
        return Ok(());
    };
    let scene = if redaction.target.starts_with('#') {
        in_channel(replica, cx, &redaction, said, out)?
    } else {
        in_private(replica, cx, &redaction, said)?
    };
    let own = audience::sessions(user);
    let event = cx.event(Body::Redacted {
        to: scene.to,
        message: redaction.message,
        reason: redaction.reason,
    });
    let record = Record::Redacted(scene.log, redaction.message);
    out.records.push(record);
    out.event(scene.others, Some(cx.cause), event.clone());
    if !redaction.target.starts_with('#') {
        out.event(own, Some(cx.cause), event);
    }
    replica.redacted.note(redaction.message);
    Ok(())
}

fn in_channel(
    replica: &Replica,
    cx: &ActionContext,
    redaction: &Redaction,
    said: &Event,
    out: &mut Outcome<'_>,
) -> Result<RedactContext, Refusal> {
    let bad = || Refusal::Redact(RedactError::NoRedactTarget(redaction.target.clone()));
    let channel = replica
        .channel_by_name(&redaction.target)
        .map_err(|_| bad())?;
    let user = replica.users.get(&cx.profile.id).ok_or_else(bad)?;
    let runs = rules::redact::runs(channel, user).ok_or_else(bad)?;
    rules::redact::may_redact(replica, redaction, said, user, runs, cx.at.time())?;
    if rules::redact::is_by_privilege(replica, channel, user, said) {
        let (session, about) = (cx.cause.session, said.from.source.clone());
        replica.audit(
            session,
            "redact",
            about,
            channel.name.clone().into(),
            cx.at,
            out,
        );
    }
    Ok(RedactContext {
        log: Log::Channel(channel.folded.clone()),
        to: Addressee::Channel(place(channel), None),
        others: Audience::Neighbours {
            channels: [channel.id].into(),
            sessions: [cx.cause.session].into(),
            watchers: [].into(),
        },
    })
}

fn in_private(
    replica: &Replica,
    cx: &ActionContext,
    redaction: &Redaction,
    said: &Event,
) -> Result<RedactContext, Refusal> {
    let bad = || Refusal::Redact(RedactError::NoRedactTarget(redaction.target.clone()));
    let other = replica.user_by_nick(&redaction.target).map_err(|_| bad())?;
    let user = replica.users.get(&cx.profile.id).ok_or_else(bad)?;
    let now = cx.at.time();
    rules::redact::may_redact(replica, redaction, said, user, false, now)?;
    let others = if other.profile.id == cx.profile.id {
        Audience::Sessions([].into())
    } else {
        audience::sessions(other)
    };
    Ok(RedactContext {
        log: Log::private(replica.party(&cx.profile), replica.party(&other.profile)),
        to: Addressee::User(other.profile.nick.clone()),
        others,
    })
}
