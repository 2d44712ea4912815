//! What was said is taken back.

use super::{Doer, audience, place};
use crate::event::Addressee;
use crate::history::Log;
use crate::request::Redaction;
use crate::state::{Privilege, Rank};
use crate::{Audience, Body, Core, Effects, Event, Record, Refusal, rules};

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
    let may = |runs| {
        let within = core.settings.redact_within;
        rules::redact::may_redact(&redaction, said, user, runs, doer.at.time(), within)
    };
    let bad = || Refusal::NoRedactTarget(redaction.target.clone());
    if redaction.target.starts_with('#') {
        let channel = core.channel_by_name(&redaction.target).map_err(|_| bad())?;
        let moderates = user.may(Privilege::Redact);
        let ranks = channel.ranks(doer.profile.id);
        if ranks.is_none() && !moderates {
            return Err(bad());
        }
        may(moderates || ranks.is_some_and(|ranks| ranks.at_least(Rank::Operator)))?;
        let log = Log::Channel(channel.folded.clone());
        out.records.push(Record::Redacted(log, redaction.message));
        let body = Body::Redacted {
            to: Addressee::Channel(place(channel), None),
            message: redaction.message,
            reason: redaction.reason,
        };
        let heard = Audience::Around {
            channels: [channel.id].into(),
            sessions: [doer.cause.session].into(),
            watchers: [].into(),
        };
        out.event(heard, Some(doer.cause), doer.event(body));
        return Ok(());
    }
    let other = core.user_by_nick(&redaction.target).map_err(|_| bad())?;
    may(false)?;
    let log = Log::private(doer.profile.id, other.profile.id);
    out.records.push(Record::Redacted(log, redaction.message));
    let event = doer.event(Body::Redacted {
        to: Addressee::User(other.profile.nick.clone()),
        message: redaction.message,
        reason: redaction.reason,
    });
    if other.profile.id != doer.profile.id {
        out.event(audience::sessions(other), None, event.clone());
    }
    out.event(audience::sessions(user), Some(doer.cause), event);
    Ok(())
}
