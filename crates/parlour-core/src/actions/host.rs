//! Host that a user is shown with.

use super::{ActionContext, audience};
use crate::names;
use crate::state::{Oper, Profile};
use crate::{Body, Core, Effect, Effects, Name, Reply, UserId};

/// Returns the host that a user is shown with: that of their operator block, else that of their
/// account where accounts have hosts, else their cloak.
pub(super) fn shown(core: &Core, profile: &Profile, oper: Option<&Oper>) -> Name {
    if let Some(host) = oper.and_then(|oper| oper.host.as_ref()) {
        return host.clone();
    }
    match &profile.account {
        Some(account) if core.settings.account_hosts => names::host_of_account(account),
        _ => profile.cloak.clone(),
    }
}

/// Updates the host that a user is shown with, and tells others of a change.
pub(super) fn review(core: &mut Core, cx: &ActionContext, id: UserId, out: &mut Effects) {
    let Some(user) = core.users.get(&id) else {
        return;
    };
    let before = user.profile.clone();
    let host = shown(core, &before, user.oper.as_ref());
    if host == before.host {
        return;
    }
    let profile = before.with_host(host.clone());
    core.set_profile(id, &profile);
    // The event shows the user by the old host, so that clients know whom it is about.
    let cx = ActionContext {
        profile: before,
        ..*cx
    };
    if let Some(user) = core.users.get(&id) {
        let heard = audience::neighbours_and_watchers(core, user);
        out.event(heard, Some(cx.cause), cx.event(Body::HostChanged(profile)));
    }
    out.out.push(Effect::Reply(cx.cause, Reply::Host(host)));
}
