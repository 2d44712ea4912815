//! Who may take back what was said.

use crate::request::Redaction;
use crate::state::{Profile, User};
use crate::{Event, Refusal, Time};

/// Whether what `event` says is `who`'s own: by account, or by the very user.
fn is_own(said_by: &Profile, who: &Profile) -> bool {
    said_by.id == who.id || (said_by.account.is_some() && said_by.account == who.account)
}

/// Whether `who` may take a message back: one's own, within a time; and any in a channel
/// that one runs.
pub(crate) fn may_redact(
    redaction: &Redaction,
    event: &Event,
    who: &User,
    runs_channel: bool,
    now: Time,
    within: Option<u64>,
) -> Result<(), Refusal> {
    if runs_channel {
        return Ok(());
    }
    if !is_own(&event.from, &who.profile) {
        return Err(Refusal::NotYourMessage(redaction.clone()));
    }
    match within {
        Some(window) if now > event.id.time().plus(window) => {
            Err(Refusal::TooOld(redaction.clone(), window))
        }
        _ => Ok(()),
    }
}
