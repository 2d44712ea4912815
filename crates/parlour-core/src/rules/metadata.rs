//! Who may see and set what is known about users and channels.

use crate::state::{Channel, ChannelFlag, Privilege, Rank, User};

/// Whether `asker` may see a channel's metadata: members may, and all where all may join.
pub(crate) fn may_see_channel(channel: &Channel, asker: &User) -> bool {
    let closed = channel.flags.has(ChannelFlag::Secret) || channel.is_closed();
    !closed || channel.members.contains_key(&asker.profile.id) || asker.may(Privilege::See)
}

/// Whether `asker` may set a channel's metadata: those who run it.
pub(crate) fn may_set_channel(channel: &Channel, asker: &User) -> bool {
    channel
        .ranks(asker.profile.id)
        .is_some_and(|ranks| ranks.at_least(Rank::Operator))
}
