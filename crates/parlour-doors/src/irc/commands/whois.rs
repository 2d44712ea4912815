//! WHOIS (RFC 2812 §3.6.2): the last parameter is the nick.

use irc_wire::{Message, numerics as n};
use parlour_core::Question;

use crate::irc::plan::{Plan, is_this_server, split_list};

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let list = message
        .params
        .non_empty(1)
        .or_else(|| message.params.non_empty(0));
    let nick = list.and_then(|list| split_list(list).next());
    let Some((list, nick)) = list.zip(nick) else {
        return plan.say(n::ERR_NONICKNAMEGIVEN, &[], "No nickname given");
    };
    // With two parameters, the first is a server: this one, or the one that the user is on.
    if let (Some(server), Some(_)) = (message.params.non_empty(0), message.params.non_empty(1))
        && !is_this_server(server, plan.settings)
        && !plan.settings.chat.casemapping.same(server, nick)
    {
        return plan.say(n::ERR_NOSUCHSERVER, &[server], "No such server");
    }
    plan.ask(Question::Whois(nick.into()));
    // The list is shown as given, even if only its first nick is answered (Modern IRC, 318).
    plan.say(n::RPL_ENDOFWHOIS, &[list], "End of /WHOIS list");
}
