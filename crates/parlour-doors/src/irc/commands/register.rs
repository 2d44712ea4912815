//! REGISTER and VERIFY (draft/account-registration).

use irc_wire::Message;
use parlour_core::names::Nick;
use parlour_core::request::NewAccount;
use parlour_core::{Change, Secret};

use crate::context::Context;
use crate::irc::door::IrcDoor;
use crate::irc::plan::Plan;
use crate::irc::request_source::RequestSource;

fn new_account(
    message: &Message,
    nick: Option<Nick>,
    origin: parlour_core::request::Origin,
) -> Change {
    let params = message.params.as_slice();
    let name = params[0];
    Change::CreateAccount(Box::new(NewAccount {
        name: (name != "*").then(|| name.into()),
        nick,
        for_another: false,
        mail: (params[1] != "*").then(|| params[1].into()),
        code: None,
        password: Some(Secret::new(params[2])),
        verifier: None,
        origin,
    }))
}

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    plan.asked = Some(RequestSource::Register);
    let change = new_account(message, Some(plan.nick.into()), plan.origin.clone());
    plan.change(change);
}

pub(in crate::irc) fn early(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    let change = new_account(
        message,
        door.introduction.nick.clone(),
        door.origin(cx.peer),
    );
    door.request_account_change(cx, RequestSource::Register, change);
}

/// Plans VERIFY, with the code sent by mail.
pub(in crate::irc) fn verify(message: &Message, plan: &mut Plan) {
    plan.asked = Some(RequestSource::Verify);
    plan.change(code(message));
}

pub(in crate::irc) fn verify_early(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    door.request_account_change(cx, RequestSource::Verify, code(message));
}

fn code(message: &Message) -> Change {
    let params = message.params.as_slice();
    Change::Verify(params[0].into(), Secret::new(params[1]))
}
