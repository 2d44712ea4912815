//! METADATA GET, LIST, SYNC and SUBS.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::reply::{MetadataValue, Metadatum};
use crate::request::MetadataQuestion;
use crate::rules::{self, see};
use crate::state::{Channel, Metadata, User, metadata_key};
use crate::{Core, Name, Refusal, Reply, SessionId};

/// Whose metadata was asked for.
enum Found<'c> {
    Channel(&'c Channel),
    User(&'c User),
}

impl Found<'_> {
    fn name(&self) -> &Name {
        match self {
            Found::Channel(channel) => &channel.name,
            Found::User(user) => &user.profile.nick,
        }
    }

    fn metadata(&self) -> &Metadata {
        match self {
            Found::Channel(channel) => &channel.metadata,
            Found::User(user) => &user.metadata,
        }
    }
}

fn find<'c>(core: &'c Core, asker: &'c User, target: &Name) -> Result<Found<'c>, Refusal> {
    let bad = || Refusal::NoMetadataTarget(target.clone());
    if &**target == "*" {
        return Ok(Found::User(asker));
    }
    if target.starts_with('#') {
        let channel = core.channel_by_name(target).map_err(|_| bad())?;
        return if rules::metadata::may_see_channel(channel, asker) {
            Ok(Found::Channel(channel))
        } else {
            Err(bad())
        };
    }
    core.user_by_nick(target)
        .map(Found::User)
        .map_err(|_| bad())
}

pub(super) fn ask(
    core: &Core,
    session: SessionId,
    asker: &User,
    target: &Name,
    question: &MetadataQuestion,
) -> Result<Reply, Refusal> {
    let found = find(core, asker, target)?;
    let values = match question {
        MetadataQuestion::Get(keys) => keys.iter().map(|given| get(&found, given)).collect(),
        MetadataQuestion::List => all(found.name(), found.metadata(), |_| true),
        MetadataQuestion::Sync => {
            let keys = match core.sessions.get(&session) {
                Some(session) => &session.wishes.keys,
                None => return Err(Refusal::NoMetadataTarget(target.clone())),
            };
            match found {
                Found::User(user) => {
                    all(&user.profile.nick, &user.metadata, |key| keys.contains(key))
                }
                Found::Channel(channel) => {
                    let mut values = of_channel(core, channel, asker, keys);
                    values.truncate(core.settings.limits.answers);
                    values
                }
            }
        }
    };
    Ok(Reply::Metadata {
        batch: true,
        values,
    })
}

fn get(found: &Found<'_>, given: &Name) -> MetadataValue {
    let value = match metadata_key(given) {
        None => Metadatum::NoKey,
        Some(key) => found
            .metadata()
            .get(&key)
            .map_or(Metadatum::Unset, |value| Metadatum::Value(value.clone())),
    };
    MetadataValue {
        target: found.name().clone(),
        key: given.clone(),
        value,
    }
}

fn all(target: &Name, metadata: &Metadata, wanted: impl Fn(&Name) -> bool) -> Vec<MetadataValue> {
    metadata
        .iter()
        .filter(|(key, _)| wanted(key))
        .map(|(key, value)| MetadataValue {
            target: target.clone(),
            key: key.clone(),
            value: Metadatum::Value(value.clone()),
        })
        .collect()
}

/// The values of `keys` of a channel and of all whom `asker` may know to be in it.
pub(crate) fn of_channel(
    core: &Core,
    channel: &Channel,
    asker: &User,
    keys: &BTreeSet<Name>,
) -> Vec<MetadataValue> {
    let mut values = all(&channel.name, &channel.metadata, |key| keys.contains(key));
    if keys.is_empty() {
        return values;
    }
    let members = channel.members.keys();
    for user in members
        .filter(|&&id| see::member(channel, asker.profile.id, id))
        .filter_map(|id| core.users.get(id))
    {
        values.extend(all(&user.profile.nick, &user.metadata, |key| {
            keys.contains(key)
        }));
    }
    values
}
