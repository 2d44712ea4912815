//! OPER and REHASH (RFC 2812 §3.1.4, §4.2).

use irc_wire::Message;
use parlour_core::request::OperLogin;
use parlour_core::{Change, Question, Secret};

use crate::irc::plan::Plan;

pub(in crate::irc) fn oper(message: &Message, plan: &mut Plan) {
    plan.change(Change::Oper(Box::new(OperLogin {
        name: message.params.get(0).unwrap_or_default().into(),
        password: Some(Secret::new(message.params.get(1).unwrap_or_default())),
        origin: plan.origin.clone(),
    })));
}

pub(in crate::irc) fn rehash(_: &Message, plan: &mut Plan) {
    plan.ask(Question::Rehash);
}
