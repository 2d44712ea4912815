//! Topics, modes and lists of channels, and user modes.

use crate::error::ModeError;
use crate::names::ChannelName;
use crate::names::Nick;
use crate::reply::{ChannelReply, SessionReply};
use alloc::vec::Vec;

use crate::replica::Replica;
use crate::request::ModeChange;
use crate::state::{ListKind, User};
use crate::{Refusal, Reply, rules};

pub(crate) fn topic(replica: &Replica, asker: &User, name: &ChannelName) -> Result<Reply, Refusal> {
    let channel = replica.channel_seen_by(name, asker.profile.id)?;
    Ok(Reply::Channel(ChannelReply::Topic(
        channel.name.clone(),
        channel.topic.clone(),
    )))
}

pub(crate) fn modes(replica: &Replica, asker: &User, name: &ChannelName) -> Result<Reply, Refusal> {
    let channel = replica.channel_seen_by(name, asker.profile.id)?;
    let member = channel.members.contains_key(&asker.profile.id);
    let mut modes: Vec<ModeChange> = channel
        .flags
        .iter()
        .map(|flag| ModeChange::Flag(flag, true))
        .collect();
    if let Some(key) = &channel.key {
        let shown = if member { key.clone() } else { "*".into() };
        modes.push(ModeChange::Key(shown, true));
    }
    if channel.limit.is_some() {
        modes.push(ModeChange::Limit(channel.limit));
    }
    if channel.slow.is_some() {
        modes.push(ModeChange::Slow(channel.slow));
    }
    if let Some(target) = channel
        .forward
        .as_ref()
        .and_then(|f| replica.channels.get(&f.channel))
    {
        modes.push(ModeChange::Forward(Some(target.name.clone())));
    }
    Ok(Reply::Channel(ChannelReply::Modes {
        channel: channel.name.clone(),
        modes,
        created: channel.created,
    }))
}

pub(crate) fn list(
    replica: &Replica,
    asker: &User,
    name: &ChannelName,
    kind: ListKind,
) -> Result<Reply, Refusal> {
    let channel = replica.channel_seen_by(name, asker.profile.id)?;
    rules::mode::may_see_list(channel, &asker.profile, kind)?;
    Ok(Reply::Channel(ChannelReply::ModeList(
        channel.name.clone(),
        kind,
        channel.list(kind).to_vec(),
    )))
}

pub(crate) fn user_modes(replica: &Replica, asker: &User, nick: &Nick) -> Result<Reply, Refusal> {
    let owner = &replica.user_by_nick(nick)?.profile;
    if owner.id != asker.profile.id {
        return Err(Refusal::Mode(ModeError::NotYourModes));
    }
    Ok(Reply::Session(SessionReply::UserModes(asker.flags)))
}
