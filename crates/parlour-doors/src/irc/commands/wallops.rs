//! WALLOPS (RFC 2812 §4.7).

use irc_wire::Message;
use parlour_core::Change;

use crate::irc::error_reply::need_more;
use crate::irc::plan::Plan;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    match message.params.non_empty(0) {
        Some(words) => plan.change(Change::Wallops(words.into())),
        None => plan.complain(need_more("WALLOPS")),
    }
}
