//! State of the core: sessions, users, channels.

mod account;
mod bans;
mod channel;
mod flags;
mod markers;
mod metadata;
mod oper;
mod profile;
mod rank;
mod redacted;
mod registered;
mod session;
mod unverified;
mod user;
mod user_counts;
mod whowas;

pub(crate) use account::Accounts;
pub use account::{Account, ScramKeys, Verifier};
pub use bans::{Ban, BanAction, BanTarget};
pub(crate) use bans::{BanSubject, Bans, ban_matches};
pub use channel::{Channel, ChannelFlag, Flags, Forward, ListKind, Lists, Member, Topic};
pub use flags::{Flag, FlagSet};
pub(crate) use markers::Markers;
pub use metadata::{Metadata, metadata_key};
pub use oper::{Oper, PRIVILEGES, Privilege};
pub use profile::Profile;
pub use rank::{Rank, Ranks};
pub(crate) use redacted::Redacted;
pub use registered::{Registered, Right, Rights};
pub(crate) use session::{Backlog, Session};
pub(crate) use unverified::{CodeCheck, Unverified};
pub use user::{Invitation, User, UserFlag, UserFlags};
pub(crate) use user_counts::UserCounts;
pub(crate) use whowas::Whowas;
