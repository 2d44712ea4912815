//! AWAY (RFC 2812 §4.1).

use irc_wire::Message;
use parlour_core::Change;

use super::{Plan, reason};

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let text = reason(message, 0);
    plan.change(Change::Away((!text.is_empty()).then_some(text)));
}
