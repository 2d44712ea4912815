//! What was said is taken back.

use super::{Doer, audience, place};
use crate::event::Addressee;
use crate::history::Log;
use crate::request::Redaction;
use crate::{Audience, Body, Core, Effects, Event, Record, Refusal, rules};

/// Where a message is taken back.
struct Scene {
    log: Log,
    to: Addressee,
    /// Who is told besides the doer.
    others: Audience,
}

pub(super) fn redact(
    core: &mut Core,
    doer: &Doer,
    redaction: Redaction,
    said: &Event,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let Some(user) = core.users.get(&doer.profile.id) else {
        return Ok(());
    };
    let scene = if redaction.target.starts_with('#') {
        in_channel(core, doer, &redaction, said, out)?
    } else {
        in_private(core, doer, &redaction, said)?
    };
    let own = audience::sessions(user);
    let event = doer.event(Body::Redacted {
        to: scene.to,
        message: redaction.message,
        reason: redaction.reason,
    });
    let record = Record::Redacted(scene.log, redaction.message);
    out.records.push(record);
    out.event(scene.others, Some(doer.cause), event.clone());
    if !redaction.target.starts_with('#') {
        out.event(own, Some(doer.cause), event);
    }
    core.redacted.note(redaction.message);
    Ok(())
}

fn in_channel(
    core: &Core,
    doer: &Doer,
    redaction: &Redaction,
    said: &Event,
    out: &mut Effects,
) -> Result<Scene, Refusal> {
    let bad = || Refusal::NoRedactTarget(redaction.target.clone());
    let channel = core.channel_by_name(&redaction.target).map_err(|_| bad())?;
    let user = core.users.get(&doer.profile.id).ok_or_else(bad)?;
    let runs = rules::redact::runs(channel, user).ok_or_else(bad)?;
    rules::redact::may_redact(core, redaction, said, user, runs, doer.at.time())?;
    if rules::redact::is_by_office(core, channel, user, said) {
        let (session, about) = (doer.cause.session, said.from.source.clone());
        core.audit(session, "redact", about, channel.name.clone(), doer.at, out);
    }
    Ok(Scene {
        log: Log::Channel(channel.folded.clone()),
        to: Addressee::Channel(place(channel), None),
        others: Audience::Around {
            channels: [channel.id].into(),
            sessions: [doer.cause.session].into(),
            watchers: [].into(),
        },
    })
}

fn in_private(
    core: &Core,
    doer: &Doer,
    redaction: &Redaction,
    said: &Event,
) -> Result<Scene, Refusal> {
    let bad = || Refusal::NoRedactTarget(redaction.target.clone());
    let other = core.user_by_nick(&redaction.target).map_err(|_| bad())?;
    let user = core.users.get(&doer.profile.id).ok_or_else(bad)?;
    let now = doer.at.time();
    rules::redact::may_redact(core, redaction, said, user, false, now)?;
    let others = if other.profile.id == doer.profile.id {
        Audience::Sessions([].into())
    } else {
        audience::sessions(other)
    };
    Ok(Scene {
        log: Log::private(core.party(&doer.profile), core.party(&other.profile)),
        to: Addressee::User(other.profile.nick.clone()),
        others,
    })
}
