//! USERHOST (RFC 2812 §4.8): at most five nicks.

use irc_wire::Message;
use parlour_core::Question;

use crate::irc::plan::Plan;

/// Nicks of one USERHOST.
const MAX_NICKS: usize = 5;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let words = message
        .params
        .as_slice()
        .iter()
        .flat_map(|p| p.split_ascii_whitespace());
    plan.ask(Question::Userhost(
        words.take(MAX_NICKS).map(Into::into).collect(),
    ));
}
