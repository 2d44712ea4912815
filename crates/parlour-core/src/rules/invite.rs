//! Rule for invitations.

use crate::Refusal;
use crate::error::ChannelError;
use crate::state::{Channel, ChannelFlag, Profile};

/// Checks whether `who` may invite `guest`: members may, but only operators if the channel is
/// invite-only (+i).
pub(crate) fn may_invite(channel: &Channel, who: &Profile, guest: &Profile) -> Result<(), Refusal> {
    super::member(channel, who)?;
    if channel.flags.has(ChannelFlag::InviteOnly) {
        super::require_operator(channel, who)?;
    }
    if channel.members.contains_key(&guest.id) {
        return Err(Refusal::Channel(ChannelError::AlreadyOnChannel(
            guest.nick.clone(),
            channel.name.clone(),
        )));
    }
    Ok(())
}
