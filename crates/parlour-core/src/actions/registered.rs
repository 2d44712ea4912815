//! Registered channels: registration, transfer, drop, and access of other accounts.

use crate::error::{AccountError, AuthError, ChannelError, OwnershipError};
use crate::names::AccountName;
use crate::names::ChannelName;
use crate::names::Nick;
use crate::reply::OwnershipReply;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::context::{ActionContext, place};
use crate::names::Folded;
use crate::replica::{Outcome, Replica};
use crate::request::{ChannelCommand, ModeChange};
use crate::state::{Profile, Rank, Registered, Right, Rights};
use crate::{Body, ChannelId, Effect, MsgId, Refusal, Reply, rules};

pub(super) fn channel_service(
    replica: &mut Replica,
    cx: &ActionContext,
    name: &ChannelName,
    command: ChannelCommand,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let id = found(replica, cx, name)?;
    let reply = match command {
        ChannelCommand::Register => register(replica, cx, id, out)?,
        ChannelCommand::Drop => drop(replica, cx, id, out)?,
        ChannelCommand::Transfer(to) => transfer(replica, cx, id, &to, out)?,
        ChannelCommand::Access(account, changes) => access(replica, cx, id, &account, &changes)?,
        ChannelCommand::Rank(rank, nick, on) => {
            return rank_of(replica, cx, id, (rank, nick, on), out);
        }
    };
    out.effects.push(Effect::Reply(cx.cause, reply));
    if let Some(channel) = replica.channels.get_mut(&id) {
        out.records.push(channel.record());
    }
    replica.review_empty(cx.at, id, out);
    Ok(())
}

/// Returns the channel, if the requester may know of it.
fn found(replica: &Replica, cx: &ActionContext, name: &ChannelName) -> Result<ChannelId, Refusal> {
    let channel = replica.any_channel(name)?;
    let user = replica.users.get(&cx.profile.id);
    user.filter(|user| rules::registered::may_see(replica, channel, user))
        .map(|_| channel.id)
        .ok_or_else(|| Refusal::Channel(ChannelError::NoSuchChannel(name.clone())))
}

fn register(
    replica: &mut Replica,
    cx: &ActionContext,
    id: ChannelId,
    out: &mut Outcome<'_>,
) -> Result<Reply, Refusal> {
    let (Some(channel), Some(user)) =
        (replica.channels.get(&id), replica.users.get(&cx.profile.id))
    else {
        return Err(Refusal::Auth(AuthError::NotLoggedIn));
    };
    let founder = rules::registered::may_register(replica, channel, user)?;
    let name = channel.name.clone();
    if let Some(channel) = replica.channels.get_mut(&id) {
        channel.registered = Some(Registered {
            founder,
            since: cx.at.time(),
            access: BTreeMap::new(),
        });
    }
    set_rank(replica, cx, id, (Rank::Founder, &cx.profile, true), out);
    Ok(Reply::Ownership(OwnershipReply::ChannelRegistered(name)))
}

fn drop(
    replica: &mut Replica,
    cx: &ActionContext,
    id: ChannelId,
    out: &mut Outcome<'_>,
) -> Result<Reply, Refusal> {
    let (Some(channel), Some(user)) =
        (replica.channels.get(&id), replica.users.get(&cx.profile.id))
    else {
        return Err(Refusal::Auth(AuthError::NotLoggedIn));
    };
    rules::registered::may_dispose(replica, channel, user)?;
    let name = channel.name.clone();
    let by_office = !rules::registered::is_founder(replica, channel, user);
    if let Some(channel) = replica.channels.get_mut(&id) {
        channel.registered = None;
    }
    if by_office {
        replica.audit(
            cx.cause.session,
            "channel",
            name.clone().into(),
            "dropped".into(),
            cx.at,
            out,
        );
    }
    demote(replica, cx, id, out);
    Ok(Reply::Ownership(OwnershipReply::ChannelDropped(name)))
}

fn transfer(
    replica: &mut Replica,
    cx: &ActionContext,
    id: ChannelId,
    to: &AccountName,
    out: &mut Outcome<'_>,
) -> Result<Reply, Refusal> {
    let (Some(channel), Some(user)) =
        (replica.channels.get(&id), replica.users.get(&cx.profile.id))
    else {
        return Err(Refusal::Auth(AuthError::NotLoggedIn));
    };
    rules::registered::may_dispose(replica, channel, user)?;
    if rules::registered::registered(channel)?.founder == replica.nick_key(to) {
        return Err(Refusal::Ownership(OwnershipError::IsFounder(
            to.clone().into(),
            channel.name.clone().into(),
        )));
    }
    let founder = rules::registered::may_be_given(replica, to)?;
    let to = replica.account_name(&founder);
    let name = channel.name.clone();
    let by_office = !rules::registered::is_founder(replica, channel, user);
    if let Some(owned) = replica
        .channels
        .get_mut(&id)
        .and_then(|channel| channel.registered.as_mut())
    {
        owned.access.remove(&founder);
        owned.founder = founder;
    }
    let own = |profile: &Profile| profile.account.as_ref() == Some(&to);
    let members = replica.channels.get(&id).into_iter();
    let members = members.flat_map(|channel| channel.members.values());
    let new = members.map(|m| m.profile.clone()).filter(|p| own(p));
    let new: Vec<Arc<Profile>> = new.collect();
    if by_office {
        replica.audit(
            cx.cause.session,
            "channel",
            name.clone().into(),
            to.clone().into(),
            cx.at,
            out,
        );
    }
    // Before the new founder gets the rank: `demote` takes it from every member.
    demote(replica, cx, id, out);
    for founder in new {
        set_rank(replica, cx, id, (Rank::Founder, &founder, true), out);
    }
    Ok(Reply::Ownership(OwnershipReply::ChannelTransferred(
        name, to,
    )))
}

fn access(
    replica: &mut Replica,
    cx: &ActionContext,
    id: ChannelId,
    account: &AccountName,
    changes: &[(Right, bool)],
) -> Result<Reply, Refusal> {
    let (Some(channel), Some(user)) =
        (replica.channels.get(&id), replica.users.get(&cx.profile.id))
    else {
        return Err(Refusal::Auth(AuthError::NotLoggedIn));
    };
    let owned = rules::registered::registered(channel)?;
    let known = replica.accounts.get(&replica.nick_key(account));
    let known =
        known.ok_or_else(|| Refusal::Account(AccountError::NoSuchAccount(account.clone())))?;
    if owned.founder == known.folded {
        return Err(Refusal::Ownership(OwnershipError::IsFounder(
            known.name.clone().into(),
            channel.name.clone().into(),
        )));
    }
    let before = owned.access.get(&known.folded).copied().unwrap_or_default();
    let mut after = before;
    for (right, on) in changes {
        after.set(*right, *on);
    }
    rules::registered::may_change_access(replica, channel, user, before, after)?;
    if owned.access.len() >= replica.settings.limits.list_entries && before == Rights::default() {
        return Err(Refusal::Ownership(OwnershipError::AccessFull(
            channel.name.clone(),
        )));
    }
    let (folded, shown, name) = (
        known.folded.clone(),
        known.name.clone(),
        channel.name.clone(),
    );
    if let Some(owned) = replica
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
    Ok(Reply::Ownership(OwnershipReply::AccessSet(
        name, shown, after,
    )))
}

/// Gives or takes a rank by the requester's access right, whatever their rank is now.
fn rank_of(
    replica: &mut Replica,
    cx: &ActionContext,
    id: ChannelId,
    (rank, nick, on): (Rank, Option<Nick>, bool),
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let (Some(channel), Some(user)) =
        (replica.channels.get(&id), replica.users.get(&cx.profile.id))
    else {
        return Err(Refusal::Auth(AuthError::NotLoggedIn));
    };
    rules::registered::may_op(replica, channel, user)?;
    let target = match nick {
        Some(nick) => replica.user_by_nick(&nick)?.profile.clone(),
        None => cx.profile.clone(),
    };
    let name = channel.name.clone();
    if !channel.members.contains_key(&target.id) {
        return Err(Refusal::Channel(ChannelError::UserNotOnChannel(
            target.nick.clone(),
            name,
        )));
    }
    if !set_rank(replica, cx, id, (rank, &target, on), out) {
        return Err(Refusal::Ownership(OwnershipError::RankAlready(
            target.nick.clone().into(),
            name.into(),
        )));
    }
    let set = Reply::Ownership(OwnershipReply::RankSet(target.nick.clone(), name, rank, on));
    out.effects.push(Effect::Reply(cx.cause, set));
    Ok(())
}

/// Sets or removes a member's rank, and returns whether that changes anything.
fn set_rank(
    replica: &mut Replica,
    cx: &ActionContext,
    id: ChannelId,
    (rank, target, on): (Rank, &Profile, bool),
    out: &mut Outcome<'_>,
) -> bool {
    let Some(channel) = replica.channels.get_mut(&id) else {
        return false;
    };
    let member = channel.members.get_mut(&target.id);
    if !member.is_some_and(|member| member.ranks.set(rank, on)) {
        return false;
    }
    let change = ModeChange::Rank(rank, target.nick.clone(), on);
    cx.tell(id, Body::Modes(place(channel), [change].into()), out);
    replica.mark_changed(target.id);
    true
}

/// Makes founders among the members operators, when the channel goes to another account or none.
fn demote(replica: &mut Replica, cx: &ActionContext, id: ChannelId, out: &mut Outcome<'_>) {
    let Some(channel) = replica.channels.get(&id) else {
        return;
    };
    let founders = channel.members.values();
    let founders = founders.filter(|member| member.ranks.has(Rank::Founder));
    let founders: Vec<Arc<Profile>> = founders.map(|member| member.profile.clone()).collect();
    for founder in founders {
        set_rank(replica, cx, id, (Rank::Operator, &founder, true), out);
        set_rank(replica, cx, id, (Rank::Founder, &founder, false), out);
    }
}

/// Ends the registration of a channel, without a check of rights.
pub(super) fn release(replica: &mut Replica, at: MsgId, id: ChannelId, out: &mut Outcome<'_>) {
    if let Some(channel) = replica.channels.get_mut(&id) {
        channel.registered = None;
        out.records.push(channel.record());
    }
    let server = Profile::of_server(replica.settings.server_name.clone());
    demote(
        replica,
        &ActionContext::without_request(server, at),
        id,
        out,
    );
    replica.review_empty(at, id, out);
}

/// Ends the registrations of a deleted account, and its access to other channels.
pub(super) fn account_dropped(
    replica: &mut Replica,
    at: MsgId,
    account: &Folded,
    out: &mut Outcome<'_>,
) {
    let mut unowned: Vec<ChannelId> = Vec::new();
    for channel in replica.channels.values_mut() {
        let Some(owned) = &mut channel.registered else {
            continue;
        };
        if owned.founder == *account {
            unowned.push(channel.id);
        } else if owned.access.remove(account).is_some() {
            out.records.push(channel.record());
        }
    }
    for id in unowned {
        release(replica, at, id, out);
    }
}
