//! AUTHENTICATE (IRCv3 sasl).

use irc_wire::Message;

use crate::context::Context;
use crate::irc::door::IrcDoor;
use crate::irc::sasl;

pub(in crate::irc) fn answer(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    sasl::authenticate(door, cx, message.params.get(0).unwrap_or_default());
}
