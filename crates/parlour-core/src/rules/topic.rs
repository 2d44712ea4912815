//! Who may set a topic.

use crate::Refusal;
use crate::state::{Channel, ChannelFlag, Profile};

/// Whether `who` may set the topic: members, and only operators under +t.
pub(crate) fn may_set(channel: &Channel, who: &Profile) -> Result<(), Refusal> {
    super::member(channel, who)?;
    if channel.flags.has(ChannelFlag::TopicLocked) {
        super::operator(channel, who)?;
    }
    Ok(())
}
