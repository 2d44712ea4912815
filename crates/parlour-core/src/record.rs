//! What is kept.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::history::{Log, Party};
use crate::names::Folded;
use crate::state::{Account, Flags, Lists, Metadata, Registered, Topic};
use crate::{Event, MsgId, Name, Time};

/// Something to keep, in the order of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// Something that was said.
    Said(Log, Arc<Event>),
    /// Something else that happened in a channel.
    Happened(Log, Arc<Event>),
    /// Up to where somebody with an account has read, in a channel or with a nick.
    Read(Party, Folded, Time),
    /// A channel as it is now.
    Channel(KeptChannel),
    /// A channel has another name: its old one, folded, and the channel as it is now. What
    /// was said in it goes with it.
    Renamed(Folded, KeptChannel),
    /// An account as it is now.
    Account(Account),
    /// An account is no more.
    AccountDropped(Folded),
    /// Nothing is remembered of a channel any more; whether what was said in it is closed to
    /// whoever makes one of that name again.
    Forgotten(Folded, bool),
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
    /// Whose it is, if it is registered.
    pub registered: Option<Registered>,
    /// What was said up to here belongs to an earlier channel of the same name and is
    /// shown to nobody.
    pub history_from: MsgId,
    /// What is known about it.
    pub metadata: Metadata,
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
    /// Up to where they have read.
    pub markers: Vec<(Party, Folded, Time)>,
}
