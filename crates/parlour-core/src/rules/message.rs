//! Rules for messages to channels and users.

use crate::Instant;
use crate::Refusal;
use crate::error::MessageError;
use crate::error::SendError;
use crate::rules::lists;
use crate::state::{Channel, ChannelFlag, Profile, Rank, User, UserFlag};

/// Checks whether `who` may send to `channel`, and returns the rank that may read it, none
/// if all may. With `from_outside` the sender need not be a member.
pub(crate) fn may_speak(
    channel: &Channel,
    who: &Profile,
    ctcp: bool,
    from_outside: bool,
) -> Result<Option<Rank>, Refusal> {
    let fault = |fault| {
        Err(Refusal::Message(MessageError::CannotSend(
            channel.name.clone(),
            fault,
        )))
    };
    let ranks = channel.ranks(who.id);
    if ranks.is_none() && channel.flags.has(ChannelFlag::NoExternal) && !from_outside {
        return fault(SendError::Outside);
    }
    // Checked before ranks: +C holds for operators too.
    takes_ctcp(channel, ctcp)?;
    if ranks.is_some_and(|ranks| ranks.at_least(Rank::Voice)) {
        return Ok(None);
    }
    let moderated = channel.flags.has(ChannelFlag::Moderated);
    let silent = if lists::is_banned(channel, who) || lists::is_muted(channel, who) {
        SendError::Banned
    } else if channel.flags.has(ChannelFlag::RegisteredSpeak) && who.account.is_none() {
        SendError::Unregistered
    } else if moderated || channel.flags.has(ChannelFlag::OpModerated) {
        SendError::Moderated
    } else {
        return Ok(None);
    };
    // Messages of banned users are refused even then; others go to the channel operators (+U).
    if channel.flags.has(ChannelFlag::OpModerated) && silent != SendError::Banned {
        return Ok(Some(Rank::Operator));
    }
    fault(silent)
}

/// Checks that `who` has waited long enough since their last message in the channel (+W); the
/// voiced need not wait.
pub(crate) fn check_slow_mode(
    channel: &Channel,
    who: &Profile,
    now: Instant,
) -> Result<(), Refusal> {
    let (Some(seconds), Some(spoke)) = (channel.slow, channel.spoke.get(&who.id)) else {
        return Ok(());
    };
    let again = spoke.plus(u64::from(seconds) * 1000);
    let ranks = channel.ranks(who.id);
    match ranks {
        Some(ranks) if now < again && !ranks.at_least(Rank::Voice) => {
            let fault = SendError::Slow(again.since(now));
            Err(Refusal::Message(MessageError::CannotSend(
                channel.name.clone(),
                fault,
            )))
        }
        Some(_) | None => Ok(()),
    }
}

/// Checks that a message is no CTCP if the channel takes none (+C).
pub(crate) fn takes_ctcp(channel: &Channel, ctcp: bool) -> Result<(), Refusal> {
    if ctcp && channel.flags.has(ChannelFlag::NoCtcp) {
        return Err(Refusal::Message(MessageError::CannotSend(
            channel.name.clone(),
            SendError::Ctcp,
        )));
    }
    Ok(())
}

/// Checks whether `who` may send to `target`.
pub(crate) fn may_write(
    target: &User,
    who: &User,
    accepted: bool,
    ctcp: bool,
) -> Result<(), Refusal> {
    let nick = || target.profile.nick.clone();
    if target.profile.id == who.profile.id || who.oper.is_some() {
        return Ok(());
    }
    if target.flags.has(UserFlag::RegisteredOnly) && who.profile.account.is_none() && !accepted {
        return Err(Refusal::Message(MessageError::NeedsAccount(nick())));
    }
    if ctcp && target.flags.has(UserFlag::NoCtcp) {
        return Err(Refusal::Message(MessageError::NoCtcp(nick())));
    }
    Ok(())
}
