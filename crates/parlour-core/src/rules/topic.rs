//! Rule for topics.

use crate::Refusal;
use crate::state::{Channel, ChannelFlag, Profile};

/// Checks whether `who` may set the topic: members may, but only operators under +t.
pub(crate) fn may_set(channel: &Channel, who: &Profile) -> Result<(), Refusal> {
    super::member(channel, who)?;
    if channel.flags.has(ChannelFlag::TopicLocked) {
        super::require_operator(channel, who)?;
    }
    Ok(())
}
