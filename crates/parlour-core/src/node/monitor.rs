//! Nicks that a session monitors (MONITOR).

use crate::names::Nick;
use crate::reply::UserReply;
use alloc::vec::Vec;

use super::Core;
use crate::names;
use crate::request::MonitorChange;
use crate::{Cause, Effect, Effects, Reply, SessionId, questions};

pub(super) fn monitor(core: &mut Core, cause: Cause, change: MonitorChange, out: &mut Effects) {
    match change {
        MonitorChange::Clear => core.interests.clear_monitors(cause.session),
        MonitorChange::Remove(nicks) => {
            for nick in nicks {
                let folded = core.replica.nick_key(&nick);
                core.interests.unmonitor(cause.session, &folded);
            }
        }
        MonitorChange::Add(nicks) => add(core, cause, nicks, out),
    }
}

fn add(core: &mut Core, cause: Cause, nicks: Vec<Nick>, out: &mut Effects) {
    let Core {
        replica, interests, ..
    } = core;
    let limits = &replica.settings.limits;
    let (mut online, mut offline, mut too_many) = (Vec::new(), Vec::new(), Vec::new());
    let mut found = Vec::new();
    for nick in nicks {
        let nick: Nick = names::prepare_nick(&nick).into();
        if names::check_nick(&nick, limits.nick).is_err() {
            // Nobody can have such a nick.
            offline.push(nick);
            continue;
        }
        let folded = replica.settings.fold(&nick);
        if !interests.monitor(cause.session, &folded, &nick, limits.monitor) {
            too_many.push(nick);
            continue;
        }
        let user = replica
            .nicks
            .get(&folded)
            .and_then(|id| replica.users.get(id));
        match user {
            Some(user) => {
                online.push(user.profile.source.clone());
                found.push(user);
            }
            None => offline.push(nick),
        }
    }
    out.out.push(Effect::Reply(
        cause,
        Reply::User(UserReply::Monitored { online, offline }),
    ));
    let interest = interests.of(cause.session);
    for user in found {
        if let Some(reply) = questions::metadata::of_monitored(user, interest) {
            out.out.push(Effect::Reply(unasked(cause.session), reply));
        }
    }
    if !too_many.is_empty() {
        let full = Reply::User(UserReply::MonitorFull(limits.monitor, too_many));
        out.out.push(Effect::Reply(cause, full));
    }
}

/// Returns the cause of a reply that a session did not request: no call has number 0.
fn unasked(session: SessionId) -> Cause {
    Cause {
        session,
        call: crate::CallId(0),
    }
}
