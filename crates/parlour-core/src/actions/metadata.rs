//! Metadata of users and channels, and notifications of its changes (METADATA).

use crate::error::MetadataError;
use crate::names::AccountName;
use crate::reply::MetadataReply;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::audience;
use super::context::ActionContext;
use crate::interests::Interest;
use crate::replica::{Outcome, Replica};
use crate::reply::{MetadataEntry, MetadataValue};
use crate::rules::{self, see};
use crate::state::{Channel, Metadata, User, metadata_key};
use crate::{Cause, ChannelId, Effect, Name, Record, Refusal, Reply, SessionId, UserId, questions};

/// Target of a metadata command.
enum Target {
    /// The requester.
    Own,
    /// A channel.
    Channel(ChannelId),
}

/// Finds the target, if the requester may set its metadata; `key` is for the refusal only.
fn find(
    replica: &Replica,
    cx: &ActionContext,
    target: &Name,
    key: &str,
) -> Result<(Target, Name), Refusal> {
    let denied =
        |shown: &str| Refusal::Metadata(MetadataError::NoMetadataRight(shown.into(), key.into()));
    if &**target == "*" {
        return Ok((Target::Own, cx.profile.nick.clone().into()));
    }
    let bad = || Refusal::Metadata(MetadataError::NoMetadataTarget(target.clone()));
    if target.starts_with('#') {
        let channel = replica.channel_seen_by(target, cx.profile.id);
        let channel = channel.map_err(|_| bad())?;
        let user = replica.users.get(&cx.profile.id).ok_or_else(bad)?;
        return if rules::metadata::may_set_channel(channel, user) {
            Ok((Target::Channel(channel.id), channel.name.clone().into()))
        } else {
            Err(denied(&channel.name))
        };
    }
    let user = replica.user_by_nick(target).map_err(|_| bad())?;
    if user.profile.id == cx.profile.id {
        Ok((Target::Own, cx.profile.nick.clone().into()))
    } else {
        Err(denied(&user.profile.nick))
    }
}

pub(super) fn set(
    replica: &mut Replica,
    cx: &ActionContext,
    target: &Name,
    given: &Name,
    value: Option<Name>,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let (target, shown) = find(replica, cx, target, given)?;
    let key = metadata_key(given)
        .ok_or_else(|| Refusal::Metadata(MetadataError::BadMetadataKey(given.clone())))?;
    let l = &replica.settings.limits;
    let (most, longest) = (l.metadata_keys, l.metadata_value);
    if value.as_ref().is_some_and(|value| value.len() > longest) {
        return Err(Refusal::Metadata(MetadataError::BadMetadataValue(key)));
    }
    let value = value.filter(|value| !value.is_empty());
    let Some(metadata) = metadata_of(replica, cx, &target) else {
        return Ok(());
    };
    let before = metadata.get(&key).cloned();
    match &value {
        Some(_) if before.is_none() && metadata.len() >= most => {
            return Err(Refusal::Metadata(MetadataError::MetadataFull(shown, most)));
        }
        Some(value) => metadata.set(key.clone(), value.clone()),
        None => {
            metadata.remove(&key);
        }
    }
    let changed = before != value;
    let value = MetadataValue {
        target: shown,
        key,
        value: value.map_or(MetadataEntry::Unset, MetadataEntry::Value),
    };
    out.effects
        .push(Effect::Reply(cx.cause, one(value.clone())));
    if changed {
        keep(replica, cx, &target, core::slice::from_ref(&value), out);
        tell(replica, cx, &target, &value, out);
    }
    Ok(())
}

pub(super) fn clear(
    replica: &mut Replica,
    cx: &ActionContext,
    target: &Name,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let (target, shown) = find(replica, cx, target, "*")?;
    let Some(metadata) = metadata_of(replica, cx, &target) else {
        return Ok(());
    };
    let cleared = core::mem::take(metadata);
    let values: Vec<MetadataValue> = cleared
        .iter()
        .map(|(key, _)| MetadataValue {
            target: shown.clone(),
            key: key.clone(),
            value: MetadataEntry::Unset,
        })
        .collect();
    let reply = Reply::Metadata(MetadataReply::Metadata {
        about: Some(shown),
        values: values.clone(),
    });
    out.effects.push(Effect::Reply(cx.cause, reply));
    if !values.is_empty() {
        keep(replica, cx, &target, &values, out);
    }
    for value in &values {
        tell(replica, cx, &target, value, out);
    }
    Ok(())
}

/// Returns a reply with the change of one key.
fn one(value: MetadataValue) -> Reply {
    Reply::Metadata(MetadataReply::Metadata {
        about: None,
        values: [value].into(),
    })
}

fn metadata_of<'c>(
    replica: &'c mut Replica,
    cx: &ActionContext,
    target: &Target,
) -> Option<&'c mut Metadata> {
    match target {
        Target::Own => replica
            .users
            .get_mut(&cx.profile.id)
            .map(|user| &mut user.metadata),
        Target::Channel(id) => replica.channels.get_mut(id).map(|c| &mut c.metadata),
    }
}

/// Records changed metadata: a channel's with the channel, a user's with their account. Of the
/// account's metadata only these keys change, since others may be logged into it too.
fn keep(
    replica: &mut Replica,
    cx: &ActionContext,
    target: &Target,
    keys: &[MetadataValue],
    out: &mut Outcome<'_>,
) {
    match target {
        Target::Channel(id) => {
            if let Some(channel) = replica.channels.get_mut(id) {
                out.records.push(channel.record());
            }
        }
        Target::Own => {
            let Some(mut kept) = of_account(replica, cx.profile.account.as_ref()) else {
                return;
            };
            let most = replica.settings.limits.metadata_keys;
            for MetadataValue { key, value, .. } in keys {
                match value {
                    MetadataEntry::Value(value) if kept.get(key).is_some() || kept.len() < most => {
                        kept.set(key.clone(), value.clone());
                    }
                    // No room in the account: the value lasts as long as the user.
                    MetadataEntry::Value(_) => {}
                    MetadataEntry::Unset | MetadataEntry::NoKey => {
                        kept.remove(key);
                    }
                }
            }
            store_in_account(replica, cx.profile.account.as_ref(), kept, out);
        }
    }
}

/// Returns the metadata that is kept with an account.
fn of_account(replica: &Replica, account: Option<&AccountName>) -> Option<Metadata> {
    let account = replica.accounts.get(&replica.nick_key(account?))?;
    Some(account.metadata.clone())
}

/// Stores metadata with an account, and records the account if that changes it.
fn store_in_account(
    replica: &mut Replica,
    account: Option<&AccountName>,
    kept: Metadata,
    out: &mut Outcome<'_>,
) {
    let account = account.and_then(|name| replica.accounts.get(&replica.nick_key(name)));
    let changed = account.filter(|account| account.metadata != kept);
    if let Some(mut account) = changed.cloned() {
        account.metadata = kept;
        out.records.push(Record::Account(account.clone()));
        replica.accounts.put(account);
    }
}

/// Returns the metadata of a user who logs in: that of the account, and the user's own as far as
/// there is room. Own values win; no key of the account is dropped.
pub(super) fn merge_with_account(
    replica: &Replica,
    account: Option<&AccountName>,
    said: &Metadata,
) -> Metadata {
    let most = replica.settings.limits.metadata_keys;
    let mut all = of_account(replica, account).unwrap_or_default();
    for (key, value) in said.iter() {
        if all.get(key).is_some() || all.len() < most {
            all.set(key.clone(), value.clone());
        }
    }
    all
}

/// Stores the metadata of a newly registered user with the account they are logged into.
pub(super) fn keep_first(replica: &mut Replica, id: UserId, out: &mut Outcome<'_>) {
    if let Some(user) = replica.users.get(&id)
        && user.profile.account.is_some()
    {
        let (account, known) = (user.profile.account.clone(), user.metadata.clone());
        store_in_account(replica, account.as_ref(), known, out);
    }
}

/// Updates a user's metadata after a login or logout: values of the old account stay behind, those
/// of the new account are added.
pub(super) fn change_account(
    replica: &mut Replica,
    cx: &ActionContext,
    before: &Metadata,
    account: Option<&AccountName>,
    out: &mut Outcome<'_>,
) {
    let id = cx.profile.id;
    let Some(user) = replica.users.get(&id) else {
        return;
    };
    let mut own = user.metadata.clone();
    // A value equal to that of the old account came from there.
    for (key, value) in before.iter() {
        if own.get(key) == Some(value) {
            own.remove(key);
        }
    }
    let (was, is) = (
        user.metadata.clone(),
        merge_with_account(replica, account, &own),
    );
    let target = user.profile.nick.clone();
    let value = |key: &Name, value: MetadataEntry| MetadataValue {
        target: target.clone().into(),
        key: key.clone(),
        value,
    };
    let gone = was.iter().filter(|(key, _)| is.get(key).is_none());
    let gone = gone.map(|(key, _)| value(key, MetadataEntry::Unset));
    let new = is.iter().filter(|(key, now)| was.get(key) != Some(now));
    let new = new.map(|(key, now)| value(key, MetadataEntry::Value(now.clone())));
    let changes: Vec<MetadataValue> = gone.chain(new).collect();
    if let Some(user) = replica.users.get_mut(&id) {
        user.metadata = is.clone();
    }
    if account.is_some() {
        store_in_account(replica, account, is, out);
    }
    for change in &changes {
        tell(replica, cx, &Target::Own, change, out);
    }
}

/// Tells the sessions that subscribe to the key and see the target, except the requester's.
fn tell(
    replica: &Replica,
    cx: &ActionContext,
    target: &Target,
    value: &MetadataValue,
    out: &mut Outcome<'_>,
) {
    // A session may see the target in several ways, but is told once.
    let mut heard = BTreeSet::new();
    match target {
        Target::Channel(id) => {
            if let Some(channel) = replica.channels.get(id) {
                heard.extend(members(replica, channel, None));
            }
        }
        Target::Own => {
            if let Some(user) = replica.users.get(&cx.profile.id) {
                heard.extend(user.sessions.iter().copied());
                for channel in user
                    .channels
                    .keys()
                    .filter_map(|id| replica.channels.get(id))
                {
                    heard.extend(members(replica, channel, Some(user.profile.id)));
                }
                let nick = replica.settings.fold(&user.profile.nick);
                heard.extend(out.interests.watching(&nick));
            }
        }
    }
    heard.remove(&cx.cause.session);
    for session in heard {
        if out.interests.is_subscribed(session, &value.key) {
            audience::tell_session(session, one(value.clone()), out);
        }
    }
}

/// Returns the sessions of a channel's members; with `about`, only of those who may know that this
/// user is in it.
fn members(replica: &Replica, channel: &Channel, about: Option<UserId>) -> Vec<SessionId> {
    channel
        .members
        .keys()
        .filter(|&&id| about.is_none_or(|about| see::member(channel, id, about)))
        .filter_map(|id| replica.users.get(id))
        .flat_map(|user| user.sessions.iter().copied())
        .collect()
}

/// Sends a session that joins a channel the metadata that it subscribes to.
pub(super) fn show_to_newcomer(
    replica: &Replica,
    channel: &Channel,
    newcomer: &User,
    cause: Cause,
    out: &mut Outcome<'_>,
) {
    let interest = out.interests.of(cause.session);
    if let Some(reply) = for_newcomer(replica, channel, newcomer, interest) {
        out.effects.push(Effect::Reply(cause, reply));
    }
}

/// Returns the metadata that a session joining a channel subscribes to, of the channel and all its
/// members; none if the session does not read metadata.
pub(super) fn for_newcomer(
    replica: &Replica,
    channel: &Channel,
    newcomer: &User,
    interest: Option<&Interest>,
) -> Option<Reply> {
    let interest = interest.filter(|interest| interest.reads_metadata)?;
    let values = questions::metadata::of_channel(replica, channel, newcomer, &interest.keys);
    Some(questions::metadata::sync_reply(
        channel.name.clone().into(),
        values,
    ))
}

/// Sends a session the metadata that it subscribes to of a monitored user who is online.
pub(super) fn show_monitored(
    replica: &Replica,
    session: SessionId,
    id: UserId,
    out: &mut Outcome<'_>,
) {
    let user = replica.users.get(&id);
    if let Some(reply) =
        user.and_then(|user| questions::metadata::of_monitored(user, out.interests.of(session)))
    {
        audience::tell_session(session, reply, out);
    }
}

/// Sends the metadata of a user who has joined a channel to the members who subscribe to it.
pub(super) fn show_newcomer(
    replica: &Replica,
    channel: &Channel,
    newcomer: &User,
    out: &mut Outcome<'_>,
) {
    if newcomer.metadata.is_empty() {
        return;
    }
    for session in members(replica, channel, Some(newcomer.profile.id)) {
        let own = newcomer.sessions.contains(&session);
        for (key, value) in newcomer.metadata.iter().filter(|_| !own) {
            if out.interests.is_subscribed(session, key) {
                let value = MetadataValue {
                    target: newcomer.profile.nick.clone().into(),
                    key: key.clone(),
                    value: MetadataEntry::Value(value.clone()),
                };
                audience::tell_session(session, one(value), out);
            }
        }
    }
}
