//! Read markers of channels and conversations (draft/read-marker).

use super::audience;
use super::context::ActionContext;
use crate::error::HistoryError;
use crate::history::Party;
use crate::replica::{Outcome, Replica};
use crate::reply::HistoryReply;
use crate::{Effect, Name, Record, Refusal, Reply, Time};

/// Moves a read marker forward: never back, and never beyond now.
pub(super) fn mark_read(
    replica: &mut Replica,
    cx: &ActionContext,
    target: &Name,
    at: Time,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let (whose, key) = (replica.party(&cx.profile), replica.marker_key(target));
    let before = replica.markers.get(&whose, &key);
    let at = at.min(cx.at.time());
    let at = before.map_or(at, |before| before.max(at));
    if before != Some(at) {
        if !replica.markers.set(whose.clone(), key.clone(), at) {
            return Err(Refusal::History(HistoryError::TooManyMarkers(
                target.clone(),
            )));
        }
        if let Party::Account(..) = whose {
            out.records.push(Record::ReadMarker(whose, key, at));
        }
    }
    let reply = |asked| {
        Reply::History(HistoryReply::ReadMarker {
            target: target.clone(),
            at: Some(at),
            asked,
        })
    };
    out.effects.push(Effect::Reply(cx.cause, reply(true)));
    if before != Some(at)
        && let Some(user) = replica.users.get(&cx.profile.id)
    {
        let others = user.sessions.iter();
        for &session in others.filter(|session| **session != cx.cause.session) {
            audience::tell_session(session, reply(false), out);
        }
    }
    Ok(())
}
