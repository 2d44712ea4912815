//! What the core knows: sessions, users, channels.

mod channel;
mod profile;
mod session;
mod user;
mod whowas;

pub use channel::{Channel, ChannelFlag, Flags, ListKind, Member, Rank, Ranks, Topic};
pub use profile::Profile;
pub(crate) use session::{Pending, Session};
pub use user::{Invitation, User};
pub(crate) use whowas::Whowas;
