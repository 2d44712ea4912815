//! To become an operator of the network. The password is known to be right.

use alloc::sync::Arc;

use super::{Doer, audience};
use crate::state::{Oper, Profile, UserFlag};
use crate::{Body, Core, Effect, Effects, Name, Refusal, Reply};

pub(super) fn oper(
    core: &mut Core,
    doer: &Doer,
    name: &Name,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let settings = core.settings.clone();
    let block = settings.oper(name).ok_or(Refusal::NoOperHost)?;
    let Some(user) = core.users.get_mut(&doer.profile.id) else {
        return Ok(());
    };
    user.oper = Some(Oper {
        name: block.name.clone(),
        class: block.class.clone(),
        privileges: block.privileges.clone(),
    });
    let new = user.flags.set(UserFlag::Oper, true);
    let before = Arc::new(Profile {
        oper: true,
        ..(*doer.profile).clone()
    });
    core.set_profile(doer.profile.id, &before);
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
fn show_host(core: &mut Core, doer: &Doer, before: &Profile, host: &Name, out: &mut Effects) {
    let profile = before.moved(host.clone());
    core.set_profile(doer.profile.id, &profile);
    if let Some(user) = core.users.get(&doer.profile.id) {
        let heard = audience::around_and_watching(core, user);
        out.event(heard, Some(doer.cause), doer.event(Body::Moved(profile)));
    }
    let reply = Reply::Host(host.clone());
    out.out.push(Effect::Reply(doer.cause, reply));
}
