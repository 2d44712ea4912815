//! WHOWAS (RFC 2812 §3.6.3).

use irc_wire::{Message, numerics as n};
use parlour_core::Question;

use crate::irc::plan::{Plan, split_list};

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let Some(nick) = message
        .params
        .get(0)
        .and_then(|list| split_list(list).next())
    else {
        return plan.say(n::ERR_NONICKNAMEGIVEN, &[], "No nickname given");
    };
    // A count that is not a positive number means all (RFC 2812).
    let count = message
        .params
        .get(1)
        .and_then(|count| count.parse().ok())
        .unwrap_or(0);
    plan.ask(Question::Whowas(nick.into(), count));
}
