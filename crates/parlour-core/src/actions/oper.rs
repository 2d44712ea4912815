//! Server operator status (OPER). The password is checked before.

use crate::error::AuthError;
use crate::reply::SessionReply;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::context::ActionContext;
use super::{audience, host};
use crate::replica::{Outcome, Replica};
use crate::state::{Oper, Profile, UserFlag};
use crate::{Body, Effect, Name, Refusal, Reply, rules};

pub(super) fn oper(
    replica: &mut Replica,
    cx: &ActionContext,
    name: &Name,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let settings = replica.settings.clone();
    let block = settings
        .oper(name)
        .ok_or(Refusal::Auth(AuthError::NoOperHost))?;
    // Another connection may have been attached while the password was checked.
    if let Some(user) = replica.users.get(&cx.profile.id) {
        rules::oper::is_alone(user)?;
    }
    let Some(user) = replica.users.get_mut(&cx.profile.id) else {
        return Ok(());
    };
    user.oper = Some(Box::new(Oper {
        name: block.name.clone(),
        class: block.class.clone(),
        host: block.host.clone(),
        privileges: block.privileges.clone(),
    }));
    // Counted out by the old flags, and in by the new ones.
    replica.user_counts.take(&user.flags);
    let new = user.flags.set(UserFlag::Oper, true);
    replica.user_counts.add(&user.flags);
    let before = Arc::new(Profile {
        oper: true,
        ..(*cx.profile).clone()
    });
    replica.set_profile(cx.profile.id, &before);
    let (session, at) = (cx.cause.session, cx.at);
    replica.audit(session, "oper", name.clone(), "".into(), at, out);
    out.effects.push(Effect::Reply(
        cx.cause,
        Reply::Session(SessionReply::Opered),
    ));
    if let Some(user) = replica.users.get(&cx.profile.id).filter(|_| new) {
        let event = cx.event(Body::UserModes([(UserFlag::Oper, true)].into()));
        out.event(audience::sessions(user), Some(cx.cause), event);
    }
    host::review(replica, cx, cx.profile.id, out);
    Ok(())
}

/// Ends a user's server operator status when a connection is attached or the last one ends: an
/// account's password does not stand for an operator's.
pub(super) fn deoper(replica: &mut Replica, cx: &ActionContext, out: &mut Outcome<'_>) {
    super::user_modes::set(replica, cx, &[(UserFlag::Oper, false)], out);
}

/// Applies new settings: server operators get what their blocks say now, or cease to be operators
/// without one. The shown hosts of all users are updated too.
pub(crate) fn review(replica: &mut Replica, out: &mut Outcome<'_>) {
    let settings = replica.settings.clone();
    let mut gone = Vec::new();
    for user in replica.users.values_mut() {
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
        let Some(user) = replica.users.get(&id) else {
            continue;
        };
        let cx = ActionContext::without_request(user.profile.clone(), replica.last);
        super::user_modes::set(replica, &cx, &[(UserFlag::Oper, false)], out);
    }
    let all: Vec<_> = replica
        .users
        .values()
        .map(|user| user.profile.clone())
        .collect();
    for profile in all {
        let id = profile.id;
        host::review(
            replica,
            &ActionContext::without_request(profile, replica.last),
            id,
            out,
        );
    }
}
