//! ISON (RFC 2812 §4.9).

use irc_wire::Message;
use parlour_core::Question;

use crate::irc::plan::Plan;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let words = message
        .params
        .as_slice()
        .iter()
        .flat_map(|p| p.split_ascii_whitespace());
    plan.ask(Question::Ison(words.map(Into::into).collect()));
}
