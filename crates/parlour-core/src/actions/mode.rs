//! Channel modes (MODE).

use crate::error::ChannelError;
use crate::names::ChannelName;
use alloc::vec::Vec;

use super::context::{ActionContext, place};
use crate::record::LiftedBan;
use crate::replica::{Outcome, Replica};
use crate::reply::ListedMask;
use crate::request::ModeChange;
use crate::state::{Channel, Forward, ListKind, Privilege};
use crate::{Audience, Body, ChannelId, Effect, Name, Refusal, Reply, Time, UserId, limits, rules};

pub(super) fn mode(
    replica: &mut Replica,
    cx: &ActionContext,
    name: &ChannelName,
    changes: Vec<ModeChange>,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let channel = replica.channel_seen_by(name, cx.profile.id)?;
    rules::mode::may_change(channel, &cx.profile)?;
    let faults = change(replica, cx, (channel.id, Authority::Rank), changes, out);
    tell_faults(cx, faults, out);
    Ok(())
}

/// Changes modes by the privilege of a server operator, whatever their rank in the channel.
pub(super) fn mode_as_oper(
    replica: &mut Replica,
    cx: &ActionContext,
    name: &ChannelName,
    changes: Vec<ModeChange>,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let user = replica.users.get(&cx.profile.id);
    rules::oper::may(user.ok_or(Refusal::NoPrivileges)?, Privilege::Channels)?;
    let channel = replica.any_channel(name)?;
    let (id, about) = (channel.id, channel.name.clone());
    let session = cx.cause.session;
    replica.audit(session, "mode", about.into(), shown(&changes), cx.at, out);
    let faults = change(replica, cx, (id, Authority::Privilege), changes, out);
    tell_faults(cx, faults, out);
    Ok(())
}

/// Returns a summary of the changes for the audit log: a single change of a rank, or else their
/// number. A key must not appear there.
fn shown(changes: &[ModeChange]) -> Name {
    let mut ranks = changes.iter().filter_map(|change| match change {
        ModeChange::Rank(rank, nick, set) => Some(alloc::format!(
            "{}{rank:?} {nick}",
            if *set { '+' } else { '-' }
        )),
        ModeChange::Flag(..)
        | ModeChange::Key(..)
        | ModeChange::Limit(_)
        | ModeChange::Slow(_)
        | ModeChange::Forward(_)
        | ModeChange::List(..) => None,
    });
    match (changes, ranks.next()) {
        ([_], Some(rank)) => rank.into(),
        (changes, _) => alloc::format!("{} changes", changes.len()).into(),
    }
}

fn tell_faults(cx: &ActionContext, faults: Vec<Refusal>, out: &mut Outcome<'_>) {
    for refusal in faults {
        let refused = Reply::Refused(refusal);
        out.effects.push(Effect::Reply(cx.cause, refused));
    }
}

/// Authority by which modes are changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Authority {
    /// Rank in the channel.
    Rank,
    /// Privilege on the server, of a server operator or the console.
    Privilege,
}

/// Makes the changes that are possible, tells the members, and returns the refusals of the others.
pub(super) fn change(
    replica: &mut Replica,
    cx: &ActionContext,
    (id, authority): (ChannelId, Authority),
    changes: Vec<ModeChange>,
    out: &mut Outcome<'_>,
) -> Vec<Refusal> {
    let mut done = Vec::new();
    let mut faults = Vec::new();
    for change in changes {
        // One after another: each change is judged by the state that the earlier ones left.
        match settle(replica, (id, authority), cx, change) {
            Ok(change) => {
                let target = forward_of(replica, &change);
                if let Some(channel) = replica.channels.get_mut(&id)
                    && let Some(changed) = make(channel, cx, change, target)
                {
                    done.push(changed);
                }
            }
            Err(refusal) => faults.push(refusal),
        }
    }
    if let Some(channel) = replica.channels.get_mut(&id)
        && !done.is_empty()
    {
        if done.iter().any(outlasts_restart) {
            out.records.push(channel.record());
        }
        let ranked = done
            .iter()
            .any(|change| matches!(change, ModeChange::Rank(..)));
        let members = channel.members.keys().filter(|_| ranked).copied();
        let members: Vec<_> = members.collect();
        let event = cx.event(Body::Modes(place(channel), done));
        let heard = match authority {
            Authority::Rank => Audience::Channel(id),
            // The requester may not be in the channel.
            Authority::Privilege => Audience::Neighbours {
                channels: [id].into(),
                sessions: [cx.cause.session].into(),
                watchers: [].into(),
            },
        };
        out.event(heard, Some(cx.cause), event);
        for member in members {
            replica.mark_changed(member);
        }
    }
    faults
}

fn outlasts_restart(change: &ModeChange) -> bool {
    !matches!(change, ModeChange::Rank(..))
}

/// Checks a change, and puts the names that are shown into it.
fn settle(
    replica: &Replica,
    (id, authority): (ChannelId, Authority),
    cx: &ActionContext,
    change: ModeChange,
) -> Result<ModeChange, Refusal> {
    let Some(channel) = replica.channels.get(&id) else {
        return Ok(change);
    };
    rules::mode::is_possible(channel, &change, replica.settings.limits.list_entries)?;
    match change {
        ModeChange::Rank(rank, nick, set) => {
            if authority == Authority::Rank {
                rules::mode::may_rank(channel, &cx.profile, rank)?;
            }
            let target = &replica.user_by_nick(&nick)?.profile;
            if channel.members.contains_key(&target.id) {
                Ok(ModeChange::Rank(rank, target.nick.clone(), set))
            } else {
                Err(Refusal::Channel(ChannelError::UserNotOnChannel(
                    target.nick.clone(),
                    channel.name.clone(),
                )))
            }
        }
        ModeChange::Forward(Some(target)) => {
            rules::mode::may_forward(replica, channel, &target, &cx.profile)
                .map(|target| ModeChange::Forward(Some(target)))
        }
        other @ (ModeChange::Flag(..)
        | ModeChange::Key(..)
        | ModeChange::Limit(_)
        | ModeChange::Slow(_)
        | ModeChange::Forward(_)
        | ModeChange::List(..)) => Ok(other),
    }
}

/// Returns the channel that a change forwards to.
fn forward_of(replica: &Replica, change: &ModeChange) -> Option<ChannelId> {
    match change {
        ModeChange::Forward(Some(name)) => replica.channel_by_name(name).ok().map(|c| c.id),
        ModeChange::Flag(..)
        | ModeChange::Key(..)
        | ModeChange::Limit(_)
        | ModeChange::Slow(_)
        | ModeChange::Forward(_)
        | ModeChange::Rank(..)
        | ModeChange::List(..) => None,
    }
}

/// Makes a change, and returns it as shown; none if it changes nothing. `target` is the channel
/// that it forwards to.
fn make(
    channel: &mut Channel,
    cx: &ActionContext,
    change: ModeChange,
    target: Option<ChannelId>,
) -> Option<ModeChange> {
    match change {
        ModeChange::Flag(flag, set) => channel.flags.set(flag, set).then_some(change),
        ModeChange::Key(key, true) => {
            let changed = channel.key.as_ref() != Some(&key);
            channel.key = Some(key.clone());
            changed.then_some(ModeChange::Key(key, true))
        }
        ModeChange::Key(_, false) => {
            // The key shown is the one that was set, whatever the command gave.
            channel.key.take().map(|key| ModeChange::Key(key, false))
        }
        ModeChange::Limit(limit) => {
            let changed = channel.limit != limit;
            channel.limit = limit;
            changed.then_some(ModeChange::Limit(limit))
        }
        ModeChange::Slow(seconds) => {
            let changed = channel.slow != seconds;
            channel.slow = seconds;
            changed.then_some(ModeChange::Slow(seconds))
        }
        ModeChange::Forward(forward) => {
            let before = channel.forward.take();
            channel.forward = target
                .zip(forward.clone())
                .map(|(channel, name)| Forward { channel, name });
            let to = |forward: &Option<Forward>| forward.as_ref().map(|f| f.channel);
            (to(&before) != to(&channel.forward)).then_some(ModeChange::Forward(forward))
        }
        ModeChange::Rank(rank, ref nick, set) => channel
            .members
            .values_mut()
            .find(|member| member.profile.nick == *nick)
            .filter(|member| member.ranks.has(rank) != set)
            .map(|member| {
                member.ranks.set(rank, set);
                change.clone()
            }),
        ModeChange::List(kind, ref mask, set) => {
            let casemapping = channel.casemapping;
            let list = channel.lists.entry(kind).or_default();
            let at = list
                .iter()
                .position(|entry| casemapping.same(&entry.mask, mask));
            match (at, set) {
                (None, true) => list.push(ListedMask {
                    mask: mask.clone(),
                    by: cx.profile.source.clone(),
                    at: cx.at.time(),
                }),
                // The mask shown is the one in the list, whatever its case in the command.
                (Some(at), false) => {
                    let entry = list.remove(at);
                    if kind == ListKind::Bans {
                        remember_lifted_ban(channel, &entry, cx.at.time());
                    }
                    return Some(ModeChange::List(kind, entry.mask, false));
                }
                _ => return None,
            }
            Some(change)
        }
    }
}

/// Remembers a lifted ban, and hides its span from the members that it covered, whatever their
/// nicks become.
fn remember_lifted_ban(channel: &mut Channel, entry: &ListedMask, now: Time) {
    let ban = LiftedBan {
        mask: entry.mask.clone(),
        from: entry.at,
        until: now,
    };
    let members = channel.members.iter();
    let covered = members.filter(|(_, m)| rules::history::was_banned(channel, &ban, &m.profile));
    let covered: Vec<UserId> = covered.map(|(id, _)| *id).collect();
    for id in covered {
        if let Some(member) = channel.members.get_mut(&id)
            && member.hidden.len() < limits::HIDDEN_SPANS
        {
            member.hidden.push(rules::history::span(&ban));
        }
    }
    // The oldest makes room; members that it covered keep their spans.
    if channel.lifted.len() == limits::LIFTED_BANS {
        channel.lifted.remove(0);
    }
    channel.lifted.push(ban);
}
