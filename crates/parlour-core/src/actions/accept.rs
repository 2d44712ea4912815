//! Accept list: users whose private messages a user takes in spite of +R (ACCEPT).

use crate::error::AcceptError;
use crate::names::Nick;
use alloc::vec::Vec;

use super::context::ActionContext;
use crate::replica::{Outcome, Replica};
use crate::{Effect, Refusal, Reply, UserId};

pub(super) fn accept(
    replica: &mut Replica,
    cx: &ActionContext,
    changes: Vec<(Nick, bool)>,
    out: &mut Outcome<'_>,
) {
    for (nick, add) in changes {
        let target = replica.user_by_nick(&nick);
        let target = target.map(|user| (user.profile.id, user.profile.nick.clone()));
        let done = match target {
            Ok((id, _)) if add => add_to(replica, cx.profile.id, id, &nick),
            Ok((id, shown)) => remove_from(replica, cx.profile.id, id, shown),
            Err(refusal) => Err(refusal),
        };
        if let Err(refusal) = done {
            let reply = Reply::Refused(refusal);
            out.effects.push(Effect::Reply(cx.cause, reply));
        }
    }
}

/// Adds `other` to the accept list of `id`. The entry means this very user, whatever their nick
/// becomes.
fn add_to(replica: &mut Replica, id: UserId, other: UserId, nick: &Nick) -> Result<(), Refusal> {
    let most = replica.settings.limits.monitor;
    let Some(user) = replica.users.get(&id) else {
        return Ok(());
    };
    if user.accepts.contains(&other) {
        return Err(Refusal::Accept(AcceptError::AcceptedAlready(nick.clone())));
    }
    if !make_room(replica, id, most) {
        return Err(Refusal::Accept(AcceptError::AcceptFull));
    }
    if let Some(user) = replica.users.get_mut(&id) {
        user.accepts.insert(other);
    }
    Ok(())
}

fn remove_from(
    replica: &mut Replica,
    id: UserId,
    other: UserId,
    nick: Nick,
) -> Result<(), Refusal> {
    let user = replica.users.get_mut(&id);
    if user.is_none_or(|user| user.accepts.remove(&other)) {
        Ok(())
    } else {
        Err(Refusal::Accept(AcceptError::NotAccepted(nick)))
    }
}

/// Returns whether the accept list has room for one more; a full list first drops users who have
/// left.
pub(super) fn make_room(replica: &mut Replica, id: UserId, most: usize) -> bool {
    let full = |replica: &Replica| {
        let user = replica.users.get(&id);
        user.is_some_and(|user| user.accepts.len() >= most)
    };
    if full(replica)
        && let Some(user) = replica.users.get_mut(&id)
    {
        // Taken out, because `retain` reads `core.users`, which holds the list.
        let mut accepts = core::mem::take(&mut user.accepts);
        accepts.retain(|other| replica.users.contains_key(other));
        if let Some(user) = replica.users.get_mut(&id) {
            user.accepts = accepts;
        }
    }
    !full(replica)
}
