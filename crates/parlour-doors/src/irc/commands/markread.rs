//! MARKREAD (draft/read-marker): shows or sets a read marker.

use irc_wire::{Message, time};
use parlour_core::{Change, Question, Time};

use crate::irc::error_reply::{ECHOED, ErrorReply};
use crate::irc::plan::Plan;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let fail = |code, params: &[&str], text| ErrorReply::fail("MARKREAD", code, params, text);
    let Some(target) = message.params.non_empty(0) else {
        return plan.complain(fail("NEED_MORE_PARAMS", &[], "Missing parameters"));
    };
    if target.len() > ECHOED {
        let text = "That is no channel and no nick";
        return plan.complain(fail("INVALID_PARAMS", &["*"], text));
    }
    let Some(given) = message.params.get(1) else {
        return plan.ask(Question::ReadMarker(target.into()));
    };
    match given.strip_prefix("timestamp=").and_then(time::parse) {
        Some(ms) => plan.change(Change::MarkRead(target.into(), Time(ms))),
        None => {
            let text = "The time is like timestamp=2026-01-31T12:00:00.000Z";
            plan.complain(fail("INVALID_PARAMS", &[target], text));
        }
    }
}
