//! Another nick.

use super::{Doer, around};
use crate::names::{self, Folded};
use crate::{Body, Core, Effects, Name, Refusal};

pub(super) fn nick(
    core: &mut Core,
    doer: &Doer,
    nick: Name,
    out: &mut Effects,
) -> Result<(), Refusal> {
    names::check_nick(&nick).map_err(|why| Refusal::BadNick(nick.clone(), why))?;
    let folded = Folded::of(&nick);
    let id = doer.profile.id;
    if core.nicks.get(&folded).is_some_and(|&owner| owner != id) {
        return Err(Refusal::NickInUse(nick));
    }
    if nick == doer.profile.nick {
        return Ok(());
    }
    core.nicks.remove(&Folded::of(&doer.profile.nick));
    core.nicks.insert(folded, id);
    core.whowas.note(doer.profile.clone(), doer.at.time());
    core.set_profile(id, &doer.profile.renamed(nick.clone()));
    if let Some(user) = core.users.get(&id) {
        out.event(
            around(user),
            Some(doer.cause),
            doer.event(Body::Renamed(nick)),
        );
    }
    Ok(())
}
