//! Who may see what.

use crate::mask;
use crate::state::{Channel, ChannelFlag, User};

/// Whether `asker` may know that the channel is there and who is in it.
pub(crate) fn channel(channel: &Channel, asker: &User) -> bool {
    !channel.flags.has(ChannelFlag::Secret) || channel.members.contains_key(&asker.profile.id)
}

/// Whether `asker` comes across `user` without naming them: all who are not
/// invisible, and those with whom they share a channel.
pub(crate) fn user(user: &User, asker: &User) -> bool {
    !user.invisible
        || user.profile.id == asker.profile.id
        || user
            .channels
            .keys()
            .any(|channel| asker.channels.contains_key(channel))
}

/// Whether a WHO mask means `user`: their nick, user name, host, real name or source.
pub(crate) fn mask_means(wanted: &str, user: &User) -> bool {
    let p = &user.profile;
    [&p.nick, &p.user, &p.host, &p.realname, &p.source]
        .into_iter()
        .any(|field| mask::matches(wanted, field))
}
