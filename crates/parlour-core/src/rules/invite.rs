//! Who may invite whom.

use crate::Refusal;
use crate::state::{Channel, ChannelFlag, Profile};

/// Whether `who` may invite `guest`: members may, and only operators where only those
/// invited may join.
pub(crate) fn may_invite(channel: &Channel, who: &Profile, guest: &Profile) -> Result<(), Refusal> {
    super::member(channel, who)?;
    if channel.flags.has(ChannelFlag::InviteOnly) {
        super::operator(channel, who)?;
    }
    if channel.members.contains_key(&guest.id) {
        return Err(Refusal::AlreadyOnChannel(
            guest.nick.clone(),
            channel.name.clone(),
        ));
    }
    Ok(())
}
