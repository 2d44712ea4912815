//! USER and PASS (RFC 2812 §3.1).

use irc_wire::{Message, numerics as n, text};
use parlour_core::{Name, Secret, limits};

use crate::context::Context;
use crate::irc::door::IrcDoor;
use crate::irc::error_reply::ErrorReply;
use crate::irc::error_reply::cut_short;
use crate::irc::error_reply::need_more;

pub(in crate::irc) fn early(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    let (Some(user), Some(realname)) = (message.params.non_empty(0), message.params.non_empty(3))
    else {
        return door.complain(cx, need_more("USER"));
    };
    let user = text::cut(user, limits::USER_BYTES).into();
    let most = limits::REALNAME_BYTES;
    if realname.len() > most {
        door.complain(cx, cut_short("USER", most, "real name"));
    }
    door.introduction.user = Some((user, text::cut(realname, most).into()));
    door.try_register(cx);
}

/// Handles PASS: the password of the server, or `account:password` for clients without SASL. If the
/// server has a password, a second PASS logs in. If it has none, any other PASS is accepted and
/// ignored.
pub(in crate::irc) fn pass(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    match message.params.non_empty(0) {
        Some(given) => {
            let is_met =
                cx.settings.chat.password.is_none() || door.introduction.password.is_some();
            match login(given).filter(|_| is_met) {
                Some(login) => door.introduction.login = Some(login),
                None => door.introduction.password = Some(Secret::new(given)),
            }
        }
        None => door.complain(cx, need_more("PASS")),
    }
}

/// Parses `account:password`, or `account@device:password` as bouncers have it: all devices of an
/// account are one user here.
fn login(given: &str) -> Option<(Name, Secret)> {
    let (whose, password) = given.split_once(':')?;
    let account = whose.split('@').next().unwrap_or_default();
    let is_name = !account.is_empty() && !account.contains(char::is_whitespace);
    is_name.then(|| (account.into(), Secret::new(password)))
}

/// Refuses USER or PASS after registration.
pub(in crate::irc) fn already_registered(door: &mut IrcDoor, cx: &mut Context, _: &Message) {
    ErrorReply::numeric(n::ERR_ALREADYREGISTERED, &[], "You may not reregister").write(
        &mut cx.out,
        cx.settings.server_name(),
        door.shown_nick(),
    );
}
