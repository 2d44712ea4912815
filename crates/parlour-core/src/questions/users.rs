//! Presence and counts of users (ISON, USERHOST, LUSERS, MONITOR).

use alloc::vec::Vec;

use crate::reply::Counts;
use crate::request::MonitorQuestion;
use crate::state::{User, UserCounts};
use crate::{Core, Name, Reply, SessionId, rules};

pub(super) fn ison(core: &Core, nicks: &[Name]) -> Reply {
    let here = nicks.iter().filter_map(|nick| core.user_by_nick(nick).ok());
    Reply::Ison(here.map(|user| user.profile.nick.clone()).collect())
}

pub(super) fn userhost(core: &Core, nicks: &[Name]) -> Reply {
    let here = nicks.iter().filter_map(|nick| core.user_by_nick(nick).ok());
    Reply::Userhost(
        here.map(|user| (user.profile.clone(), user.away.is_some()))
            .collect(),
    )
}

pub(super) fn counts(core: &Core) -> Reply {
    let UserCounts { invisible, opers } = core.user_counts;
    let channels = core.channels_with_members();
    debug_assert_eq!(
        counted(core),
        (core.user_counts, channels),
        "nobody is missed"
    );
    Reply::Counts(Counts {
        visible: core.users.len() - invisible,
        invisible,
        opers,
        channels,
        most: core.most_users,
    })
}

/// Returns the counts computed one by one, to check those that are kept.
fn counted(core: &Core) -> (UserCounts, usize) {
    let mut tally = UserCounts::default();
    core.users.values().for_each(|user| tally.add(&user.flags));
    let channels = core.channels.values();
    let with_members = channels.filter(|channel| !channel.members.is_empty());
    (tally, with_members.count())
}

pub(super) fn online(core: &Core, asker: &User) -> Reply {
    Reply::Online(
        core.users
            .values()
            .filter(|user| rules::see::user(core, user, asker))
            .map(|user| user.profile.nick.clone())
            .collect(),
    )
}

pub(super) fn opers(core: &Core, asker: &User) -> Reply {
    let seen = |user: &&User| rules::see::user(core, user, asker);
    let opers = core.users.values().filter(seen).filter_map(|user| {
        let oper = user.oper.as_ref()?;
        Some((user.profile.nick.clone(), oper.class.clone()))
    });
    Reply::Opers(opers.collect())
}

pub(super) fn accepted(core: &Core, asker: &User) -> Reply {
    let here = asker.accepts.iter().filter_map(|id| core.users.get(id));
    Reply::Accepted(here.map(|user| user.profile.nick.clone()).collect())
}

pub(super) fn monitored(core: &Core, session: SessionId, question: MonitorQuestion) -> Reply {
    let monitors = core.sessions.get(&session).map(|s| &s.preferences.monitors);
    let nicks = monitors.into_iter().flatten();
    if question == MonitorQuestion::List {
        return Reply::MonitorList(nicks.map(|(_, nick)| nick.clone()).collect());
    }
    let (mut online, mut offline) = (Vec::new(), Vec::new());
    for (folded, nick) in nicks {
        match core.nicks.get(folded).and_then(|id| core.users.get(id)) {
            Some(user) => online.push(user.profile.source.clone()),
            None => offline.push(nick.clone()),
        }
    }
    Reply::Monitored { online, offline }
}

pub(super) fn subscriptions(core: &Core, session: SessionId) -> Reply {
    let keys = core.sessions.get(&session).map(|s| &s.preferences.keys);
    Reply::Subscriptions(keys.into_iter().flatten().cloned().collect())
}
