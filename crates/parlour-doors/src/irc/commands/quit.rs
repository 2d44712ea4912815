//! QUIT (RFC 2812 §3.1.7).

use irc_wire::{Message, text};
use parlour_core::Change;

use crate::context::Context;
use crate::irc::door::IrcDoor;
use crate::irc::plan::Plan;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let given = plan.reason(message, 0);
    plan.change(Change::Quit {
        reason: words(&given).into(),
        by_user: true,
    });
}

pub(in crate::irc) fn early(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    let most = cx.settings.chat.limits.reason;
    let given = text::cut(message.params.get(0).unwrap_or_default(), most);
    let words = words(given);
    door.error(cx, &words);
    cx.close = Some(words);
}

/// Returns the quit message, marked as the words of the user so that it cannot pass for one of the
/// server.
fn words(given: &str) -> String {
    match given {
        "" => "Quit".to_owned(),
        given => format!("Quit: {given}"),
    }
}
