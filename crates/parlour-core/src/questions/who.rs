//! Users of a channel or by mask (WHO).

use crate::reply::UserReply;
use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::replica::Replica;
use crate::reply::WhoEntry;
use crate::request::{WhoField, WhoQuestion};
use crate::state::{Channel, User};
use crate::{Reply, Time, rules};

pub(crate) fn who(replica: &Replica, now: Time, asker: &User, question: WhoQuestion) -> Reply {
    let most = replica.settings.limits.answers;
    let wanted = |user: &&User| !question.opers || user.profile.oper;
    let channel = question.mask.as_ref().filter(|mask| mask.starts_with('#'));
    let mut entries: Vec<WhoEntry> = if let Some(name) = channel {
        match replica.channel_by_name(name) {
            Ok(channel) if rules::see::channel(channel, asker) => channel
                .members
                .keys()
                .filter(|&&id| rules::see::member(channel, asker.profile.id, id))
                .filter_map(|id| replica.user(*id))
                .filter(|user| rules::see::user(replica, user, asker))
                .filter(wanted)
                // One more than fits, to tell whether there are more.
                .take(most + 1)
                .map(|user| entry(now, asker, user, Some(channel)))
                .collect(),
            _ => Vec::new(),
        }
    } else if let Some(user) = named(replica, &question) {
        let user = [user].into_iter().filter(wanted);
        user.map(|user| entry(now, asker, user, shared(replica, asker, user)))
            .collect()
    } else {
        replica
            .users
            .values()
            .map(Box::as_ref)
            .filter(|user| rules::see::user(replica, user, asker))
            .filter(wanted)
            .filter(|user| {
                rules::see::is_meant(replica.settings.casemapping, &question, user, asker)
            })
            .take(most + 1)
            .map(|user| entry(now, asker, user, shared(replica, asker, user)))
            .collect()
    };
    let more = entries.len() > most;
    entries.truncate(most);
    Reply::User(UserReply::Who(question, entries, more))
}

/// Returns the user whose nick was asked for; that finds invisible users too.
fn named<'c>(replica: &'c Replica, question: &WhoQuestion) -> Option<&'c User> {
    let by_nick = question.by.is_empty() || question.by.contains(&WhoField::Nick);
    let mask = question.mask.as_ref().filter(|_| by_nick);
    mask.and_then(|nick| replica.user_by_nick(nick).ok())
}

/// Returns a channel that the requester may know the user is in.
fn shared<'c>(replica: &'c Replica, asker: &User, user: &User) -> Option<&'c Channel> {
    let channels = user
        .channels
        .keys()
        .filter_map(|id| replica.channels.get(id));
    channels.into_iter().find(|channel| {
        rules::see::channel(channel, asker)
            && rules::see::user(replica, user, asker)
            && rules::see::member(channel, asker.profile.id, user.profile.id)
    })
}

fn entry(now: Time, asker: &User, user: &User, channel: Option<&Channel>) -> WhoEntry {
    WhoEntry {
        channel: channel.map(|channel| channel.name.clone()),
        profile: user.profile.clone(),
        ranks: channel
            .and_then(|channel| channel.ranks(user.profile.id))
            .unwrap_or_default(),
        away: user.away.is_some(),
        address: rules::see::private(user, asker).then(|| user.profile.address.clone()),
        idle: now.0.saturating_sub(user.active.0) / 1000,
    }
}
