//! NAMES (RFC 2812 §3.2.5).

use irc_wire::Message;
use parlour_core::Question;
use parlour_core::names::ChannelName;

use crate::irc::plan::Plan;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let list = message.params.non_empty(0).unwrap_or("*");
    if list == "*" {
        return plan.ask(Question::Names(Vec::new()));
    }
    let mut channels: Vec<ChannelName> = plan
        .targets(list)
        .into_iter()
        .map(ChannelName::from)
        .collect();
    if channels.is_empty() {
        channels.push(list.into());
    }
    plan.ask(Question::Names(channels));
}
