//! LUSERS (RFC 2812 §3.4.2).

use irc_wire::{Message, numerics as n};
use parlour_core::{Question, mask};

use super::Plan;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    if let Some(server) = message.params.non_empty(1)
        && !mask::matches(server, plan.settings.server_name())
    {
        return plan.say(n::ERR_NOSUCHSERVER, &[server], "No such server");
    }
    plan.ask(Question::Counts);
}
