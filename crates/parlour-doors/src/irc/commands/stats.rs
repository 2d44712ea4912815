//! STATS (RFC 2812 §3.4.4): `u` shows the uptime, `o` the server operators.

use irc_wire::{Message, numerics as n};
use parlour_core::Question;

use crate::context::Context;
use crate::irc::door::IrcDoor;
use crate::irc::plan::{Plan, Step};

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let letter = message.params.non_empty(0).unwrap_or("*");
    match letter {
        "u" => plan.steps.push(Step::Local),
        "o" | "O" => plan.ask(Question::Opers),
        _ => {}
    }
    plan.say(n::RPL_ENDOFSTATS, &[letter], "End of /STATS report");
}

/// Answers STATS u.
pub(in crate::irc) fn uptime(door: &mut IrcDoor, cx: &mut Context, _: &Message) {
    let s = cx.settings;
    let seconds = cx.now.since(s.started.instant) / 1000;
    let (days, hours) = (seconds / 86_400, seconds / 3600 % 24);
    let (minutes, seconds) = (seconds / 60 % 60, seconds % 60);
    let text = format!("Server Up {days} days {hours}:{minutes:02}:{seconds:02}");
    door.numeric(&mut cx.out, s.server_name(), n::RPL_STATSUPTIME)
        .trailing(&text)
        .end();
}
