//! KNOCK: asks a channel's operators for an invitation.

use irc_wire::Message;
use parlour_core::Change;

use crate::irc::plan::Plan;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let reason = plan.reason(message, 1);
    let channel = message.params.get(0).unwrap_or_default();
    plan.change(Change::Knock(channel.into(), reason));
}
