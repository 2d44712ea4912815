//! What is kept.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::history::{Log, Party};
use crate::names::Folded;
use crate::state::{Account, Ban, Flags, Lists, Metadata, Ranks, Registered, Topic, UserFlags};
use crate::{Event, MsgId, Name, Time, UserId};

/// Something to keep, in the order of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// Something that was said.
    Message(Log, Arc<Event>),
    /// Something else that happened in a channel.
    ChannelEvent(Log, Arc<Event>),
    /// Up to where somebody with an account has read, in a channel or with a nick.
    ReadMarker(Party, Folded, Time),
    /// A channel as it is now.
    Channel(KeptChannel),
    /// A channel has another name: its old one, folded, and the channel as it is now. What
    /// was said in it goes with it.
    Renamed(Folded, KeptChannel),
    /// An account as it is now.
    Account(Account),
    /// An account is no more.
    AccountDropped(Folded),
    /// A user who stays as they are now.
    AlwaysOn(KeptUser),
    /// Nobody stays in this account any more.
    AlwaysOnEnded(Folded),
    /// Somebody is kept out from here on.
    Banned(Ban),
    /// Somebody is kept out no more: the ban as it is shown.
    Unbanned(Name),
    /// All that was said in an account, by its name, since when there was one, and until now, is
    /// gone.
    Erased(Name, Time, MsgId),
    /// Something that only a few may do was done.
    Audit(Audit),
    /// Nothing is remembered of a channel any more; whether what was said in it is closed to
    /// whoever makes one of that name again.
    ChannelForgotten(Folded, bool),
    /// What was said is taken back, for good.
    Redacted(Log, MsgId),
}

/// What outlasts a restart of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptChannel {
    /// Its name.
    pub name: Name,
    /// Its name as it is compared.
    pub folded: Folded,
    /// When it was created.
    pub created: Time,
    /// Its topic.
    pub topic: Option<Topic>,
    /// Its key.
    pub key: Option<Name>,
    /// Its flags.
    pub flags: Flags,
    /// The most members.
    pub limit: Option<u32>,
    /// The channel to which those go who may not join.
    pub forward: Option<Name>,
    /// Seconds that a member waits between two messages.
    pub slow: Option<u32>,
    /// Bans, exceptions, invitation masks.
    pub lists: Lists,
    /// Bans that were lifted, oldest first.
    pub lifted: Vec<LiftedBan>,
    /// Whose it is, if it is registered.
    pub registered: Option<Registered>,
    /// What was said up to here belongs to an earlier channel of the same name and is
    /// shown to nobody.
    pub history_from: MsgId,
    /// What is known about it.
    pub metadata: Metadata,
}

/// What outlasts a restart of a user who stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptUser {
    /// The account that they stay in.
    pub account: Folded,
    /// Which user.
    pub id: UserId,
    /// The nick.
    pub nick: Name,
    /// The user name.
    pub user: Name,
    /// Where they come from, as it is shown.
    pub host: Name,
    /// The address.
    pub address: Name,
    /// The real name.
    pub realname: Name,
    /// The away text.
    pub away: Option<Name>,
    /// Their modes.
    pub flags: UserFlags,
    /// When they came.
    pub signon: Time,
    /// When their last connection ended; none while one is there.
    pub left: Option<MsgId>,
    /// The channels that they are in.
    pub channels: Vec<KeptMember>,
}

/// A channel that a user who stays is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptMember {
    /// Its name.
    pub channel: Name,
    /// Their ranks there.
    pub ranks: Ranks,
    /// When they came into it.
    pub joined: MsgId,
}

/// A ban that was lifted: whom it covered may not read what was said meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiftedBan {
    /// The mask.
    pub mask: Name,
    /// Since when it was there.
    pub from: Time,
    /// When it was lifted.
    pub until: Time,
}

/// Something that only a few may do, and who has done it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// When.
    pub at: Time,
    /// Who: nick, user and host, and the name as an operator; or the console.
    pub who: Name,
    /// What, in one word.
    pub action: Name,
    /// To whom, or to what.
    pub about: Name,
    /// What else there is to know of it.
    pub detail: Name,
}

/// What was kept, for a core that starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// The last place in the journal that is kept.
    pub last: MsgId,
    /// The channels.
    pub channels: Vec<KeptChannel>,
    /// The accounts.
    pub accounts: Vec<Account>,
    /// Who is kept out.
    pub bans: Vec<Ban>,
    /// Users who stay.
    pub always_on: Vec<KeptUser>,
    /// Up to where they have read.
    pub markers: Vec<(Party, Folded, Time)>,
}
