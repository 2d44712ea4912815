//! To become an operator of the network. The password is known to be right.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Doer, audience};
use crate::state::{Oper, Profile, UserFlag};
use crate::{Body, Core, Effect, Effects, Name, Refusal, Reply, rules};

pub(super) fn oper(
    core: &mut Core,
    doer: &Doer,
    name: &Name,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let settings = core.settings.clone();
    let block = settings.oper(name).ok_or(Refusal::NoOperHost)?;
    // Another connection may have come while the password was compared.
    if let Some(user) = core.users.get(&doer.profile.id) {
        rules::oper::is_alone(user)?;
    }
    let Some(user) = core.users.get_mut(&doer.profile.id) else {
        return Ok(());
    };
    let before_oper = user.oper.take().and_then(|oper| oper.host_before);
    user.oper = Some(Oper {
        name: block.name.clone(),
        class: block.class.clone(),
        host_before: before_oper
            .or_else(|| block.host.is_some().then(|| doer.profile.host.clone())),
        privileges: block.privileges.clone(),
    });
    core.tally.take(&user.flags);
    let new = user.flags.set(UserFlag::Oper, true);
    core.tally.add(&user.flags);
    let before = Arc::new(Profile {
        oper: true,
        ..(*doer.profile).clone()
    });
    core.set_profile(doer.profile.id, &before);
    let (session, at) = (doer.cause.session, doer.at);
    core.audit(session, "oper", name.clone(), "".into(), at, out);
    out.out.push(Effect::Reply(doer.cause, Reply::Opered));
    if let Some(user) = core.users.get(&doer.profile.id).filter(|_| new) {
        let event = doer.event(Body::UserModes([(UserFlag::Oper, true)].into()));
        out.event(audience::sessions(user), Some(doer.cause), event);
    }
    if let Some(host) = block.host.as_ref().filter(|host| **host != before.host) {
        show_host(core, doer, &before, host, out);
    }
    Ok(())
}

/// Shows the user with another host from here on.
pub(super) fn show_host(
    core: &mut Core,
    doer: &Doer,
    before: &Profile,
    host: &Name,
    out: &mut Effects,
) {
    let profile = before.moved(host.clone());
    core.set_profile(doer.profile.id, &profile);
    if let Some(user) = core.users.get(&doer.profile.id) {
        let heard = audience::around_and_watching(core, user);
        out.event(heard, Some(doer.cause), doer.event(Body::Moved(profile)));
    }
    let reply = Reply::Host(host.clone());
    out.out.push(Effect::Reply(doer.cause, reply));
}

/// Whoever is here by one more connection is an operator no more: an account's password is not an
/// operator's.
pub(super) fn lay_down(core: &mut Core, doer: &Doer, out: &mut Effects) {
    super::user_modes::set(core, doer, &[(UserFlag::Oper, false)], out);
}

/// With other settings, operators may do what their blocks say now; whose block is gone is none
/// any more.
pub(crate) fn review(core: &mut Core, out: &mut Effects) {
    let settings = core.settings.clone();
    let mut gone = Vec::new();
    for user in core.users.values_mut() {
        let Some(oper) = &mut user.oper else { continue };
        match settings.oper(&oper.name) {
            Some(block) => {
                oper.class = block.class.clone();
                oper.privileges = block.privileges.clone();
            }
            None => gone.push(user.profile.id),
        }
    }
    for id in gone {
        let Some(user) = core.users.get(&id) else {
            continue;
        };
        let doer = Doer::nobody(user.profile.clone(), core.last);
        super::user_modes::set(core, &doer, &[(UserFlag::Oper, false)], out);
    }
}
