//! PING and PONG (RFC 2812 §3.7.2).

use irc_wire::{Message, numerics as n};

use crate::context::Context;
use crate::irc::door::IrcDoor;
use crate::irc::error_reply::ErrorReply;
use crate::irc::pings;

pub(in crate::irc) fn ping(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    match message.params.non_empty(0) {
        Some(token) => pings::pong(cx, token),
        None => ErrorReply::numeric(n::ERR_NOORIGIN, &[], "No origin specified").write(
            &mut cx.out,
            cx.settings.server_name(),
            door.shown_nick(),
        ),
    }
}

/// Does nothing: the idle time was reset when the line was received.
pub(in crate::irc) fn pong(_: &mut IrcDoor, _: &mut Context, _: &Message) {}
