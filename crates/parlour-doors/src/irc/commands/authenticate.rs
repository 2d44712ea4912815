//! AUTHENTICATE (IRCv3 sasl).

use irc_wire::Message;

use crate::context::Context;
use crate::irc::{IrcDoor, sasl};

pub(in crate::irc) fn answer(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    sasl::authenticate(door, cx, message.params.get(0).unwrap_or_default());
}
