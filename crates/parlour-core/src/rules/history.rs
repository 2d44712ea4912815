//! Who may read what was said.

use crate::rules::lists;
use crate::state::{Channel, Profile};
use crate::{MsgId, Refusal};

/// Where the part of a channel's past begins that `who` may read: members may, unless
/// they are banned.
pub(crate) fn channel_from(channel: &Channel, who: &Profile) -> Result<MsgId, Refusal> {
    if channel.members.contains_key(&who.id) && !lists::is_banned(channel, who) {
        Ok(channel.history_from)
    } else {
        Err(Refusal::NoHistory(channel.name.clone()))
    }
}
