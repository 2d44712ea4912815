//! Rules for message redaction.

use crate::error::RedactError;
use crate::replica::Replica;
use crate::request::Redaction;
use crate::state::{Channel, Privilege, Profile, Rank, User};
use crate::{Event, Refusal, Time};

/// Returns whether `event` is a message of `who`: of the very user, or of their account if it
/// existed then.
fn is_own(replica: &Replica, event: &Event, who: &Profile) -> bool {
    let name = who
        .account
        .as_ref()
        .filter(|_| event.from.account == who.account);
    // An account registered anew after the message is a different one.
    let account = name.and_then(|name| replica.accounts.get(&replica.nick_key(name)));
    event.from.id == who.id || account.is_some_and(|account| account.created <= event.id.time())
}

/// Returns whether `who` may redact any message of the channel; none if they are not in it.
pub(crate) fn runs(channel: &Channel, who: &User) -> Option<bool> {
    if who.may(Privilege::Redact) {
        return Some(true);
    }
    let ranks = channel.ranks(who.profile.id)?;
    Some(ranks.at_least(Rank::Operator))
}

/// Returns whether a redaction by `who` rests on the privilege of a server operator: the message is
/// not theirs, nor are they an operator of the channel.
pub(crate) fn is_by_privilege(
    replica: &Replica,
    channel: &Channel,
    who: &User,
    said: &Event,
) -> bool {
    let ranks = channel.ranks(who.profile.id);
    let runs = ranks.is_some_and(|ranks| ranks.at_least(Rank::Operator));
    !runs && !is_own(replica, said, &who.profile)
}

/// Returns whether `who` may look for a message in a channel that they are not in.
pub(crate) fn may_look_anywhere(who: &User) -> bool {
    who.may(Privilege::Redact)
}

/// Checks whether `who` may redact a message: their own within a time, and any in a channel that
/// they moderate.
pub(crate) fn may_redact(
    replica: &Replica,
    redaction: &Redaction,
    event: &Event,
    who: &User,
    runs_channel: bool,
    now: Time,
) -> Result<(), Refusal> {
    if runs_channel {
        return Ok(());
    }
    if !is_own(replica, event, &who.profile) {
        return Err(Refusal::Redact(RedactError::NotYourMessage(
            redaction.clone(),
        )));
    }
    match replica.settings.redact_within {
        Some(window) if now > event.id.time().plus(window) => Err(Refusal::Redact(
            RedactError::TooOld(redaction.clone(), window),
        )),
        Some(_) | None => Ok(()),
    }
}
