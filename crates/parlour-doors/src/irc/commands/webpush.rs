//! WEBPUSH (draft/webpush): subscriptions of the user's devices to push messages.

use irc_wire::{Line, Message};
use parlour_core::Change;
use parlour_core::request::PushCommand;

use crate::context::Context;
use crate::irc::door::IrcDoor;
use crate::irc::error_reply::{ECHOED, ErrorReply};
use crate::irc::plan::{Plan, Step};

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let params = message.params.as_slice();
    let subcommand = params[0].to_ascii_uppercase();
    if subcommand == "VAPIDPUBKEY" && plan.settings.push.is_some() {
        return plan.steps.push(Step::Local);
    }
    let endpoint = params.get(1).copied().unwrap_or("*");
    let shown = if endpoint.len() > ECHOED {
        "*"
    } else {
        endpoint
    };
    let fail =
        |code: &str, text: &str| ErrorReply::fail("WEBPUSH", code, &[&subcommand, shown], text);
    let Some(settings) = &plan.settings.push else {
        return plan.complain(fail("FORBIDDEN", "This server sends no push messages"));
    };
    if !plan.has_account {
        return plan.complain(fail(
            "FORBIDDEN",
            "Log in first: push messages are for accounts",
        ));
    }
    match &*subcommand {
        "REGISTER" => {
            // As in message tags; the values may end with the padding of base64.
            let keys = params.get(2).copied().unwrap_or_default();
            let pairs = || keys.split(';').filter_map(|pair| pair.split_once('='));
            let value = |wanted: &str| {
                pairs()
                    .find(|(name, _)| *name == wanted)
                    .map(|(_, value)| value)
            };
            let (Some(key), Some(auth)) = (value("p256dh"), value("auth")) else {
                let text = "The keys are p256dh=…;auth=…";
                return plan.complain(fail("INVALID_PARAMS", text));
            };
            if !settings.accepts(endpoint, key, auth) {
                let text = "That is no push service that can be used, or no key";
                return plan.complain(fail("INVALID_PARAMS", text));
            }
            plan.change(Change::Push(PushCommand::Register {
                endpoint: endpoint.into(),
                key: key.into(),
                auth: auth.into(),
            }));
        }
        "UNREGISTER" => plan.change(Change::Push(PushCommand::Unregister(endpoint.into()))),
        _ => plan.complain(fail(
            "INVALID_PARAMS",
            "Say REGISTER, UNREGISTER or VAPIDPUBKEY",
        )),
    }
}

/// Answers WEBPUSH VAPIDPUBKEY with the key that ISUPPORT has as well (VAPID).
pub(in crate::irc) fn public_key(_: &mut IrcDoor, cx: &mut Context, _: &Message) {
    if let Some(settings) = &cx.settings.push {
        Line::new(&mut cx.out)
            .from(cx.settings.server_name(), "WEBPUSH")
            .word("VAPIDPUBKEY")
            .word(&settings.public_key)
            .end();
    }
}
