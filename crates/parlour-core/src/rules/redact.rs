//! Who may take back what was said.

use crate::request::Redaction;
use crate::state::{Channel, Privilege, Profile, Rank, User};
use crate::{Core, Event, Refusal, Time};

/// Whether what `event` says is `who`'s own: by account, if it was theirs then, or by the very
/// user.
fn is_own(core: &Core, event: &Event, who: &Profile) -> bool {
    let name = who
        .account
        .as_ref()
        .filter(|_| event.from.account == who.account);
    let account = name.and_then(|name| core.accounts.get(&core.nick_key(name)));
    event.from.id == who.id || account.is_some_and(|account| account.created <= event.id.time())
}

/// Whether `who` moderates the channel; none, if it is not theirs to take back anything there.
pub(crate) fn runs(channel: &Channel, who: &User) -> Option<bool> {
    if who.may(Privilege::Redact) {
        return Some(true);
    }
    let ranks = channel.ranks(who.profile.id)?;
    Some(ranks.at_least(Rank::Operator))
}

/// Whether `who` takes a message back as an operator of the network: it is neither theirs, nor do
/// they run the channel.
pub(crate) fn is_by_office(core: &Core, channel: &Channel, who: &User, said: &Event) -> bool {
    let ranks = channel.ranks(who.profile.id);
    let runs = ranks.is_some_and(|ranks| ranks.at_least(Rank::Operator));
    !runs && !is_own(core, said, &who.profile)
}

/// Whether `who` may look for a message in a channel that they are not in.
pub(crate) fn may_look_anywhere(who: &User) -> bool {
    who.may(Privilege::Redact)
}

/// Whether `who` may take a message back: one's own, within a time; and any in a channel
/// that one runs.
pub(crate) fn may_redact(
    core: &Core,
    redaction: &Redaction,
    event: &Event,
    who: &User,
    runs_channel: bool,
    now: Time,
) -> Result<(), Refusal> {
    if runs_channel {
        return Ok(());
    }
    if !is_own(core, event, &who.profile) {
        return Err(Refusal::NotYourMessage(redaction.clone()));
    }
    match core.settings.redact_within {
        Some(window) if now > event.id.time().plus(window) => {
            Err(Refusal::TooOld(redaction.clone(), window))
        }
        _ => Ok(()),
    }
}
