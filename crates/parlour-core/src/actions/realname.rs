//! Real name changes (SETNAME).

use crate::error::NameError;
use crate::names::Text;
use alloc::sync::Arc;

use super::audience;
use super::context::ActionContext;
use crate::replica::{Outcome, Replica};
use crate::state::Profile;
use crate::{Body, Refusal, limits};

pub(super) fn realname(
    replica: &mut Replica,
    cx: &ActionContext,
    name: Text,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    if name.is_empty() || name.len() > limits::REALNAME_BYTES {
        return Err(Refusal::Name(NameError::BadRealName));
    }
    let profile = Arc::new(Profile {
        realname: name.clone(),
        ..(*cx.profile).clone()
    });
    replica.set_profile(cx.profile.id, &profile);
    if let Some(user) = replica.users.get(&cx.profile.id) {
        let heard = audience::neighbours_and_watchers(replica, user, out);
        out.event(heard, Some(cx.cause), cx.event(Body::RealName(name)));
    }
    Ok(())
}
