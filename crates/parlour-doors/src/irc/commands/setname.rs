//! SETNAME (IRCv3 setname).

use irc_wire::Message;
use parlour_core::Change;

use crate::irc::plan::Plan;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let name = message.params.get(0).unwrap_or_default();
    plan.change(Change::RealName(name.into()));
}
