//! NAMES (RFC 2812 §3.2.5).

use irc_wire::{Message, numerics as n};
use parlour_core::Question;

use super::Plan;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let Some(list) = message.params.non_empty(0) else {
        return plan.say(n::RPL_ENDOFNAMES, &["*"], "End of /NAMES list");
    };
    for channel in plan.targets(list) {
        plan.ask(Question::Names(channel.into()));
    }
}
