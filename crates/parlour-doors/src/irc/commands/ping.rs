//! PING and PONG (RFC 2812 §3.7.2).

use irc_wire::{Message, numerics as n};

use crate::irc::complaint::Complaint;
use crate::irc::{IrcDoor, pings};
use crate::turn::Turn;

pub(in crate::irc) fn ping(door: &mut IrcDoor, turn: &mut Turn, message: &Message) {
    match message.params.non_empty(0) {
        Some(token) => pings::pong(turn, token),
        None => Complaint::numeric(n::ERR_NOORIGIN, &[], "No origin specified").write(
            &mut turn.out,
            turn.settings.server_name(),
            door.shown_nick(),
        ),
    }
}

/// A sign of life: that something came is noted already.
pub(in crate::irc) fn pong(_: &mut IrcDoor, _: &mut Turn, _: &Message) {}
