//! Rules for what a user may do and see, decided here and nowhere else.
//!
//! Each rule is a pure function of the state; it allows something or names what forbids it.

pub(crate) mod account;
pub(crate) mod ban;
pub(crate) mod console;
pub(crate) mod history;
pub(crate) mod hook;
pub(crate) mod invite;
pub(crate) mod join;
pub(crate) mod kick;
pub(crate) mod lists;
pub(crate) mod message;
pub(crate) mod metadata;
pub(crate) mod mode;
pub(crate) mod oper;
pub(crate) mod redact;
pub(crate) mod registered;
pub(crate) mod relay;
pub(crate) mod see;
pub(crate) mod topic;

use crate::Refusal;
use crate::error::ChannelError;
use crate::state::{Channel, Profile, Rank, Ranks};

/// Returns the requester's ranks, or refuses if they are not in the channel.
pub(crate) fn member(channel: &Channel, who: &Profile) -> Result<Ranks, Refusal> {
    channel
        .ranks(who.id)
        .ok_or_else(|| Refusal::Channel(ChannelError::NotOnChannel(channel.name.clone())))
}

/// Checks that the requester is an operator of the channel.
pub(crate) fn require_operator(channel: &Channel, who: &Profile) -> Result<(), Refusal> {
    if member(channel, who)?.at_least(Rank::Operator) {
        Ok(())
    } else {
        Err(Refusal::Channel(ChannelError::OpNeeded(
            channel.name.clone(),
        )))
    }
}
