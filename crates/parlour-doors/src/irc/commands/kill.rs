//! KILL (RFC 2812 §3.7.1).

use irc_wire::Message;
use parlour_core::Change;

use crate::irc::plan::Plan;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let given = plan.reason(message, 1);
    let reason = if given.is_empty() {
        "no reason given".into()
    } else {
        given
    };
    plan.change(Change::Kill {
        nick: message.params.get(0).unwrap_or_default().into(),
        reason,
    });
}
