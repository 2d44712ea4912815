//! KICK (RFC 2812 §3.2.8): one channel and several users, or as many of each.

use irc_wire::Message;
use parlour_core::Change;

use super::Plan;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let channels: Vec<&str> = message
        .params
        .get(0)
        .unwrap_or_default()
        .split(',')
        .collect();
    let nicks = plan.targets(message.params.get(1).unwrap_or_default());
    let reason = plan.reason(message, 2);
    for (index, nick) in nicks.into_iter().enumerate() {
        let channel = if channels.len() == 1 {
            Some(&channels[0])
        } else {
            channels.get(index)
        };
        let Some(channel) = channel else { return };
        plan.change(Change::Kick {
            channel: (*channel).into(),
            nick: nick.into(),
            reason: reason.clone(),
        });
    }
}
