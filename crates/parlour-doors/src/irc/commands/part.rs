//! PART (RFC 2812 §3.2.2).

use irc_wire::Message;
use parlour_core::Change;

use super::{MAX_CHANNELS, Plan, split_list};

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let reason = plan.reason(message, 1);
    for channel in split_list(message.params.get(0).unwrap_or_default()).take(MAX_CHANNELS) {
        plan.change(Change::Part(channel.into(), reason.clone()));
    }
}
