//! AUTHENTICATE (IRCv3 sasl).

use irc_wire::Message;

use crate::irc::{IrcDoor, sasl};
use crate::turn::Turn;

pub(in crate::irc) fn answer(door: &mut IrcDoor, turn: &mut Turn, message: &Message) {
    sasl::authenticate(door, turn, message.params.get(0).unwrap_or_default());
}
