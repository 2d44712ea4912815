//! ACCEPT: the list of users whose private messages pass user mode +R.

use irc_wire::Message;
use parlour_core::{Change, Question};

use crate::irc::plan::{Plan, split_list};

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let list = message.params.get(0).unwrap_or_default();
    if list.is_empty() || list == "*" {
        return plan.ask(Question::Accepted);
    }
    let changes = split_list(list).map(|word| match word.strip_prefix('-') {
        Some(nick) => (nick.into(), false),
        None => (word.strip_prefix('+').unwrap_or(word).into(), true),
    });
    plan.change(Change::Accept(changes.collect()));
}
