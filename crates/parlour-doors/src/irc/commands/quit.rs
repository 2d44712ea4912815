//! QUIT (RFC 2812 §3.1.7).

use irc_wire::Message;
use parlour_core::Change;

use super::{Plan, reason};
use crate::irc::IrcDoor;
use crate::turn::Turn;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    plan.change(Change::Quit(words(message).into()));
}

pub(in crate::irc) fn early(door: &mut IrcDoor, turn: &mut Turn, message: &Message) {
    let words = words(message);
    door.error(turn, &words);
    turn.close = Some(words);
}

/// Marked as the user's own words, so that they cannot pass for the server's.
fn words(message: &Message) -> String {
    let given = reason(message, 0);
    if given.is_empty() {
        "Quit".into()
    } else {
        format!("Quit: {given}")
    }
}
