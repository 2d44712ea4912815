//! NICK (RFC 2812 §3.1.2).

use irc_wire::Message;
use parlour_core::{Change, names};

use crate::context::Context;
use crate::irc::door::IrcDoor;
use crate::irc::error_reply::bad_nick;
use crate::irc::plan::Plan;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let nick = message.params.get(0).unwrap_or_default();
    let prepared = names::prepare_nick(nick);
    match names::check_nick(&prepared, plan.limits().nick) {
        Ok(()) => plan.change(Change::Nick(prepared.into())),
        Err(why) => plan.complain(bad_nick(nick, why)),
    }
}

pub(in crate::irc) fn early(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    let nick = message.params.get(0).unwrap_or_default();
    let prepared = names::prepare_nick(nick);
    match names::check_nick(&prepared, cx.settings.chat.limits.nick) {
        Ok(()) => {
            door.introduction.nick = Some(prepared.into());
            door.try_register(cx);
        }
        Err(why) => door.complain(cx, bad_nick(nick, why)),
    }
}
