//! LIST (RFC 2812 §3.2.6) with the conditions of ISUPPORT ELIST C, M, N, T, U.

use irc_wire::Message;
use parlour_core::Question;
use parlour_core::request::ListFilter;

use super::{Plan, split_list};

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let mut filter = ListFilter::default();
    for word in split_list(message.params.get(0).unwrap_or_default()) {
        read(word, &mut filter);
    }
    plan.ask(Question::List(filter));
}

fn read(word: &str, filter: &mut ListFilter) {
    let number = |text: &str| text.parse::<u64>().ok();
    let small = |text: &str| text.parse::<usize>().ok();
    if let Some(n) = word.strip_prefix('>').and_then(small) {
        filter.more_users_than = Some(n);
    } else if let Some(n) = word.strip_prefix('<').and_then(small) {
        filter.fewer_users_than = Some(n);
    } else if let Some(n) = word.strip_prefix("C>").and_then(number) {
        filter.created_before = Some(n);
    } else if let Some(n) = word.strip_prefix("C<").and_then(number) {
        filter.created_after = Some(n);
    } else if let Some(n) = word.strip_prefix("T>").and_then(number) {
        filter.topic_before = Some(n);
    } else if let Some(n) = word.strip_prefix("T<").and_then(number) {
        filter.topic_after = Some(n);
    } else if let Some(mask) = word.strip_prefix('!') {
        filter.not_masks.push(mask.into());
    } else if word.contains(['*', '?']) {
        filter.masks.push(word.into());
    } else {
        filter.names.push(word.into());
    }
}
