//! WALLOPS (RFC 2812 §4.7).

use irc_wire::Message;
use parlour_core::Change;

use super::Plan;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let text = plan.reason(message, 0);
    plan.change(Change::Wallops(text));
}
