//! A user's sessions are ended by an operator of the network.

use alloc::format;

use super::{Doer, audience, quit};
use crate::state::Privilege;
use crate::{Body, Core, Effects, Name, Refusal, rules};

pub(super) fn kill(
    core: &mut Core,
    doer: &Doer,
    nick: &Name,
    reason: &Name,
    out: &mut Effects,
) -> Result<(), Refusal> {
    if let Some(user) = core.users.get(&doer.profile.id) {
        rules::oper::may(user, Privilege::Kill)?;
    }
    let user = core.user_by_nick(nick)?;
    let target = user.profile.clone();
    let killed = doer.event(Body::Killed(target.nick.clone(), reason.clone()));
    out.event(audience::sessions(user), None, killed);
    let (session, about) = (doer.cause.session, target.source.clone());
    core.audit(session, "kill", about, reason.clone(), doer.at, out);
    let words: Name = format!("Killed ({} ({reason}))", doer.profile.nick).into();
    quit::end_user(core, doer.at, &target, &words, out);
    Ok(())
}
