//! Who may take back what was said.

use crate::request::Redaction;
use crate::state::{Channel, Privilege, Profile, Rank, User};
use crate::{Event, Refusal, Settings, Time};

/// Whether what `event` says is `who`'s own: by account, or by the very user.
fn is_own(said_by: &Profile, who: &Profile) -> bool {
    said_by.id == who.id || (said_by.account.is_some() && said_by.account == who.account)
}

/// Whether `who` moderates the channel; none, if it is not theirs to take back anything there.
pub(crate) fn runs(channel: &Channel, who: &User) -> Option<bool> {
    if who.may(Privilege::Redact) {
        return Some(true);
    }
    let ranks = channel.ranks(who.profile.id)?;
    Some(ranks.at_least(Rank::Operator))
}

/// Whether `who` may look for a message in a channel that they are not in.
pub(crate) fn may_look_anywhere(who: &User) -> bool {
    who.may(Privilege::Redact)
}

/// Whether `who` may take a message back: one's own, within a time; and any in a channel
/// that one runs.
pub(crate) fn may_redact(
    settings: &Settings,
    redaction: &Redaction,
    event: &Event,
    who: &User,
    runs_channel: bool,
    now: Time,
) -> Result<(), Refusal> {
    if runs_channel {
        return Ok(());
    }
    if !is_own(&event.from, &who.profile) {
        return Err(Refusal::NotYourMessage(redaction.clone()));
    }
    match settings.redact_within {
        Some(window) if now > event.id.time().plus(window) => {
            Err(Refusal::TooOld(redaction.clone(), window))
        }
        _ => Ok(()),
    }
}
