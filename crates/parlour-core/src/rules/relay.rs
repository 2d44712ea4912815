//! Rules for relayed messages (RELAYMSG).

use crate::error::MessageError;
use crate::error::SendError;
use crate::names::{RELAY_SEPARATOR, is_invisible};
use crate::replica::Replica;
use crate::request::RelayMessage;
use crate::rules::lists;
use crate::state::{Channel, Privilege, Profile, Rank, User};
use crate::{Refusal, limits};

/// Checks whether `who` may relay a message into `channel`: channel operators may, and
/// server operators with the privilege; the name must be no valid nick and safe in a line.
pub(crate) fn may_relay(
    replica: &Replica,
    channel: &Channel,
    who: &User,
    message: &RelayMessage,
) -> Result<(), Refusal> {
    let nick = &message.nick;
    if !who.may(Privilege::Relay) {
        let ranks = super::member(channel, &who.profile)?;
        if !replica.settings.relay || !ranks.at_least(Rank::Operator) {
            return Err(Refusal::Message(MessageError::MayNotRelay(
                channel.name.clone(),
            )));
        }
    }
    super::message::takes_ctcp(channel, message.ctcp)?;
    let forbidden = |c: char| {
        "!+%@&#$:'\"?*,.".contains(c) || c.is_whitespace() || c.is_control() || is_invisible(c)
    };
    let parts = nick.split(RELAY_SEPARATOR);
    if !nick.contains(RELAY_SEPARATOR)
        || parts.into_iter().any(str::is_empty)
        || nick.len() > limits::NICK_BYTES
        || nick.starts_with('-')
        || nick.contains(forbidden)
    {
        return Err(Refusal::Message(MessageError::BadRelayNick(
            channel.name.clone(),
            nick.clone(),
        )));
    }
    let (name, _) = nick.split_once(RELAY_SEPARATOR).unwrap_or((nick, ""));
    if super::account::is_not_reserved(replica, name, None).is_err() {
        return Err(Refusal::Message(MessageError::BadRelayNick(
            channel.name.clone(),
            nick.clone(),
        )));
    }
    Ok(())
}

/// Checks that the channel has not banned or muted the relayed sender by the name that is shown.
pub(crate) fn may_be_heard(channel: &Channel, relayed: &Profile) -> Result<(), Refusal> {
    if lists::is_banned(channel, relayed) || lists::is_muted(channel, relayed) {
        let fault = SendError::Banned;
        return Err(Refusal::Message(MessageError::CannotSend(
            channel.name.clone(),
            fault,
        )));
    }
    Ok(())
}
