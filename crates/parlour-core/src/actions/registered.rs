//! Channels that belong to accounts: registered, given away, given up; rights of others there.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{Doer, place};
use crate::names::Folded;
use crate::request::{ModeChange, Owning};
use crate::state::{Rank, Registered, Right, Rights};
use crate::{Body, ChannelId, Core, Effect, Effects, MsgId, Name, Refusal, Reply, rules};

pub(super) fn own(
    core: &mut Core,
    doer: &Doer,
    name: &Name,
    wish: Owning,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let id = core.any_channel(name)?.id;
    let reply = match wish {
        Owning::Register => register(core, doer, id)?,
        Owning::Drop => drop(core, doer, id)?,
        Owning::Transfer(to) => transfer(core, doer, id, &to)?,
        Owning::Access(account, changes) => access(core, doer, id, &account, &changes)?,
        Owning::Rank(rank, nick, on) => return rank_of(core, doer, id, (rank, nick, on), out),
    };
    out.out.push(Effect::Reply(doer.cause, reply));
    if let Some(channel) = core.channels.get_mut(&id) {
        out.records.push(channel.record());
    }
    core.review_empty(doer.at, id, out);
    Ok(())
}

fn register(core: &mut Core, doer: &Doer, id: ChannelId) -> Result<Reply, Refusal> {
    let (Some(channel), Some(user)) = (core.channels.get(&id), core.users.get(&doer.profile.id))
    else {
        return Err(Refusal::NotLoggedIn);
    };
    let founder = rules::registered::may_register(core, channel, user)?;
    let name = channel.name.clone();
    if let Some(channel) = core.channels.get_mut(&id) {
        channel.registered = Some(Registered {
            founder,
            since: doer.at.time(),
            access: BTreeMap::new(),
        });
    }
    Ok(Reply::ChannelRegistered(name))
}

fn drop(core: &mut Core, doer: &Doer, id: ChannelId) -> Result<Reply, Refusal> {
    let (Some(channel), Some(user)) = (core.channels.get(&id), core.users.get(&doer.profile.id))
    else {
        return Err(Refusal::NotLoggedIn);
    };
    rules::registered::may_dispose(core, channel, user)?;
    let name = channel.name.clone();
    if let Some(channel) = core.channels.get_mut(&id) {
        channel.registered = None;
    }
    Ok(Reply::ChannelDropped(name))
}

fn transfer(core: &mut Core, doer: &Doer, id: ChannelId, to: &Name) -> Result<Reply, Refusal> {
    let (Some(channel), Some(user)) = (core.channels.get(&id), core.users.get(&doer.profile.id))
    else {
        return Err(Refusal::NotLoggedIn);
    };
    rules::registered::may_dispose(core, channel, user)?;
    let founder = rules::registered::may_be_given(core, to)?;
    let to = core.account_name(&founder);
    let name = channel.name.clone();
    if let Some(owned) = core
        .channels
        .get_mut(&id)
        .and_then(|channel| channel.registered.as_mut())
    {
        owned.access.remove(&founder);
        owned.founder = founder;
    }
    Ok(Reply::ChannelTransferred(name, to))
}

fn access(
    core: &mut Core,
    doer: &Doer,
    id: ChannelId,
    account: &Name,
    changes: &[(Right, bool)],
) -> Result<Reply, Refusal> {
    let (Some(channel), Some(user)) = (core.channels.get(&id), core.users.get(&doer.profile.id))
    else {
        return Err(Refusal::NotLoggedIn);
    };
    let owned = rules::registered::registered(channel)?;
    let known = core.accounts.get(&core.nick_key(account));
    let known = known.ok_or_else(|| Refusal::NoSuchAccount(account.clone()))?;
    let before = owned.access.get(&known.folded).copied().unwrap_or_default();
    let mut after = before;
    for (right, on) in changes {
        after.set(*right, *on);
    }
    rules::registered::may_change_access(core, channel, user, before, after)?;
    if owned.access.len() >= core.settings.limits.list_entries && before == Rights::default() {
        return Err(Refusal::AccessFull(channel.name.clone()));
    }
    let (folded, shown, name) = (
        known.folded.clone(),
        known.name.clone(),
        channel.name.clone(),
    );
    if let Some(owned) = core
        .channels
        .get_mut(&id)
        .and_then(|channel| channel.registered.as_mut())
    {
        if after == Rights::default() {
            owned.access.remove(&folded);
        } else {
            owned.access.insert(folded, after);
        }
    }
    Ok(Reply::AccessSet(name, shown, after))
}

/// Gives somebody a rank by the doer's right to it, whether the doer has it now or not.
fn rank_of(
    core: &mut Core,
    doer: &Doer,
    id: ChannelId,
    (rank, nick, on): (Rank, Option<Name>, bool),
    out: &mut Effects,
) -> Result<(), Refusal> {
    let (Some(channel), Some(user)) = (core.channels.get(&id), core.users.get(&doer.profile.id))
    else {
        return Err(Refusal::NotLoggedIn);
    };
    rules::registered::may_op(core, channel, user)?;
    let target = match nick {
        Some(nick) => core.user_by_nick(&nick)?.profile.clone(),
        None => doer.profile.clone(),
    };
    let name = channel.name.clone();
    let Some(channel) = core.channels.get_mut(&id) else {
        return Ok(());
    };
    let Some(member) = channel.members.get_mut(&target.id) else {
        return Err(Refusal::UserNotOnChannel(target.nick.clone(), name));
    };
    if !member.ranks.set(rank, on) {
        return Err(Refusal::RankAlready(target.nick.clone(), name));
    }
    let change = ModeChange::Rank(rank, target.nick.clone(), on);
    doer.tell(id, Body::Modes(place(channel), [change].into()), out);
    let set = Reply::RankSet(target.nick.clone(), name, rank, on);
    out.out.push(Effect::Reply(doer.cause, set));
    Ok(())
}

/// An account is no more: what was its is nobody's, and its rights are gone everywhere.
pub(super) fn account_gone(core: &mut Core, at: MsgId, account: &Folded, out: &mut Effects) {
    let mut changed: Vec<ChannelId> = Vec::new();
    for channel in core.channels.values_mut() {
        let Some(owned) = &mut channel.registered else {
            continue;
        };
        if owned.founder == *account {
            channel.registered = None;
        } else if owned.access.remove(account).is_none() {
            continue;
        }
        out.records.push(channel.record());
        changed.push(channel.id);
    }
    for id in changed {
        core.review_empty(at, id, out);
    }
}
