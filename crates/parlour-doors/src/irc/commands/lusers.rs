//! LUSERS (RFC 2812 §3.4.2).

use irc_wire::Message;
use parlour_core::Question;

use crate::irc::plan::Plan;

pub(in crate::irc) fn plan(_: &Message, plan: &mut Plan) {
    plan.ask(Question::Counts);
}
