//! Away, and back.

use super::Doer;
use crate::{Core, Effect, Effects, Name, Refusal, Reply};

pub(super) fn away(
    core: &mut Core,
    doer: &Doer,
    text: Option<Name>,
    out: &mut Effects,
) -> Result<(), Refusal> {
    if let Some(user) = core.users.get_mut(&doer.profile.id) {
        user.away = text;
        out.out
            .push(Effect::Reply(doer.cause, Reply::Away(user.away.is_some())));
    }
    Ok(())
}
