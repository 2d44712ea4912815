//! Who may join.

use crate::Refusal;
use crate::rules::lists;
use crate::state::{Channel, ChannelFlag, ListKind, User};

/// Whether `user` may join `channel` with `key`. An invitation opens what is for
/// those invited, full, or banned (Modern IRC, INVITE).
pub(crate) fn may_join(channel: &Channel, user: &User, key: Option<&str>) -> Result<(), Refusal> {
    let name = || channel.name.clone();
    if user.is_invited(channel) {
        return Ok(());
    }
    if channel
        .key
        .as_deref()
        .is_some_and(|wanted| key != Some(wanted))
    {
        return Err(Refusal::WrongKey(name()));
    }
    if channel
        .limit
        .is_some_and(|limit| channel.members.len() >= limit as usize)
    {
        return Err(Refusal::Full(name()));
    }
    if channel.flags.has(ChannelFlag::InviteOnly)
        && !lists::covers(channel, ListKind::InviteExceptions, &user.profile)
    {
        return Err(Refusal::InviteOnly(name()));
    }
    if lists::is_banned(channel, &user.profile) {
        return Err(Refusal::Banned(name()));
    }
    Ok(())
}

/// Whether `user` may be in one more channel than now, of at most `most`.
pub(crate) fn has_room(user: &User, most: usize, channel: &str) -> Result<(), Refusal> {
    if user.channels.len() < most {
        Ok(())
    } else {
        Err(Refusal::TooManyChannels(channel.into()))
    }
}
