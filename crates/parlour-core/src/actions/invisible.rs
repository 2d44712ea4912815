//! One's own modes.

use super::{Doer, sessions};
use crate::names::Folded;
use crate::{Body, Core, Effects, Name, Refusal};

pub(super) fn invisible(
    core: &mut Core,
    doer: &Doer,
    nick: &Name,
    set: bool,
    out: &mut Effects,
) -> Result<(), Refusal> {
    if core.nicks.get(&Folded::of(nick)) != Some(&doer.profile.id) {
        return Err(Refusal::NotYourModes);
    }
    if let Some(user) = core.users.get_mut(&doer.profile.id)
        && user.invisible != set
    {
        user.invisible = set;
        out.event(
            sessions(user),
            Some(doer.cause),
            doer.event(Body::Invisible(set)),
        );
    }
    Ok(())
}
