//! Away, and back: each session for itself. A user is away when all their sessions are.

use alloc::vec::Vec;

use super::{Doer, audience};
use crate::request::Attendance;
use crate::state::User;
use crate::{Body, Core, Effect, Effects, Name, Refusal, Reply};

/// What somebody is away with who has left no words.
pub(super) const NOT_CONNECTED: &str = "Not connected";

pub(super) fn away(
    core: &mut Core,
    doer: &Doer,
    attendance: Attendance,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let is_away = attendance != Attendance::Present;
    if let Some(session) = core.sessions.get_mut(&doer.cause.session) {
        session.attendance = attendance;
    }
    out.out
        .push(Effect::Reply(doer.cause, Reply::Away(is_away)));
    review(core, doer, out);
    Ok(())
}

/// What a user of one session is away with.
pub(super) fn words_of(attendance: Attendance) -> Option<Name> {
    match attendance {
        Attendance::Present => None,
        Attendance::Away(words) => Some(words),
        Attendance::Absent => Some(NOT_CONNECTED.into()),
    }
}

/// What a user is away with, as their sessions say: the latest words that the doer's session, or
/// else another, has left.
fn words(core: &Core, user: &User, doer: &Doer) -> Option<Name> {
    let attendance = |id| core.sessions.get(id).map(|session| &session.attendance);
    let all: Vec<&Attendance> = user.sessions.iter().filter_map(attendance).collect();
    if all.contains(&&Attendance::Present) {
        return None;
    }
    let own = attendance(&doer.cause.session);
    let mut left = own.into_iter().chain(all).filter_map(|one| match one {
        Attendance::Away(words) => Some(words.clone()),
        Attendance::Present | Attendance::Absent => None,
    });
    Some(left.next().unwrap_or_else(|| NOT_CONNECTED.into()))
}

/// A user is away, or back, if their sessions say so now. Those who have no session stay as they
/// are.
pub(super) fn review(core: &mut Core, doer: &Doer, out: &mut Effects) {
    let Some(user) = core.users.get(&doer.profile.id) else {
        return;
    };
    if user.sessions.is_empty() {
        return;
    }
    let now = words(core, user, doer);
    if user.away == now {
        return;
    }
    if let Some(user) = core.users.get_mut(&doer.profile.id) {
        user.away = now.clone();
    }
    core.touch(doer.profile.id);
    let Some(user) = core.users.get(&doer.profile.id) else {
        return;
    };
    for &session in &user.sessions {
        if session != doer.cause.session {
            audience::tell_session(session, Reply::Away(now.is_some()), out);
        }
    }
    let heard = audience::around_and_watching(core, user);
    out.event(heard, Some(doer.cause), doer.event(Body::Away(now)));
}
