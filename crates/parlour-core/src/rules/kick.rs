//! Rule for kicks.

use crate::Refusal;
use crate::error::ChannelError;
use crate::state::{Channel, Profile, Rank, Ranks};

/// Checks whether `who` may kick `target`: operators may, but only a founder may kick a founder.
pub(crate) fn may_kick(channel: &Channel, who: &Profile, target: &Profile) -> Result<(), Refusal> {
    super::require_operator(channel, who)?;
    let Some(ranks) = channel.ranks(target.id) else {
        return Err(Refusal::Channel(ChannelError::UserNotOnChannel(
            target.nick.clone(),
            channel.name.clone(),
        )));
    };
    let is_founder = |ranks: Ranks| ranks.has(Rank::Founder);
    if is_founder(ranks) && !channel.ranks(who.id).is_some_and(is_founder) {
        return Err(Refusal::Channel(ChannelError::OpNeeded(
            channel.name.clone(),
        )));
    }
    Ok(())
}
