//! What the core says, as lines.

mod events;
mod refusals;
mod replies;

pub(crate) use events::event;
pub(super) use replies::reply;
