//! Host that a user is shown with.

use super::audience;
use super::context::ActionContext;
use crate::names;
use crate::replica::{Outcome, Replica};
use crate::reply::SessionReply;
use crate::state::{Oper, Profile};
use crate::{Body, Effect, Name, Reply, UserId};

/// Returns the host that a user is shown with: that of their operator block, else that of their
/// account where accounts have hosts, else their cloak.
pub(super) fn shown(replica: &Replica, profile: &Profile, oper: Option<&Oper>) -> Name {
    if let Some(host) = oper.and_then(|oper| oper.host.as_ref()) {
        return host.clone();
    }
    match &profile.account {
        Some(account) if replica.settings.account_hosts => names::host_of_account(account),
        _ => profile.cloak.clone(),
    }
}

/// Updates the host that a user is shown with, and tells others of a change.
pub(super) fn review(replica: &mut Replica, cx: &ActionContext, id: UserId, out: &mut Outcome<'_>) {
    let Some(user) = replica.users.get(&id) else {
        return;
    };
    let before = user.profile.clone();
    let host = shown(replica, &before, user.oper.as_deref());
    if host == before.host {
        return;
    }
    let profile = before.with_host(host.clone());
    replica.set_profile(id, &profile);
    // The event shows the user by the old host, so that clients know whom it is about.
    let cx = ActionContext {
        profile: before,
        ..*cx
    };
    if let Some(user) = replica.users.get(&id) {
        let heard = audience::neighbours_and_watchers(replica, user, out);
        out.event(heard, Some(cx.cause), cx.event(Body::HostChanged(profile)));
    }
    out.effects.push(Effect::Reply(
        cx.cause,
        Reply::Session(SessionReply::Host(host)),
    ));
}
