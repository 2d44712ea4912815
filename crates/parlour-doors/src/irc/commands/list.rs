//! LIST (RFC 2812 §3.2.6) with the conditions of ISUPPORT ELIST C, M, N, T, U.

use irc_wire::{Message, numerics as n, text};
use parlour_core::Question;
use parlour_core::request::ListFilter;

use crate::irc::plan::{Plan, split_list};

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let mut filter = ListFilter::default();
    // Names, masks and conditions may be mixed: `LIST [channels] [conditions]`, or all in one list.
    let params = message.params.as_slice().iter();
    for word in params.flat_map(|list| split_list(list)) {
        read(word, &mut filter);
    }
    // Masks are bounded, since each is matched against every channel; a name is one look-up.
    let most = plan.limits().targets;
    if filter.masks.len() + filter.not_masks.len() > most {
        filter.masks.truncate(most);
        filter.not_masks.truncate(most - filter.masks.len());
        let shown = text::cut(message.params.get(0).unwrap_or_default(), 100);
        plan.say(n::ERR_TOOMANYTARGETS, &[shown], "Too many masks");
    }
    plan.ask(Question::List(filter));
}

/// Adds one name, mask or condition to the filter.
fn read(word: &str, filter: &mut ListFilter) {
    let number = |text: &str| text.parse::<u64>().ok();
    let small = |text: &str| text.parse::<usize>().ok();
    // The letters of conditions are case-insensitive.
    let about = |letter: char, sign: char| {
        let rest = word.strip_prefix([letter, letter.to_ascii_lowercase()])?;
        number(rest.strip_prefix(sign)?)
    };
    if let Some(n) = word.strip_prefix('>').and_then(small) {
        filter.more_users_than = Some(n);
    } else if let Some(n) = word.strip_prefix('<').and_then(small) {
        filter.fewer_users_than = Some(n);
    } else if let Some(n) = about('C', '>') {
        filter.created_before = Some(n);
    } else if let Some(n) = about('C', '<') {
        filter.created_after = Some(n);
    } else if let Some(n) = about('T', '>') {
        filter.topic_before = Some(n);
    } else if let Some(n) = about('T', '<') {
        filter.topic_after = Some(n);
    } else if let Some(mask) = word.strip_prefix('!') {
        filter.not_masks.push(mask.into());
    } else if word.contains(['*', '?']) {
        filter.masks.push(word.into());
    } else {
        filter.names.push(word.into());
    }
}
