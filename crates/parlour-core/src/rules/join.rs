//! Rules for joins and knocks.

use crate::Refusal;
use crate::error::JoinError;
use crate::rules::lists;
use crate::state::{Channel, ChannelFlag, ListKind, Right, User};

/// Checks whether `user` may join `channel` with `key`. An invitation overrides all modes and bans
/// (Modern IRC, INVITE), and so does the right to be its operator.
pub(crate) fn may_join(channel: &Channel, user: &User, key: Option<&str>) -> Result<(), Refusal> {
    let name = || channel.name.clone();
    if user.is_invited(channel) || channel.may(user.profile.account.as_ref(), Right::Operator) {
        return Ok(());
    }
    if channel
        .key
        .as_deref()
        .is_some_and(|wanted| key != Some(wanted))
    {
        return Err(Refusal::Join(JoinError::WrongKey(name())));
    }
    if channel
        .limit
        .is_some_and(|limit| channel.members.len() >= limit as usize)
    {
        return Err(Refusal::Join(JoinError::Full(name())));
    }
    let excepted = lists::covers(channel, ListKind::InviteExceptions, &user.profile);
    if channel.flags.has(ChannelFlag::InviteOnly) && !excepted {
        return Err(Refusal::Join(JoinError::InviteOnly(name())));
    }
    if lists::is_banned(channel, &user.profile) {
        return Err(Refusal::Join(JoinError::Banned(name())));
    }
    if channel.flags.has(ChannelFlag::RegisteredOnly) && user.profile.account.is_none() && !excepted
    {
        return Err(Refusal::Join(JoinError::RegisteredOnly(name())));
    }
    Ok(())
}

/// Checks that `user` is in fewer channels than `most`.
pub(crate) fn has_room(user: &User, most: usize, channel: &str) -> Result<(), Refusal> {
    if user.channels.len() < most {
        Ok(())
    } else {
        Err(Refusal::Join(JoinError::TooManyChannels(channel.into())))
    }
}

/// Checks whether `user` may knock at `channel`: it is closed to them, and their last knock is more
/// than `pause` ago.
pub(crate) fn may_knock(
    channel: &Channel,
    user: &User,
    now: crate::Instant,
    pause: u64,
) -> Result<(), Refusal> {
    let name = || channel.name.clone();
    if channel.members.contains_key(&user.profile.id) {
        return Err(Refusal::Join(JoinError::KnockInside(name())));
    }
    let closed = channel.flags.has(ChannelFlag::InviteOnly)
        || channel.key.is_some()
        || channel
            .limit
            .is_some_and(|limit| channel.members.len() >= limit as usize);
    if !closed {
        return Err(Refusal::Join(JoinError::ChannelOpen(name())));
    }
    if lists::is_banned(channel, &user.profile) || lists::is_muted(channel, &user.profile) {
        return Err(Refusal::Join(JoinError::CannotKnock(name())));
    }
    if user.knocked.is_some_and(|at| now < at.plus(pause)) {
        return Err(Refusal::Join(JoinError::KnockedAlready(name())));
    }
    Ok(())
}
