//! Channel lists (LIST).

use crate::names::Mask;
use crate::reply::ChannelReply;
use alloc::vec::Vec;

use crate::names::Folded;
use crate::replica::Replica;
use crate::reply::ListEntry;
use crate::request::ListFilter;
use crate::state::{Channel, User};
use crate::{Reply, Time, rules};

pub(crate) fn list(replica: &Replica, now: Time, asker: &User, filter: &ListFilter) -> Reply {
    let wanted: Vec<Folded> = filter
        .names
        .iter()
        .map(|name| replica.settings.fold(name))
        .collect();
    let mut entries = replica
        .channels
        .values()
        .filter(|channel| rules::see::channel(channel, asker))
        .filter(|channel| passes(channel, filter, &wanted, now))
        .filter(|channel| is_listed(channel, filter))
        .map(|channel| ListEntry {
            name: channel.name.clone(),
            users: channel.members.len(),
            topic: channel
                .topic
                .as_ref()
                .map_or_else(|| "".into(), |topic| topic.text.clone()),
        });
    let shown = entries
        .by_ref()
        .take(replica.settings.limits.answers)
        .collect();
    // `take` has left the iterator after the last channel shown: another one means that some are
    // cut.
    Reply::Channel(ChannelReply::List(shown, entries.next().is_some()))
}

/// Returns whether the channel is listed: if it has members; the permanent lobby also without, once
/// it was visited or if it is asked for by name.
fn is_listed(channel: &Channel, filter: &ListFilter) -> bool {
    let by_name = !filter.names.is_empty() || !filter.masks.is_empty();
    !channel.members.is_empty() || channel.permanent && (channel.visited || by_name)
}

fn passes(channel: &Channel, filter: &ListFilter, wanted: &[Folded], now: Time) -> bool {
    let age = |since: Time| now.0.saturating_sub(since.0);
    let minutes = |n: u64| n.saturating_mul(60_000);
    let users = channel.members.len();
    let topic_age = channel.topic.as_ref().map(|topic| age(topic.at));
    let age = age(channel.created);
    let matches = |m: &Mask| channel.casemapping.matches(m, &channel.name);
    let all = wanted.is_empty() && filter.masks.is_empty();
    (all || wanted.contains(&channel.folded) || filter.masks.iter().any(matches))
        && !filter.not_masks.iter().any(matches)
        && filter.more_users_than.is_none_or(|n| users > n)
        && filter.fewer_users_than.is_none_or(|n| users < n)
        && filter.created_before.is_none_or(|n| age > minutes(n))
        && filter.created_after.is_none_or(|n| age < minutes(n))
        && filter
            .topic_before
            .is_none_or(|n| topic_age.is_some_and(|age| age > minutes(n)))
        && filter
            .topic_after
            .is_none_or(|n| topic_age.is_some_and(|age| age < minutes(n)))
}
