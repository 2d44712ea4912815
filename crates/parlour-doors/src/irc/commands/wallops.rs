//! WALLOPS (RFC 2812 §4.7).

use irc_wire::Message;
use parlour_core::Change;

use super::Plan;
use crate::irc::need_more;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    match message.params.non_empty(0) {
        Some(words) => plan.change(Change::Wallops(words.into())),
        None => plan.complain(need_more("WALLOPS")),
    }
}
