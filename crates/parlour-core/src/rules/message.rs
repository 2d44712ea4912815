//! Rules for messages to channels and users.

use crate::Instant;
use crate::Refusal;
use crate::error::MessageError;
use crate::error::SendError;
use crate::request::Splits;
use crate::rules::lists;
use crate::state::{Channel, ChannelFlag, Profile, Rank, User, UserFlag};

/// Checks whether `who` may send `text` to `channel`, and returns the rank that may read it, none
/// if all may. With `from_outside` the sender need not be a member.
pub(crate) fn may_speak(
    channel: &Channel,
    who: &Profile,
    text: &str,
    splits: &Splits,
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
    takes_ctcp(channel, text, splits)?;
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
        _ => Ok(()),
    }
}

/// Checks that `text` is no CTCP if the channel takes none (+C).
pub(crate) fn takes_ctcp(channel: &Channel, text: &str, splits: &Splits) -> Result<(), Refusal> {
    if channel.flags.has(ChannelFlag::NoCtcp) && holds_ctcp(text, splits) {
        return Err(Refusal::Message(MessageError::CannotSend(
            channel.name.clone(),
            SendError::Ctcp,
        )));
    }
    Ok(())
}

/// Checks whether `who` may send `text` to `target`.
pub(crate) fn may_write(
    target: &User,
    who: &User,
    accepted: bool,
    text: &str,
    splits: &Splits,
) -> Result<(), Refusal> {
    let nick = || target.profile.nick.clone();
    if target.profile.id == who.profile.id || who.oper.is_some() {
        return Ok(());
    }
    if target.flags.has(UserFlag::RegisteredOnly) && who.profile.account.is_none() && !accepted {
        return Err(Refusal::Message(MessageError::NeedsAccount(nick())));
    }
    if target.flags.has(UserFlag::NoCtcp) && holds_ctcp(text, splits) {
        return Err(Refusal::Message(MessageError::NoCtcp(nick())));
    }
    Ok(())
}

/// Returns whether a line of `text`, also as divided by `splits`, is a CTCP other than ACTION.
pub(crate) fn holds_ctcp(text: &str, splits: &Splits) -> bool {
    let parts = splits.iter().flat_map(|splits| splits.iter());
    let mut parts = parts.filter_map(|&at| text.get(at as usize..));
    // Readers without draft/multiline get each part as a line of its own.
    text.split('\n').any(is_ctcp) || parts.any(is_ctcp)
}

/// Returns whether `text` is a CTCP other than ACTION.
fn is_ctcp(text: &str) -> bool {
    text.strip_prefix('\u{1}')
        .is_some_and(|body| body != "ACTION" && !body.starts_with("ACTION "))
}
