//! AWAY (RFC 2812 §4.1).

use irc_wire::{Message, text};
use parlour_core::names::Text;
use parlour_core::reply::SessionReply;
use parlour_core::request::AwayState;
use parlour_core::{Change, Reply};

use crate::context::Context;
use crate::irc::caps::Cap;
use crate::irc::door::IrcDoor;
use crate::irc::error_reply::cut_short;
use crate::irc::plan::Plan;
use crate::irc::render;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let text = plan.reason(message, 0);
    let attendance = attendance(text, plan.caps.has(Cap::PreAway));
    plan.change(Change::Away(attendance));
}

/// Parses the parameter of AWAY. `*` means absent, for clients with draft/pre-away.
fn attendance(words: Text, knows_absence: bool) -> AwayState {
    match &*words {
        "" => AwayState::Present,
        "*" if knows_absence => AwayState::Absent,
        _ => AwayState::Away(words),
    }
}

/// Handles AWAY before registration (draft/pre-away).
pub(in crate::irc) fn early(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    if !door.caps.has(Cap::PreAway) {
        return door.not_registered(cx);
    }
    let most = cx.settings.chat.limits.reason;
    let given = message.params.get(0).unwrap_or_default();
    if given.len() > most {
        door.complain(cx, cut_short("AWAY", most, "text"));
    }
    door.introduction.attendance = attendance(text::cut(given, most).into(), true);
    let reply = Reply::Session(SessionReply::Away(
        door.introduction.attendance != AwayState::Present,
    ));
    render::write_reply(door, cx, &reply);
}
