//! Presence and counts of users (ISON, USERHOST, LUSERS, MONITOR).

use crate::names::Nick;
use crate::reply::{MetadataReply, SessionReply, UserReply};
use alloc::vec::Vec;

use crate::interests::Interest;
use crate::replica::Replica;
use crate::reply::Counts;
use crate::request::MonitorQuestion;
use crate::state::{User, UserCounts};
use crate::{Reply, rules};

pub(crate) fn ison(replica: &Replica, nicks: &[Nick]) -> Reply {
    let here = nicks
        .iter()
        .filter_map(|nick| replica.user_by_nick(nick).ok());
    Reply::User(UserReply::Ison(
        here.map(|user| user.profile.nick.clone()).collect(),
    ))
}

pub(crate) fn userhost(replica: &Replica, nicks: &[Nick]) -> Reply {
    let here = nicks
        .iter()
        .filter_map(|nick| replica.user_by_nick(nick).ok());
    Reply::User(UserReply::Userhost(
        here.map(|user| (user.profile.clone(), user.away.is_some()))
            .collect(),
    ))
}

pub(crate) fn counts(replica: &Replica) -> Reply {
    let UserCounts { invisible, opers } = replica.user_counts;
    let channels = replica.channels_with_members();
    debug_assert_eq!(
        counted(replica),
        (replica.user_counts, channels),
        "nobody is missed"
    );
    Reply::Session(SessionReply::Counts(Counts {
        visible: replica.users.len() - invisible,
        invisible,
        opers,
        channels,
        most: replica.most_users,
    }))
}

/// Returns the counts computed one by one, to check those that are kept.
fn counted(replica: &Replica) -> (UserCounts, usize) {
    let mut tally = UserCounts::default();
    replica
        .users
        .values()
        .for_each(|user| tally.add(&user.flags));
    let channels = replica.channels.values();
    let with_members = channels.filter(|channel| !channel.members.is_empty());
    (tally, with_members.count())
}

pub(crate) fn online(replica: &Replica, asker: &User) -> Reply {
    Reply::User(UserReply::Online(
        replica
            .users
            .values()
            .filter(|user| rules::see::user(replica, user, asker))
            .map(|user| user.profile.nick.clone())
            .collect(),
    ))
}

pub(crate) fn opers(replica: &Replica, asker: &User) -> Reply {
    let opers = replica.users.values().filter_map(|user| {
        if !rules::see::user(replica, user, asker) {
            return None;
        }
        let oper = user.oper.as_ref()?;
        Some((user.profile.nick.clone(), oper.class.clone()))
    });
    Reply::User(UserReply::Opers(opers.collect()))
}

pub(crate) fn accepted(replica: &Replica, asker: &User) -> Reply {
    let here = asker.accepts.iter().filter_map(|id| replica.users.get(id));
    Reply::User(UserReply::Accepted(
        here.map(|user| user.profile.nick.clone()).collect(),
    ))
}

pub(crate) fn monitored(
    replica: &Replica,
    interest: Option<&Interest>,
    question: MonitorQuestion,
) -> Reply {
    let nicks = interest.into_iter().flat_map(|interest| &interest.monitors);
    if question == MonitorQuestion::List {
        return Reply::User(UserReply::MonitorList(
            nicks.map(|(_, nick)| nick.clone()).collect(),
        ));
    }
    let (mut online, mut offline) = (Vec::new(), Vec::new());
    for (folded, nick) in nicks {
        match replica
            .nicks
            .get(folded)
            .and_then(|id| replica.users.get(id))
        {
            Some(user) => online.push(user.profile.source.clone()),
            None => offline.push(nick.clone()),
        }
    }
    Reply::User(UserReply::Monitored { online, offline })
}

pub(crate) fn subscriptions(interest: Option<&Interest>) -> Reply {
    let keys = interest.into_iter().flat_map(|interest| &interest.keys);
    Reply::Metadata(MetadataReply::Subscriptions(keys.cloned().collect()))
}
