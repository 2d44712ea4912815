//! To become an operator of the network. The password is known to be right.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{ActionContext, audience, host};
use crate::state::{Oper, Profile, UserFlag};
use crate::{Body, Core, Effect, Effects, Name, Refusal, Reply, rules};

pub(super) fn oper(
    core: &mut Core,
    cx: &ActionContext,
    name: &Name,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let settings = core.settings.clone();
    let block = settings.oper(name).ok_or(Refusal::NoOperHost)?;
    // Another connection may have come while the password was compared.
    if let Some(user) = core.users.get(&cx.profile.id) {
        rules::oper::is_alone(user)?;
    }
    let Some(user) = core.users.get_mut(&cx.profile.id) else {
        return Ok(());
    };
    user.oper = Some(Oper {
        name: block.name.clone(),
        class: block.class.clone(),
        host: block.host.clone(),
        privileges: block.privileges.clone(),
    });
    core.user_counts.take(&user.flags);
    let new = user.flags.set(UserFlag::Oper, true);
    core.user_counts.add(&user.flags);
    let before = Arc::new(Profile {
        oper: true,
        ..(*cx.profile).clone()
    });
    core.set_profile(cx.profile.id, &before);
    let (session, at) = (cx.cause.session, cx.at);
    core.audit(session, "oper", name.clone(), "".into(), at, out);
    out.out.push(Effect::Reply(cx.cause, Reply::Opered));
    if let Some(user) = core.users.get(&cx.profile.id).filter(|_| new) {
        let event = cx.event(Body::UserModes([(UserFlag::Oper, true)].into()));
        out.event(audience::sessions(user), Some(cx.cause), event);
    }
    host::review(core, cx, cx.profile.id, out);
    Ok(())
}

/// Whoever is here by one more connection is an operator no more: an account's password is not an
/// operator's.
pub(super) fn lay_down(core: &mut Core, cx: &ActionContext, out: &mut Effects) {
    super::user_modes::set(core, cx, &[(UserFlag::Oper, false)], out);
}

/// With other settings, operators may do what their blocks say now; whose block is gone is none
/// any more. What everybody is shown to come from may be another now.
pub(crate) fn review(core: &mut Core, out: &mut Effects) {
    let settings = core.settings.clone();
    let mut gone = Vec::new();
    for user in core.users.values_mut() {
        let Some(oper) = &mut user.oper else { continue };
        match settings.oper(&oper.name) {
            Some(block) => {
                oper.class = block.class.clone();
                oper.host = block.host.clone();
                oper.privileges = block.privileges.clone();
            }
            None => gone.push(user.profile.id),
        }
    }
    for id in gone {
        let Some(user) = core.users.get(&id) else {
            continue;
        };
        let cx = ActionContext::nobody(user.profile.clone(), core.last);
        super::user_modes::set(core, &cx, &[(UserFlag::Oper, false)], out);
    }
    let all: Vec<_> = core
        .users
        .values()
        .map(|user| user.profile.clone())
        .collect();
    for profile in all {
        let id = profile.id;
        host::review(core, &ActionContext::nobody(profile, core.last), id, out);
    }
}
