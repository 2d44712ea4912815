//! Messages of server operators to all users with +w (WALLOPS).

use crate::names::Text;
use alloc::vec::Vec;

use super::context::ActionContext;
use crate::replica::{Outcome, Replica};
use crate::state::{Privilege, UserFlag};
use crate::{Audience, Body, Refusal, SessionId, rules};

pub(super) fn wallops(
    replica: &mut Replica,
    cx: &ActionContext,
    text: Text,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    if let Some(user) = replica.users.get(&cx.profile.id) {
        rules::oper::may(user, Privilege::Wallops)?;
    }
    let heard: Vec<SessionId> = replica
        .users
        .values()
        .filter(|user| user.flags.has(UserFlag::Wallops))
        .flat_map(|user| user.sessions.iter().copied())
        .collect();
    let event = cx.event(Body::Wallops(text));
    out.event(Audience::Sessions(heard.into()), Some(cx.cause), event);
    Ok(())
}
