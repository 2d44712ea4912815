//! JOIN (RFC 2812 §3.2.1).

use irc_wire::Message;
use parlour_core::Change;

use crate::irc::error_reply::need_more;
use crate::irc::plan::{Plan, distinct};

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let list = message.params.get(0).unwrap_or_default();
    if list == "0" {
        return plan.change(Change::PartAll);
    }
    // The n-th key belongs to the n-th channel, so pairs are built before empty and repeated names
    // are dropped.
    let keys = message.params.get(1).unwrap_or_default().split(',');
    let keys = keys.map(Some).chain(std::iter::repeat(None));
    let pairs = distinct(list.split(',').zip(keys), |(channel, _)| channel);
    if pairs.is_empty() {
        return plan.complain(need_more("JOIN"));
    }
    for (channel, key) in pairs {
        let key = key.filter(|key| !key.is_empty());
        plan.change(Change::Join(channel.into(), key.map(Into::into)));
    }
}
