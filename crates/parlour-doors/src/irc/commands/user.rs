//! USER and PASS (RFC 2812 §3.1).

use irc_wire::{Message, numerics as n, text};
use parlour_core::{Secret, limits};

use super::cut_short;
use crate::irc::complaint::Complaint;
use crate::irc::{IrcDoor, need_more};
use crate::turn::Turn;

pub(in crate::irc) fn early(door: &mut IrcDoor, turn: &mut Turn, message: &Message) {
    let (Some(user), Some(realname)) = (message.params.non_empty(0), message.params.non_empty(3))
    else {
        return door.complain(turn, need_more("USER"));
    };
    let user = text::cut(user, limits::USER_BYTES).into();
    let most = limits::REALNAME_BYTES;
    if realname.len() > most {
        door.complain(turn, cut_short("USER", most, "real name"));
    }
    door.wish.user = Some((user, text::cut(realname, most).into()));
    door.try_register(turn);
}

/// The server's password; where it asks for none, clients that send one are welcome all the
/// same.
pub(in crate::irc) fn pass(door: &mut IrcDoor, turn: &mut Turn, message: &Message) {
    match message.params.non_empty(0) {
        Some(password) => door.wish.password = Some(Secret::new(password)),
        None => door.complain(turn, need_more("PASS")),
    }
}

/// USER or PASS once more, after registration.
pub(in crate::irc) fn again(door: &mut IrcDoor, turn: &mut Turn, _: &Message) {
    Complaint::numeric(n::ERR_ALREADYREGISTERED, &[], "You may not reregister").write(
        &mut turn.out,
        turn.settings.server_name(),
        door.shown_nick(),
    );
}
