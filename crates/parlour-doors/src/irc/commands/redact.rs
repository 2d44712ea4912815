//! REDACT (draft/message-redaction).

use irc_wire::Message;
use parlour_core::request::Redaction;
use parlour_core::{MsgId, Question};

use crate::irc::plan::Plan;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let named = message.params.get(1).unwrap_or_default();
    let reason = plan.reason(message, 2);
    plan.ask(Question::Redact(Redaction {
        target: message.params.get(0).unwrap_or_default().into(),
        // An unreadable id becomes 0, which no message has; `named` is for the refusal.
        message: MsgId::parse(named).unwrap_or_default(),
        named: named.into(),
        // An empty reason differs from none.
        reason: message.params.get(2).map(|_| reason),
    }));
}
