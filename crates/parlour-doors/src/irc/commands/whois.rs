//! WHOIS (RFC 2812 §3.6.2): the last parameter is the nick.

use irc_wire::{Message, numerics as n};
use parlour_core::Question;

use super::{Plan, split_list};

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let list = message
        .params
        .non_empty(1)
        .or_else(|| message.params.non_empty(0));
    let Some(nick) = list.and_then(|list| split_list(list).next()) else {
        return plan.say(n::ERR_NONICKNAMEGIVEN, &[], "No nickname given");
    };
    plan.ask(Question::Whois(nick.into()));
    plan.say(n::RPL_ENDOFWHOIS, &[nick], "End of /WHOIS list");
}
