//! Records: what the store keeps.

use crate::names::{Mask, Text};
use serde::{Deserialize, Serialize};

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::history::{Log, Party};
use crate::names::Folded;
use crate::names::{AccountName, ChannelName, Nick};
use crate::state::{
    Account, Ban, Flags, Hook, Lists, Metadata, PushSubscription, Ranks, Registered, Topic,
    UserFlags,
};
use crate::{Event, MsgId, Name, Time, UserId};

/// Record to store, in journal order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// Message.
    Message(Log, Arc<Event>),
    /// Other event of a channel: join, mode and the like.
    ChannelEvent(Log, Arc<Event>),
    /// Read marker of an account, for a channel or a nick.
    ReadMarker(Party, Folded, Time),
    /// State of a channel.
    Channel(StoredChannel),
    /// Rename of a channel: old name, folded, and the state under the new one. Its log moves along.
    Renamed(Folded, StoredChannel),
    /// State of an account.
    Account(Account),
    /// Removal of an account.
    AccountDropped(Folded),
    /// State of an always-on user.
    AlwaysOn(StoredUser),
    /// End of the always-on user of this account.
    AlwaysOnEnded(Folded),
    /// New server ban.
    Banned(Ban),
    /// Removal of a server ban, by its target as displayed.
    Unbanned(Name),
    /// Erasure of all messages from an account: its name, when it was registered, and the last id.
    Erased(AccountName, Time, MsgId),
    /// Audit record of a privileged action.
    Audit(Audit),
    /// Removal of a channel; true if its log is to stay hidden from whoever creates it again.
    ChannelForgotten(Folded, bool),
    /// Deletion of a message (REDACT).
    Redacted(Log, MsgId),
    /// Push subscription of an account.
    Push(Folded, PushSubscription),
    /// End of a push subscription, by its endpoint.
    PushGone(Name),
    /// State of a hook.
    Hook(Hook),
    /// Removal of a hook, by its name.
    HookRemoved(Nick),
}

/// Persistent state of a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredChannel {
    /// Display name.
    pub name: ChannelName,
    /// Folded name.
    pub folded: Folded,
    /// Time of creation.
    pub created: Time,
    /// Topic.
    pub topic: Option<Topic>,
    /// Key (+k).
    pub key: Option<Name>,
    /// Mode flags.
    pub flags: Flags,
    /// Maximum number of members (+l).
    pub limit: Option<u32>,
    /// Name of the channel it forwards to (+f).
    pub forward: Option<ChannelName>,
    /// Seconds between two messages of one member (+W).
    pub slow: Option<u32>,
    /// Ban, exception and invite-exception lists.
    pub lists: Lists,
    /// Lifted bans, oldest first.
    pub lifted: Vec<LiftedBan>,
    /// Registration, if an account owns it.
    pub registered: Option<Registered>,
    /// Last id of an earlier channel of the same name; messages up to it are hidden from all.
    pub history_from: MsgId,
    /// Metadata.
    pub metadata: Metadata,
}

/// Persistent state of an always-on user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredUser {
    /// Account.
    pub account: Folded,
    /// Id of the user.
    pub id: UserId,
    /// Nick.
    pub nick: Nick,
    /// User name.
    pub user: Name,
    /// Displayed host.
    pub host: Name,
    /// Address.
    pub address: Name,
    /// Real name.
    pub realname: Text,
    /// Away message.
    pub away: Option<Text>,
    /// User modes.
    pub flags: UserFlags,
    /// Time of registration with the server.
    pub signon: Time,
    /// End of the last connection; none while one exists.
    pub left: Option<MsgId>,
    /// Channel memberships.
    pub channels: Vec<StoredMembership>,
}

/// Channel membership of an always-on user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredMembership {
    /// Name of the channel.
    pub channel: ChannelName,
    /// Ranks in the channel.
    pub ranks: Ranks,
    /// Id of the join.
    pub joined: MsgId,
}

/// Lifted ban: users whom it matched may not read the messages from its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiftedBan {
    /// Ban mask.
    pub mask: Mask,
    /// Time it was set.
    pub from: Time,
    /// Time it was lifted.
    pub until: Time,
}

/// Audit record of a privileged action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// Time of the action.
    pub at: Time,
    /// Actor: `nick!user@host` and the server operator's name, or the console.
    pub who: Name,
    /// Action, in one word.
    pub action: Name,
    /// User, channel or other target.
    pub about: Name,
    /// Further details.
    pub detail: Name,
}

/// Stored state for a core that starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Last journal id stored.
    pub last: MsgId,
    /// Channels.
    pub channels: Vec<StoredChannel>,
    /// Accounts.
    pub accounts: Vec<Account>,
    /// Server bans.
    pub bans: Vec<Ban>,
    /// Always-on users.
    pub always_on: Vec<StoredUser>,
    /// Read markers.
    pub markers: Vec<(Party, Folded, Time)>,
    /// Hooks.
    pub hooks: Vec<Hook>,
    /// Push subscriptions with their accounts, the oldest first.
    pub pushes: Vec<(Folded, PushSubscription)>,
}
