//! Who may speak where.

use crate::Refusal;
use crate::reply::SendFault;
use crate::rules::lists;
use crate::state::{Channel, ChannelFlag, Profile, Rank};

/// Whether `who` may say `text` in `channel`.
pub(crate) fn may_speak(channel: &Channel, who: &Profile, text: &str) -> Result<(), Refusal> {
    let fault = |fault| Err(Refusal::CannotSend(channel.name.clone(), fault));
    let ranks = channel.ranks(who.id);
    if ranks.is_none() && channel.flags.has(ChannelFlag::NoExternal) {
        return fault(SendFault::Outside);
    }
    let voiced = ranks.is_some_and(|ranks| ranks.at_least(Rank::Voice));
    if channel.flags.has(ChannelFlag::Moderated) && !voiced {
        return fault(SendFault::Moderated);
    }
    if !voiced && lists::is_banned(channel, who) {
        return fault(SendFault::Banned);
    }
    if channel.flags.has(ChannelFlag::NoCtcp) && is_ctcp(text) {
        return fault(SendFault::Ctcp);
    }
    Ok(())
}

/// Whether `text` is a CTCP other than ACTION.
fn is_ctcp(text: &str) -> bool {
    text.strip_prefix('\u{1}')
        .is_some_and(|body| body != "ACTION" && !body.starts_with("ACTION "))
}
