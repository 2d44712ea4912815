//! Away state, set by each session for itself. A user is away when all their sessions are.

use crate::names::Text;
use crate::reply::SessionReply;
use alloc::vec::Vec;

use super::audience;
use super::context::ActionContext;
use crate::replica::{Outcome, Replica};
use crate::request::AwayState;
use crate::state::User;
use crate::{Body, Effect, Refusal, Reply};

/// Away text of a user whose sessions gave none.
pub(super) const NOT_CONNECTED: &str = "Not connected";

pub(super) fn away(
    replica: &mut Replica,
    cx: &ActionContext,
    attendance: AwayState,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let is_away = attendance != AwayState::Present;
    if let Some(session) = replica.sessions.get_mut(&cx.cause.session) {
        session.away = attendance;
    }
    out.effects.push(Effect::Reply(
        cx.cause,
        Reply::Session(SessionReply::Away(is_away)),
    ));
    review(replica, cx, out);
    Ok(())
}

/// Returns the away text of a user with one session.
pub(super) fn away_text(attendance: AwayState) -> Option<Text> {
    match attendance {
        AwayState::Present => None,
        AwayState::Away(words) => Some(words),
        AwayState::Absent => Some(NOT_CONNECTED.into()),
    }
}

/// Returns a user's away text as their sessions give it, none if one of them is present. The text
/// of the requester's session comes before those of others.
fn words(replica: &Replica, user: &User, cx: &ActionContext) -> Option<Text> {
    let attendance = |id| replica.sessions.get(id).map(|session| &session.away);
    let all: Vec<&AwayState> = user.sessions.iter().filter_map(attendance).collect();
    if all.contains(&&AwayState::Present) {
        return None;
    }
    let own = attendance(&cx.cause.session);
    let mut left = own.into_iter().chain(all).filter_map(|one| match one {
        AwayState::Away(words) => Some(words.clone()),
        AwayState::Present | AwayState::Absent => None,
    });
    Some(left.next().unwrap_or_else(|| NOT_CONNECTED.into()))
}

/// Updates a user's away state from their sessions, and tells others of a change. A user without a
/// session stays as they are.
pub(super) fn review(replica: &mut Replica, cx: &ActionContext, out: &mut Outcome<'_>) {
    let Some(user) = replica.users.get(&cx.profile.id) else {
        return;
    };
    if user.sessions.is_empty() {
        return;
    }
    let now = words(replica, user, cx);
    if user.away == now {
        return;
    }
    if let Some(user) = replica.users.get_mut(&cx.profile.id) {
        user.away = now.clone();
    }
    replica.mark_changed(cx.profile.id);
    let Some(user) = replica.users.get(&cx.profile.id) else {
        return;
    };
    for &session in &user.sessions {
        if session != cx.cause.session {
            audience::tell_session(
                session,
                Reply::Session(SessionReply::Away(now.is_some())),
                out,
            );
        }
    }
    let heard = audience::neighbours_and_watchers(replica, user, out);
    out.event(heard, Some(cx.cause), cx.event(Body::Away(now)));
}
