//! Rules for channel metadata.

use crate::state::{Channel, ChannelFlag, Privilege, Rank, User};

/// Returns whether `asker` may see a channel's metadata: members and server operators who see all
/// may, and everybody if the channel is open.
pub(crate) fn may_see_channel(channel: &Channel, asker: &User) -> bool {
    let closed = channel.flags.has(ChannelFlag::Secret) || channel.is_closed();
    !closed || channel.members.contains_key(&asker.profile.id) || asker.may(Privilege::See)
}

/// Returns whether `asker` may set a channel's metadata: operators may.
pub(crate) fn may_set_channel(channel: &Channel, asker: &User) -> bool {
    channel
        .ranks(asker.profile.id)
        .is_some_and(|ranks| ranks.at_least(Rank::Operator))
}
