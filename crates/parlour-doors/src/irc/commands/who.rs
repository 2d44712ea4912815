//! WHO (RFC 2812 §3.6.1).

use irc_wire::Message;
use parlour_core::Question;

use super::Plan;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let mask = message.params.non_empty(0).unwrap_or("*");
    // `0` is how old clients write "everybody".
    plan.ask(Question::Who(if mask == "0" { "*" } else { mask }.into()));
}
