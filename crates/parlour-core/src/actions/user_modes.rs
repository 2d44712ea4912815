//! User modes (MODE).

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{ActionContext, audience, host};
use crate::state::{Profile, UserFlag};
use crate::{Body, Core, Effects, Name, Refusal};

pub(super) fn user_modes(
    core: &mut Core,
    cx: &ActionContext,
    nick: &Name,
    changes: &[(UserFlag, bool)],
    out: &mut Effects,
) -> Result<(), Refusal> {
    let owner = core.user_by_nick(nick)?.profile.id;
    if owner != cx.profile.id {
        return Err(Refusal::NotYourModes);
    }
    set(core, cx, changes, out);
    Ok(())
}

/// Applies the changes that change something, and tells the user's sessions. Server operator status
/// is given by OPER only, but can be removed here.
pub(super) fn set(
    core: &mut Core,
    cx: &ActionContext,
    changes: &[(UserFlag, bool)],
    out: &mut Effects,
) {
    let Some(user) = core.users.get_mut(&cx.profile.id) else {
        return;
    };
    let mut done = Vec::new();
    core.user_counts.take(&user.flags);
    for &(flag, on) in changes {
        if (flag == UserFlag::Oper && on) || !user.flags.set(flag, on) {
            continue;
        }
        if flag == UserFlag::Oper {
            user.oper = None;
        }
        done.push((flag, on));
    }
    core.user_counts.add(&user.flags);
    if done.is_empty() {
        return;
    }
    let profile = Arc::new(Profile {
        bot: user.flags.has(UserFlag::Bot),
        oper: user.flags.has(UserFlag::Oper),
        ..(*user.profile).clone()
    });
    core.set_profile(cx.profile.id, &profile);
    if let Some(user) = core.users.get(&cx.profile.id) {
        let event = cx.event(Body::UserModes(done));
        out.event(audience::sessions(user), Some(cx.cause), event);
    }
    host::review(core, cx, cx.profile.id, out);
}
