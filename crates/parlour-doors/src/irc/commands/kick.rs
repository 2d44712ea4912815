//! KICK (RFC 2812 §3.2.8): one channel and several nicks, or as many channels as nicks.

use irc_wire::{Message, numerics as n, text};
use parlour_core::Change;

use crate::irc::error_reply::need_more;
use crate::irc::plan::{Plan, distinct};

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let channels: Vec<&str> = message
        .params
        .get(0)
        .unwrap_or_default()
        .split(',')
        .collect();
    let list = message.params.get(1).unwrap_or_default();
    let nicks: Vec<&str> = list.split(',').collect();
    let reason = plan.reason(message, 2);
    let mut pairs: Vec<(&str, &str)> = if let [channel] = channels.as_slice() {
        let nicks = distinct(nicks.into_iter(), |nick| nick);
        nicks.into_iter().map(|nick| (*channel, nick)).collect()
    } else if channels.len() == nicks.len() {
        channels.into_iter().zip(nicks).collect()
    } else {
        Vec::new()
    };
    // Empty names are dropped only now: before, they would have shifted the pairs.
    pairs.retain(|(channel, nick)| !channel.is_empty() && !nick.is_empty());
    if pairs.is_empty() {
        return plan.complain(need_more("KICK"));
    }
    let most = plan.limits().targets;
    if pairs.len() > most {
        pairs.truncate(most);
        let shown = [text::cut(list, 100)];
        plan.say(n::ERR_TOOMANYTARGETS, &shown, "Too many targets");
    }
    for (channel, nick) in pairs {
        plan.change(Change::Kick {
            channel: channel.into(),
            nick: nick.into(),
            reason: reason.clone(),
        });
    }
}
