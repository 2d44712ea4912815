//! Metadata questions (METADATA GET, LIST, SYNC and SUBS).

use crate::error::MetadataError;
use crate::reply::MetadataReply;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::interests::Interest;
use crate::replica::Replica;
use crate::reply::{MetadataEntry, MetadataValue};
use crate::request::MetadataQuestion;
use crate::rules::{self, see};
use crate::state::{Channel, Metadata, User, metadata_key};
use crate::{Name, Refusal, Reply};

/// Target of a metadata question.
enum MetadataTarget<'c> {
    Channel(&'c Channel),
    User(&'c User),
}

impl MetadataTarget<'_> {
    fn name(&self) -> &str {
        match self {
            MetadataTarget::Channel(channel) => &channel.name,
            MetadataTarget::User(user) => &user.profile.nick,
        }
    }

    fn metadata(&self) -> &Metadata {
        match self {
            MetadataTarget::Channel(channel) => &channel.metadata,
            MetadataTarget::User(user) => &user.metadata,
        }
    }
}

fn find<'c>(
    replica: &'c Replica,
    asker: &'c User,
    target: &Name,
) -> Result<MetadataTarget<'c>, Refusal> {
    let bad = || Refusal::Metadata(MetadataError::NoMetadataTarget(target.clone()));
    if &**target == "*" {
        return Ok(MetadataTarget::User(asker));
    }
    if target.starts_with('#') {
        let channel = replica.channel_by_name(target).map_err(|_| bad())?;
        return if rules::metadata::may_see_channel(channel, asker) {
            Ok(MetadataTarget::Channel(channel))
        } else {
            Err(bad())
        };
    }
    replica
        .user_by_nick(target)
        .map(MetadataTarget::User)
        .map_err(|_| bad())
}

/// Target that stands for all that a session is notified about.
pub(crate) const ALL: &str = "*ALL";
/// Most values of one synchronization: with 350 bytes each they stay below a send queue of 1 MiB.
const MAX_SYNC_VALUES: usize = 2_000;
/// Seconds after which the client may retry a synchronization that was too large.
const RETRY_AFTER: u32 = 60;

pub(crate) fn ask(
    replica: &Replica,
    interest: Option<&Interest>,
    asker: &User,
    target: &Name,
    question: &MetadataQuestion,
) -> Result<Reply, Refusal> {
    let none = BTreeSet::new();
    let keys = interest.map_or(&none, |interest| &interest.keys);
    if &**target == ALL && *question == MetadataQuestion::Sync {
        return Ok(sync_reply(
            target.clone(),
            of_all(replica, interest, asker, keys),
        ));
    }
    let found = find(replica, asker, target)?;
    let values = match question {
        MetadataQuestion::Get(keys) => keys.iter().map(|given| get(&found, given)).collect(),
        MetadataQuestion::List => all(found.name(), found.metadata(), |_| true),
        MetadataQuestion::Sync => {
            let values = match found {
                MetadataTarget::User(user) => of_user(user, keys),
                MetadataTarget::Channel(channel) => of_channel(replica, channel, asker, keys),
            };
            return Ok(sync_reply(found.name().into(), values));
        }
    };
    Ok(Reply::Metadata(MetadataReply::Metadata {
        about: Some(found.name().into()),
        values,
    }))
}

/// Returns the metadata of a monitored user that a session subscribes to; none if the session does
/// not read metadata.
pub(crate) fn of_monitored(user: &User, interest: Option<&Interest>) -> Option<Reply> {
    let interest = interest.filter(|interest| interest.reads_metadata)?;
    let values = of_user(user, &interest.keys);
    Some(sync_reply(user.profile.nick.clone().into(), values))
}

/// Returns the reply to a synchronization: all values, or a request to retry if they are too many.
pub(crate) fn sync_reply(about: Name, values: Vec<MetadataValue>) -> Reply {
    if values.len() > MAX_SYNC_VALUES {
        return Reply::Metadata(MetadataReply::SyncLater(about, RETRY_AFTER));
    }
    Reply::Metadata(MetadataReply::Metadata {
        about: Some(about),
        values,
    })
}

fn get(found: &MetadataTarget<'_>, given: &Name) -> MetadataValue {
    let value = match metadata_key(given) {
        None => MetadataEntry::NoKey,
        Some(key) => found
            .metadata()
            .get(&key)
            .map_or(MetadataEntry::Unset, |value| {
                MetadataEntry::Value(value.clone())
            }),
    };
    MetadataValue {
        target: found.name().into(),
        key: given.clone(),
        value,
    }
}

fn all(target: &str, metadata: &Metadata, wanted: impl Fn(&Name) -> bool) -> Vec<MetadataValue> {
    metadata
        .iter()
        .filter(|(key, _)| wanted(key))
        .map(|(key, value)| MetadataValue {
            target: target.into(),
            key: key.clone(),
            value: MetadataEntry::Value(value.clone()),
        })
        .collect()
}

/// Returns the values of `keys` of a user.
pub(crate) fn of_user(user: &User, keys: &BTreeSet<Name>) -> Vec<MetadataValue> {
    all(&user.profile.nick, &user.metadata, |key| keys.contains(key))
}

/// Returns the values of `keys` of a channel and of all members that `asker` may see.
pub(crate) fn of_channel(
    replica: &Replica,
    channel: &Channel,
    asker: &User,
    keys: &BTreeSet<Name>,
) -> Vec<MetadataValue> {
    let mut values = all(&channel.name, &channel.metadata, |key| keys.contains(key));
    if !keys.is_empty() {
        let users = seen_in(replica, channel, asker);
        values.extend(users.flat_map(|user| of_user(user, keys)));
    }
    values
}

/// Returns the members of a channel that `asker` may see.
fn seen_in<'c>(
    replica: &'c Replica,
    channel: &'c Channel,
    asker: &'c User,
) -> impl Iterator<Item = &'c User> {
    let viewer = asker.profile.id;
    // Members see the invisible among them; others only those whom they see anyway.
    let inside = channel.members.contains_key(&viewer);
    let members = channel.members.keys();
    let seen = members.filter(move |&&id| see::member(channel, viewer, id));
    let users = seen.filter_map(|id| replica.user(*id));
    users.filter(move |user| inside || see::user(replica, user, asker))
}

/// Returns the values of `keys` of all targets that the session is notified about: its user, their
/// channels, the members of those, and the nicks that it monitors; each once.
pub(crate) fn of_all(
    replica: &Replica,
    interest: Option<&Interest>,
    asker: &User,
    keys: &BTreeSet<Name>,
) -> Vec<MetadataValue> {
    if keys.is_empty() {
        return Vec::new();
    }
    let mut values = Vec::new();
    let mut users = BTreeSet::from([asker.profile.id]);
    for channel in asker
        .channels
        .keys()
        .filter_map(|id| replica.channels.get(id))
    {
        values.extend(all(&channel.name, &channel.metadata, |key| {
            keys.contains(key)
        }));
        users.extend(seen_in(replica, channel, asker).map(|user| user.profile.id));
    }
    let monitored = interest.into_iter().flat_map(|interest| &interest.monitors);
    users.extend(monitored.filter_map(|(nick, _)| replica.nicks.get(nick)));
    let users = users.iter().filter_map(|id| replica.users.get(id));
    values.extend(users.flat_map(|user| of_user(user, keys)));
    values
}
