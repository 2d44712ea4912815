//! Dispatch of lines to the verbs.

use super::error_reply::unknown;
use super::plan::{Plan, Step, is_this_server};
use super::verbs::{self, Handler};
use crate::context::Context;
use crate::irc::door::{IrcDoor, Stage};
use crate::irc::error_reply::need_more;
use irc_wire::{Message, numerics as n};

/// Turns a line of a registered client into steps.
pub(super) fn plan(message: &Message, plan: &mut Plan) {
    let Some(verb) = verbs::find(message.command) else {
        return plan.complain(unknown(message.command));
    };
    if message.params.len() < verb.needs {
        return plan.complain(need_more(verb.name));
    }
    let server = verb
        .server
        .and_then(|index| message.params.non_empty(index));
    if let Some(asked) = server.filter(|asked| !is_this_server(asked, plan.settings)) {
        return match verb.answer {
            // A nick may stand for its server, and only the core knows whether it is online.
            Handler::Door(_) => plan.steps.push(Step::LocalIfOnline(asked.into())),
            Handler::Core(_) | Handler::Gathered => {
                plan.say(n::ERR_NOSUCHSERVER, &[asked], "No such server")
            }
        };
    }
    match verb.answer {
        Handler::Core(core) => core(message, plan),
        Handler::Door(_) => plan.steps.push(Step::Local),
        // With `draft/multiline`, `batch::take` handles the line before it comes here; without it,
        // the command does not exist.
        Handler::Gathered => plan.complain(unknown(message.command)),
    }
}

/// Answers a line that the core has returned in order.
pub(super) fn local(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    let Some(verb) = verbs::find(message.command) else {
        return;
    };
    match verb.answer {
        Handler::Door(answer) => answer(door, cx, message),
        Handler::Core(_) => {
            if let Some(answer) = verb.local {
                answer(door, cx, message);
            }
        }
        // These are answered before, or complained about; the core returns no such line.
        Handler::Gathered => {}
    }
}

/// Answers a line of a client that is not registered yet.
pub(super) fn early(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    debug_assert_eq!(door.stage, Stage::New);
    let Some(verb) = verbs::find(message.command) else {
        return door.complain(cx, unknown(message.command));
    };
    let Some(answer) = verb.early else {
        return door.not_registered(cx);
    };
    if message.params.len() < verb.needs {
        return door.complain(cx, need_more(verb.name));
    }
    answer(door, cx, message);
}
