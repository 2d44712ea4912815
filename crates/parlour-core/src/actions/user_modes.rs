//! User modes (MODE).

use crate::error::ModeError;
use crate::names::Nick;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::context::ActionContext;
use super::{audience, host};
use crate::replica::{Outcome, Replica};
use crate::state::{Profile, UserFlag};
use crate::{Body, Refusal};

pub(super) fn user_modes(
    replica: &mut Replica,
    cx: &ActionContext,
    nick: &Nick,
    changes: &[(UserFlag, bool)],
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let owner = replica.user_by_nick(nick)?.profile.id;
    if owner != cx.profile.id {
        return Err(Refusal::Mode(ModeError::NotYourModes));
    }
    set(replica, cx, changes, out);
    Ok(())
}

/// Applies the changes that change something, and tells the user's sessions. Server operator status
/// is given by OPER only, but can be removed here.
pub(super) fn set(
    replica: &mut Replica,
    cx: &ActionContext,
    changes: &[(UserFlag, bool)],
    out: &mut Outcome<'_>,
) {
    let Some(user) = replica.users.get_mut(&cx.profile.id) else {
        return;
    };
    let mut done = Vec::new();
    replica.user_counts.take(&user.flags);
    for &(flag, on) in changes {
        if (flag == UserFlag::Oper && on) || !user.flags.set(flag, on) {
            continue;
        }
        if flag == UserFlag::Oper {
            user.oper = None;
        }
        done.push((flag, on));
    }
    replica.user_counts.add(&user.flags);
    if done.is_empty() {
        return;
    }
    let profile = Arc::new(Profile {
        bot: user.flags.has(UserFlag::Bot),
        oper: user.flags.has(UserFlag::Oper),
        ..(*user.profile).clone()
    });
    replica.set_profile(cx.profile.id, &profile);
    if let Some(user) = replica.users.get(&cx.profile.id) {
        let event = cx.event(Body::UserModes(done));
        out.event(audience::sessions(user), Some(cx.cause), event);
    }
    host::review(replica, cx, cx.profile.id, out);
}
