//! VERSION, TIME, INFO, MOTD, ADMIN, ISUPPORT (RFC 2812 §3.4): the server about itself.

use irc_wire::{Message, numerics as n, time as wire_time};
use parlour_core::mask;

use crate::irc::IrcDoor;
use crate::irc::caps::Cap;
use crate::irc::complaint::Complaint;
use crate::turn::Turn;

/// Whether the server that is asked for is this one: by its name, a mask, or a nick that is on
/// it; else says that there is no such server.
pub(in crate::irc) fn is_here(
    door: &IrcDoor,
    turn: &mut Turn,
    message: &Message,
    index: usize,
) -> bool {
    let Some(asked) = message.params.non_empty(index) else {
        return true;
    };
    let s = turn.settings;
    if mask::matches(asked, s.server_name()) || s.chat.casemapping.same(asked, door.shown_nick()) {
        return true;
    }
    let complaint = Complaint::numeric(n::ERR_NOSUCHSERVER, &[asked], "No such server");
    complaint.write(&mut turn.out, s.server_name(), door.shown_nick());
    false
}

pub(in crate::irc) fn version(door: &mut IrcDoor, turn: &mut Turn, message: &Message) {
    if !is_here(door, turn, message, 0) {
        return;
    }
    let s = turn.settings;
    let line = door
        .numeric(&mut turn.out, s.server_name(), n::RPL_VERSION)
        .word(&s.version)
        .word(s.server_name());
    line.trailing(&s.description).end();
    door.isupport(turn);
}

pub(in crate::irc) fn isupport(door: &mut IrcDoor, turn: &mut Turn, _: &Message) {
    door.isupport(turn);
}

/// Before registration, for those who asked for draft/extended-isupport.
pub(in crate::irc) fn early_isupport(door: &mut IrcDoor, turn: &mut Turn, _: &Message) {
    if door.caps.has(Cap::ExtendedIsupport) {
        door.isupport(turn);
    } else {
        door.not_registered(turn);
    }
}

pub(in crate::irc) fn time(door: &mut IrcDoor, turn: &mut Turn, message: &Message) {
    if !is_here(door, turn, message, 0) {
        return;
    }
    let server = turn.settings.server_name();
    let now = wire_time::format(turn.now.0);
    door.numeric(&mut turn.out, server, n::RPL_TIME)
        .word(server)
        .trailing(&now)
        .end();
}

pub(in crate::irc) fn info(door: &mut IrcDoor, turn: &mut Turn, message: &Message) {
    if !is_here(door, turn, message, 0) {
        return;
    }
    let s = turn.settings;
    let lines = [
        s.version.to_string(),
        s.description.to_string(),
        format!("Running since {}", wire_time::format(s.started.0)),
        "One port, every door, nothing lost.".into(),
    ];
    for text in lines {
        door.numeric(&mut turn.out, s.server_name(), n::RPL_INFO)
            .trailing(&text)
            .end();
    }
    door.numeric(&mut turn.out, s.server_name(), n::RPL_ENDOFINFO)
        .trailing("End of INFO")
        .end();
}

pub(in crate::irc) fn motd(door: &mut IrcDoor, turn: &mut Turn, message: &Message) {
    if is_here(door, turn, message, 0) {
        door.motd(turn);
    }
}

pub(in crate::irc) fn admin(door: &mut IrcDoor, turn: &mut Turn, message: &Message) {
    if !is_here(door, turn, message, 0) {
        return;
    }
    let s = turn.settings;
    let server = s.server_name();
    if s.admin.is_empty() {
        let text = "No administrative info available";
        let complaint = Complaint::numeric(n::ERR_NOADMININFO, &[server], text);
        return complaint.write(&mut turn.out, server, door.shown_nick());
    }
    door.numeric(&mut turn.out, server, n::RPL_ADMINME)
        .word(server)
        .trailing("Administrative info")
        .end();
    let codes = [n::RPL_ADMINLOC1, n::RPL_ADMINLOC2, n::RPL_ADMINEMAIL];
    for (code, text) in codes.into_iter().zip(&s.admin) {
        door.numeric(&mut turn.out, server, code)
            .trailing(text)
            .end();
    }
}
