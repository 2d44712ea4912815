//! NAMES (RFC 2812 §3.2.5).

use irc_wire::Message;
use parlour_core::Question;

use crate::irc::plan::Plan;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let Some(list) = message.params.non_empty(0) else {
        return plan.ask(Question::Names("*".into()));
    };
    let channels = plan.targets(list);
    let named = if channels.is_empty() {
        list.to_owned()
    } else {
        channels.join(",")
    };
    plan.ask(Question::Names(named.as_str().into()));
}
