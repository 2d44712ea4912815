//! What the core says, as lines.

mod events;
mod metadata;
mod moderation;
mod multiline;
mod past;
mod refusals;
mod replies;
mod users;

use parlour_core::Reply;

use super::IrcDoor;
use crate::turn::Turn;
pub(crate) use events::{event, matters};
pub(super) use moderation::{banned, suspended};
pub(super) use refusals::kept_out;
pub(super) use replies::fill;

/// Writes an answer.
pub(super) fn write_reply(door: &mut IrcDoor, turn: &mut Turn, reply: &Reply) {
    let mut out = std::mem::take(&mut turn.out);
    replies::reply(door, turn, &mut out, reply);
    turn.out = out;
}
