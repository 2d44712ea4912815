//! INVITE (RFC 2812 §3.2.7); without parameters, lists the channels that the user is invited to.

use irc_wire::Message;
use parlour_core::{Change, Question};

use crate::irc::error_reply::need_more;
use crate::irc::plan::Plan;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    match message.params.as_slice() {
        [] => plan.ask(Question::Invitations),
        [nick, channel, ..] => {
            plan.change(Change::Invite {
                nick: (*nick).into(),
                channel: (*channel).into(),
            });
        }
        _ => plan.complain(need_more("INVITE")),
    }
}
