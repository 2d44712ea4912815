//! Who may speak in the name of somebody elsewhere (RELAYMSG).

use crate::names::{RELAY_SEPARATOR, is_invisible};
use crate::state::{Channel, Privilege, Rank, User};
use crate::{Refusal, Settings, limits};

/// Whether `who` may relay into `channel` in the name of `nick`: those who run the channel,
/// and operators with the privilege; a name that is no nick and breaks no line.
pub(crate) fn may_relay(
    settings: &Settings,
    channel: &Channel,
    who: &User,
    nick: &str,
) -> Result<(), Refusal> {
    let runs = channel
        .ranks(who.profile.id)
        .is_some_and(|ranks| ranks.at_least(Rank::Operator));
    let may = who.may(Privilege::Relay) || (settings.relay && runs);
    if !may {
        return Err(Refusal::MayNotRelay(channel.name.clone()));
    }
    let forbidden = |c: char| {
        "!+%@&#$:'\"?*,.".contains(c) || c.is_whitespace() || c.is_control() || is_invisible(c)
    };
    if !nick.contains(RELAY_SEPARATOR)
        || nick.len() > limits::NICK_BYTES
        || nick.starts_with('-')
        || nick.contains(forbidden)
    {
        return Err(Refusal::BadRelayNick(channel.name.clone(), nick.into()));
    }
    Ok(())
}
