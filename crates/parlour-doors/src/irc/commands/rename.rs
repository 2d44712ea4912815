//! RENAME (draft/channel-rename).

use irc_wire::Message;
use parlour_core::Change;

use crate::irc::plan::Plan;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let reason = plan.reason(message, 2);
    plan.change(Change::Rename {
        channel: message.params.get(0).unwrap_or_default().into(),
        name: message.params.get(1).unwrap_or_default().into(),
        reason,
    });
}
