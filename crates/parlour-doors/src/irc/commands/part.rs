//! PART (RFC 2812 §3.2.2).

use irc_wire::Message;
use parlour_core::Change;

use crate::irc::error_reply::need_more;
use crate::irc::plan::{Plan, split_list};

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let reason = plan.reason(message, 1);
    let channels = message.params.get(0).unwrap_or_default();
    for channel in split_list(channels) {
        plan.change(Change::Part(channel.into(), reason.clone()));
    }
    if plan.steps.is_empty() {
        plan.complain(need_more("PART"));
    }
}
