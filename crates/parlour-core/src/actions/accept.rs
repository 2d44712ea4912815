//! Accept list: users whose private messages a user takes in spite of +R (ACCEPT).

use alloc::vec::Vec;

use super::ActionContext;
use crate::{Core, Effect, Effects, Name, Refusal, Reply, UserId};

pub(super) fn accept(
    core: &mut Core,
    cx: &ActionContext,
    changes: Vec<(Name, bool)>,
    out: &mut Effects,
) {
    for (nick, add) in changes {
        let target = core.user_by_nick(&nick);
        let target = target.map(|user| (user.profile.id, user.profile.nick.clone()));
        let done = match target {
            Ok((id, _)) if add => add_to(core, cx.profile.id, id, &nick),
            Ok((id, shown)) => remove_from(core, cx.profile.id, id, shown),
            Err(refusal) => Err(refusal),
        };
        if let Err(refusal) = done {
            let reply = Reply::Refused(refusal);
            out.out.push(Effect::Reply(cx.cause, reply));
        }
    }
}

/// Adds `other` to the accept list of `id`. The entry means this very user, whatever their nick
/// becomes.
fn add_to(core: &mut Core, id: UserId, other: UserId, nick: &Name) -> Result<(), Refusal> {
    let most = core.settings.limits.monitor;
    let Some(user) = core.users.get(&id) else {
        return Ok(());
    };
    if user.accepts.contains(&other) {
        return Err(Refusal::AcceptedAlready(nick.clone()));
    }
    if !make_room(core, id, most) {
        return Err(Refusal::AcceptFull);
    }
    if let Some(user) = core.users.get_mut(&id) {
        user.accepts.insert(other);
    }
    Ok(())
}

fn remove_from(core: &mut Core, id: UserId, other: UserId, nick: Name) -> Result<(), Refusal> {
    let user = core.users.get_mut(&id);
    if user.is_none_or(|user| user.accepts.remove(&other)) {
        Ok(())
    } else {
        Err(Refusal::NotAccepted(nick))
    }
}

/// Returns whether the accept list has room for one more; a full list first drops users who have
/// left.
pub(super) fn make_room(core: &mut Core, id: UserId, most: usize) -> bool {
    let full = |core: &Core| {
        let user = core.users.get(&id);
        user.is_some_and(|user| user.accepts.len() >= most)
    };
    if full(core)
        && let Some(user) = core.users.get_mut(&id)
    {
        // Taken out, because `retain` reads `core.users`, which holds the list.
        let mut accepts = core::mem::take(&mut user.accepts);
        accepts.retain(|other| core.users.contains_key(other));
        if let Some(user) = core.users.get_mut(&id) {
            user.accepts = accepts;
        }
    }
    !full(core)
}
