//! TOPIC (RFC 2812 §3.2.4).

use irc_wire::Message;
use parlour_core::{Change, Question};

use crate::irc::plan::Plan;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let channel = message.params.get(0).unwrap_or_default().into();
    match message.params.get(1) {
        None => plan.ask(Question::Topic(channel)),
        Some(topic) => {
            let topic = plan.fit(message, topic, plan.limits().topic, "topic");
            plan.change(Change::Topic(channel, topic.into()));
        }
    }
}
