//! ISON, USERHOST, LUSERS and who is online.

use crate::reply::Counts;
use crate::{Core, Name, Reply};

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
    let invisible = core.users.values().filter(|user| user.invisible).count();
    Reply::Counts(Counts {
        visible: core.users.len() - invisible,
        invisible,
        channels: core
            .channels
            .values()
            .filter(|channel| !channel.members.is_empty())
            .count(),
        most: core.most_users,
    })
}

pub(super) fn online(core: &Core) -> Reply {
    Reply::Online(
        core.users
            .values()
            .map(|user| user.profile.nick.clone())
            .collect(),
    )
}
