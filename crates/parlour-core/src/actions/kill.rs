//! Kills of a user by a server operator (KILL).

use crate::names::Text;
use alloc::format;

use super::context::ActionContext;
use super::{audience, quit};
use crate::names::Nick;
use crate::replica::{Outcome, Replica};
use crate::state::Privilege;
use crate::{Body, Refusal, rules};

pub(super) fn kill(
    replica: &mut Replica,
    cx: &ActionContext,
    nick: &Nick,
    reason: &Text,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    if let Some(user) = replica.users.get(&cx.profile.id) {
        rules::oper::may(user, Privilege::Kill)?;
    }
    let user = replica.user_by_nick(nick)?;
    let target = user.profile.clone();
    // Sent first: `end_user` closes the sessions that it is for.
    let killed = cx.event(Body::Killed(target.nick.clone().into(), reason.clone()));
    out.event(audience::sessions(user), None, killed);
    let (session, about) = (cx.cause.session, target.source.clone());
    replica.audit(session, "kill", about, reason.clone().into(), cx.at, out);
    let words: Text = format!("Killed ({} ({reason}))", cx.profile.nick).into();
    quit::end_user(replica, cx.at, &target, &words, out);
    Ok(())
}
