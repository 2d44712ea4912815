//! Nicks that a session monitors (MONITOR).

use alloc::vec::Vec;

use super::{ActionContext, metadata};
use crate::names;
use crate::request::MonitorChange;
use crate::{Core, Effect, Effects, Name, Reply, SessionId};

pub(super) fn monitor(
    core: &mut Core,
    cx: &ActionContext,
    change: MonitorChange,
    out: &mut Effects,
) {
    let session = cx.cause.session;
    match change {
        MonitorChange::Clear => core.stop_watching(session),
        MonitorChange::Remove(nicks) => {
            for nick in nicks {
                remove(core, session, &nick);
            }
        }
        MonitorChange::Add(nicks) => add(core, cx, nicks, out),
    }
}

fn remove(core: &mut Core, session: SessionId, nick: &Name) {
    let folded = core.nick_key(nick);
    let Some(wishes) = core.sessions.get_mut(&session).map(|s| &mut s.preferences) else {
        return;
    };
    if wishes.monitors.remove(&folded).is_some() {
        core.unwatch(session, &folded);
    }
}

fn add(core: &mut Core, cx: &ActionContext, nicks: Vec<Name>, out: &mut Effects) {
    let session = cx.cause.session;
    let most = core.settings.limits.monitor;
    let (mut online, mut offline, mut too_many) = (Vec::new(), Vec::new(), Vec::new());
    let mut found = Vec::new();
    for nick in nicks {
        let nick: Name = names::prepare_nick(&nick).into();
        if names::check_nick(&nick, core.settings.limits.nick).is_err() {
            // Nobody can have such a nick.
            offline.push(nick);
            continue;
        }
        let folded = core.settings.fold(&nick);
        let Some(wishes) = core.sessions.get_mut(&session).map(|s| &mut s.preferences) else {
            return;
        };
        if !wishes.monitors.contains_key(&folded) {
            if wishes.monitors.len() >= most {
                too_many.push(nick);
                continue;
            }
            // `monitors` and `core.watchers` mirror each other, and change together.
            wishes.monitors.insert(folded.clone(), nick.clone());
            core.watchers
                .entry(folded.clone())
                .or_default()
                .insert(session);
        }
        match core.nicks.get(&folded).and_then(|id| core.users.get(id)) {
            Some(user) => {
                online.push(user.profile.source.clone());
                found.push(user.profile.id);
            }
            None => offline.push(nick),
        }
    }
    let reply = Reply::Monitored { online, offline };
    out.out.push(Effect::Reply(cx.cause, reply));
    for id in found {
        metadata::show_monitored(core, session, id, out);
    }
    if !too_many.is_empty() {
        let full = Reply::MonitorFull(most, too_many);
        out.out.push(Effect::Reply(cx.cause, full));
    }
}
