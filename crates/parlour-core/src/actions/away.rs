//! Away, and back.

use super::{Doer, audience};
use crate::{Body, Core, Effect, Effects, Name, Refusal, Reply};

pub(super) fn away(
    core: &mut Core,
    doer: &Doer,
    text: Option<Name>,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let Some(user) = core.users.get_mut(&doer.profile.id) else {
        return Ok(());
    };
    let changed = user.away != text;
    user.away = text.clone();
    core.touch(doer.profile.id);
    out.out
        .push(Effect::Reply(doer.cause, Reply::Away(text.is_some())));
    if let Some(user) = core.users.get(&doer.profile.id) {
        for &session in user.sessions.iter().filter(|_| changed) {
            if session != doer.cause.session {
                audience::tell_session(session, Reply::Away(text.is_some()), out);
            }
        }
    }
    if changed && let Some(user) = core.users.get(&doer.profile.id) {
        let heard = audience::around_and_watching(core, user);
        out.event(heard, Some(doer.cause), doer.event(Body::Away(text)));
    }
    Ok(())
}
