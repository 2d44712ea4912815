//! Who may throw out whom.

use crate::Refusal;
use crate::state::{Channel, Profile};

/// Whether `who` may throw `target` out.
pub(crate) fn may_kick(channel: &Channel, who: &Profile, target: &Profile) -> Result<(), Refusal> {
    super::operator(channel, who)?;
    if channel.members.contains_key(&target.id) {
        Ok(())
    } else {
        Err(Refusal::UserNotOnChannel(
            target.nick.clone(),
            channel.name.clone(),
        ))
    }
}
