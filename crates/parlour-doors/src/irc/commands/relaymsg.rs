//! RELAYMSG (draft/relaymsg): a message on behalf of somebody on another network.

use irc_wire::{Message, numerics as n};
use parlour_core::Change;
use parlour_core::request::RelayMessage;

use super::message::tags;
use crate::irc::ctcp::is_ctcp;
use crate::irc::plan::Plan;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let params = message.params;
    let Some(words) = params.non_empty(2) else {
        return plan.say(n::ERR_NOTEXTTOSEND, &[], "No text to send");
    };
    let tags = tags(message, plan);
    plan.change(Change::Relay(RelayMessage {
        channel: params.get(0).unwrap_or_default().into(),
        nick: params.get(1).unwrap_or_default().into(),
        text: words.into(),
        tags,
        ctcp: is_ctcp(words, &None),
    }));
}
