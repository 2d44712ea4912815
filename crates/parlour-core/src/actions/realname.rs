//! Real name changes (SETNAME).

use alloc::sync::Arc;

use super::{ActionContext, audience};
use crate::state::Profile;
use crate::{Body, Core, Effects, Name, Refusal, limits};

pub(super) fn realname(
    core: &mut Core,
    cx: &ActionContext,
    name: Name,
    out: &mut Effects,
) -> Result<(), Refusal> {
    if name.is_empty() || name.len() > limits::REALNAME_BYTES {
        return Err(Refusal::BadRealName);
    }
    let profile = Arc::new(Profile {
        realname: name.clone(),
        ..(*cx.profile).clone()
    });
    core.set_profile(cx.profile.id, &profile);
    if let Some(user) = core.users.get(&cx.profile.id) {
        let heard = audience::neighbours_and_watchers(core, user);
        out.event(heard, Some(cx.cause), cx.event(Body::RealName(name)));
    }
    Ok(())
}
