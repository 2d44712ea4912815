//! PING and PONG (RFC 2812 §3.7.2).

use irc_wire::{Line, Message, numerics as n};

use crate::irc::IrcDoor;
use crate::irc::complaint::Complaint;
use crate::turn::Turn;

pub(in crate::irc) fn ping(door: &mut IrcDoor, turn: &mut Turn, message: &Message) {
    let server = turn.settings.server_name();
    match message.params.non_empty(0) {
        Some(token) => Line::new(&mut turn.out)
            .from(server, "PONG")
            .word(server)
            .trailing(token)
            .end(),
        None => Complaint::numeric(n::ERR_NOORIGIN, &[], "No origin specified").write(
            &mut turn.out,
            server,
            door.shown_nick(),
        ),
    }
}

/// A sign of life: that something came is noted already.
pub(in crate::irc) fn pong(_: &mut IrcDoor, _: &mut Turn, _: &Message) {}
