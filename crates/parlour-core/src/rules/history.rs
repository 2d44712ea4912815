//! Who may read what was said.

use crate::MsgId;
use crate::rules::lists;
use crate::state::{Channel, Profile};

/// Where the part of a channel's past begins that `who` may read: members may, unless
/// they are banned; none, if they may read nothing.
pub(crate) fn channel_from(channel: &Channel, who: &Profile) -> Option<MsgId> {
    let may = channel.members.contains_key(&who.id) && !lists::is_banned(channel, who);
    may.then_some(channel.history_from)
}
