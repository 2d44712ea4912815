//! What the core knows: sessions, users, channels.

mod account;
mod attempts;
mod bans;
mod channel;
mod flags;
mod markers;
mod metadata;
mod oper;
mod profile;
mod redacted;
mod registered;
mod session;
mod tally;
mod unverified;
mod user;
mod whowas;

pub(crate) use account::Accounts;
pub use account::{Account, ScramKeys, Verifier};
pub(crate) use attempts::{Attempts, is_loopback, place};
pub use bans::{Ban, BanTarget};
pub(crate) use bans::{Bans, Suspect, means};
pub use channel::{
    Channel, ChannelFlag, Flags, Forward, ListKind, Lists, Member, Rank, Ranks, Topic,
};
pub use flags::{Flag, FlagSet};
pub(crate) use markers::Markers;
pub use metadata::{Metadata, metadata_key};
pub use oper::{Oper, PRIVILEGES, Privilege};
pub use profile::Profile;
pub(crate) use redacted::Redacted;
pub use registered::{Registered, Right, Rights};
pub(crate) use session::{Missed, Pending, Session, Waiting};
pub(crate) use tally::Tally;
pub(crate) use unverified::{Unverified, Verdict};
pub(crate) use user::Wishes;
pub use user::{Invitation, User, UserFlag, UserFlags};
pub(crate) use whowas::Whowas;
