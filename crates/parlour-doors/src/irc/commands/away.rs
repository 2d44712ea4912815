//! AWAY (RFC 2812 §4.1).

use irc_wire::{Message, text};
use parlour_core::{Change, Reply};

use super::{Plan, cut_short};
use crate::irc::IrcDoor;
use crate::irc::caps::Cap;
use crate::irc::render;
use crate::turn::Turn;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let text = plan.reason(message, 0);
    plan.change(Change::Away((!text.is_empty()).then_some(text)));
}

/// Before registration, for those who asked for draft/pre-away.
pub(in crate::irc) fn early(door: &mut IrcDoor, turn: &mut Turn, message: &Message) {
    if !door.caps.has(Cap::PreAway) {
        return door.not_registered(turn);
    }
    let most = turn.settings.chat.limits.reason;
    let given = message.params.get(0).unwrap_or_default();
    if given.len() > most {
        door.complain(turn, cut_short("AWAY", most, "text"));
    }
    let words = text::cut(given, most);
    door.wish.away = (!words.is_empty()).then(|| words.into());
    let reply = Reply::Away(door.wish.away.is_some());
    render::write_reply(door, turn, &reply);
}
