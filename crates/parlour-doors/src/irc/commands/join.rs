//! JOIN (RFC 2812 §3.2.1).

use irc_wire::Message;
use parlour_core::Change;

use super::{MAX_CHANNELS, Plan, split_list};

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let list = message.params.get(0).unwrap_or_default();
    if list == "0" {
        return plan.change(Change::PartAll);
    }
    let mut keys = message.params.get(1).unwrap_or_default().split(',');
    for channel in split_list(list).take(MAX_CHANNELS) {
        let key = keys.next().filter(|key| !key.is_empty());
        plan.change(Change::Join(channel.into(), key.map(Into::into)));
    }
}
