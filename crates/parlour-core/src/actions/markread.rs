//! Read markers of channels and conversations (draft/read-marker).

use super::{ActionContext, audience};
use crate::history::Party;
use crate::names::Folded;
use crate::{Core, Effect, Effects, Name, Record, Refusal, Reply, Time};

/// Returns the key of a channel or nick among the read markers.
pub(crate) fn key(core: &Core, target: &str) -> Folded {
    if target.starts_with('#') {
        core.settings.fold(target)
    } else {
        core.nick_key(target)
    }
}

/// Moves a read marker forward: never back, and never beyond now.
pub(super) fn mark_read(
    core: &mut Core,
    cx: &ActionContext,
    target: &Name,
    at: Time,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let (whose, key) = (core.party(&cx.profile), key(core, target));
    let before = core.markers.get(&whose, &key);
    let at = at.min(cx.at.time());
    let at = before.map_or(at, |before| before.max(at));
    if before != Some(at) {
        if !core.markers.set(whose.clone(), key.clone(), at) {
            return Err(Refusal::TooManyMarkers(target.clone()));
        }
        if let Party::Account(..) = whose {
            out.records.push(Record::ReadMarker(whose, key, at));
        }
    }
    let reply = |asked| Reply::ReadMarker {
        target: target.clone(),
        at: Some(at),
        asked,
    };
    out.out.push(Effect::Reply(cx.cause, reply(true)));
    if before != Some(at)
        && let Some(user) = core.users.get(&cx.profile.id)
    {
        let others = user.sessions.iter();
        for &session in others.filter(|session| **session != cx.cause.session) {
            audience::tell_session(session, reply(false), out);
        }
    }
    Ok(())
}
