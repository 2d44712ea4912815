//! Replies to the requester.

use crate::names::Text;
use serde::{Deserialize, Serialize};

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::Refusal;
use crate::login::Challenge;
use crate::names::{AccountName, ChannelName, Nick};
use crate::request::{ModeChange, Preference, WhoQuestion};
pub use crate::state::ListedMask;
use crate::state::{Ban, Hook, ListKind, Metadata, Profile, Rank, Ranks, Rights, Topic, UserFlags};
use crate::{Event, MsgId, Name, Time};

/// Reply to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Refusal of the request.
    Refused(Refusal),
    /// Confirmation without content; the reply to [`crate::Question::Barrier`].
    Passed,
    /// Reply about the session itself.
    Session(SessionReply),
    /// Reply about channels.
    Channel(ChannelReply),
    /// Reply about other users.
    User(UserReply),
    /// Reply with messages, or about where they are read to.
    History(HistoryReply),
    /// Reply about metadata.
    Metadata(MetadataReply),
    /// Reply about accounts.
    Account(AccountReply),
    /// Reply about registered channels.
    Ownership(OwnershipReply),
    /// Reply to server operators and the console.
    Admin(AdminReply),
}

/// Reply about the session itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionReply {
    /// Attachment of the session to another user of its account.
    Switched(Arc<Profile>),
    /// Completion of the session's registration.
    Registered {
        /// Profile of the session's user.
        profile: Arc<Profile>,
        /// True if it joined a user who was there already; their channels come with
        /// [`crate::Change::ShowChannels`].
        attached: bool,
    },
    /// Modes of the requester.
    UserModes(UserFlags),
    /// Away state of the requester: true if away.
    Away(bool),
    /// Displayed host of the user.
    Host(Name),
    /// Push subscription, by its endpoint.
    PushRegistered(Name),
    /// Push subscription that has ended.
    PushUnregistered(Name),
    /// Success of OPER.
    Opered,
    /// Counts of users and channels (LUSERS).
    Counts(Counts),
}

impl From<SessionReply> for Reply {
    fn from(reply: SessionReply) -> Reply {
        Reply::Session(reply)
    }
}

/// Reply about channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelReply {
    /// Topic of a channel, if set.
    Topic(ChannelName, Option<Topic>),
    /// Members of channels (NAMES), without those that the requester may not see.
    Names {
        /// True if requested, false if sent with a JOIN.
        asked: bool,
        /// Channels that were named; none if all were asked for.
        named: Vec<ChannelName>,
        /// Channels and their members.
        channels: Vec<NamesOf>,
    },
    /// State of a renamed channel, as after a JOIN, for clients without `draft/channel-rename`.
    ChannelResent {
        /// Name of the channel.
        channel: ChannelName,
        /// Topic, if set.
        topic: Option<Topic>,
        /// Read marker of the user.
        read: Option<Time>,
        /// Members, as a [`ChannelReply::Names`] that comes with a JOIN.
        names: Box<Reply>,
        /// Seconds after which the members' metadata may be requested; none if the session reads no
        /// metadata.
        metadata: Option<u32>,
    },
    /// Channels (LIST); true if there are more.
    List(Vec<ListEntry>, bool),
    /// Modes of a channel; parameters for members only.
    Modes {
        /// Name of the channel.
        channel: ChannelName,
        /// Modes, as changes that lead to them.
        modes: Vec<ModeChange>,
        /// Time of creation.
        created: Time,
    },
    /// Entries of a list mode.
    ModeList(ChannelName, ListKind, Vec<ListedMask>),
    /// Confirmation of an invitation.
    Inviting {
        /// Nick of the invited user.
        nick: Nick,
        /// Name of the channel.
        channel: ChannelName,
    },
    /// Channels that the requester is invited to.
    Invitations(Vec<ChannelName>),
    /// Delivery of the requester's knock.
    Knocked(ChannelName),
    /// Knock at a channel that the recipient operates: channel, user and reason, which may be
    /// empty.
    KnockFrom(ChannelName, Arc<Profile>, Text),
    /// Forward from a channel that the user may not join to another (+f).
    Forwarded(ChannelName, ChannelName),
}

impl From<ChannelReply> for Reply {
    fn from(reply: ChannelReply) -> Reply {
        Reply::Channel(reply)
    }
}

/// Reply about other users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserReply {
    /// Users that match a WHO; true if there are more.
    Who(WhoQuestion, Vec<WhoEntry>, bool),
    /// Details of a user (WHOIS).
    Whois(Box<WhoisInfo>),
    /// Former users of a nick (WHOWAS); empty if there were none.
    Whowas(Nick, Vec<WhowasEntry>),
    /// Nicks that are online (ISON).
    Ison(Vec<Nick>),
    /// Users and whether they are away (USERHOST).
    Userhost(Vec<(Arc<Profile>, bool)>),
    /// Nicks of all users.
    Online(Vec<Nick>),
    /// Away message of the user that a message or invitation was sent to.
    TargetAway(Nick, Text),
    /// Server operators, with their classes.
    Opers(Vec<(Nick, Name)>),
    /// Status of monitored nicks.
    Monitored {
        /// Sources of those online.
        online: Vec<Name>,
        /// Nicks of those offline.
        offline: Vec<Nick>,
    },
    /// Monitor list of the session.
    MonitorList(Vec<Nick>),
    /// Refusal of further monitored nicks: the limit, and the nicks that were not added.
    MonitorFull(usize, Vec<Nick>),
    /// Accept list of the user (+R).
    Accepted(Vec<Nick>),
}

impl From<UserReply> for Reply {
    fn from(reply: UserReply) -> Reply {
        Reply::User(reply)
    }
}

/// Reply with messages, or about where they are read to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryReply {
    /// Messages of a target, oldest first.
    History(Name, Vec<Arc<Event>>),
    /// Read marker of the user.
    ReadMarker {
        /// Channel, or nick of the other party.
        target: Name,
        /// Time of the last message read; none if unknown.
        at: Option<Time>,
        /// True if this session requested or set it.
        asked: bool,
    },
    /// Channels and nicks that the requester has history with, each with the time of its newest
    /// message; oldest first (CHATHISTORY TARGETS).
    Conversations(Vec<(Name, Time)>),
    /// Messages by channel or nick, each oldest first.
    Replay(Vec<(Name, Vec<Arc<Event>>)>),
    /// Messages found by a search, oldest first.
    Found(Vec<Arc<Event>>),
    /// Kicks and invitations from the time when the user had no connection, oldest first.
    WhileAway(Vec<Arc<Event>>),
}

impl From<HistoryReply> for Reply {
    fn from(reply: HistoryReply) -> Reply {
        Reply::History(reply)
    }
}

/// Reply about metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetadataReply {
    /// Metadata values.
    Metadata {
        /// Target of the request; none for the notification of a single change.
        about: Option<Name>,
        /// Values, each with its target.
        values: Vec<MetadataValue>,
    },
    /// Postponement of a metadata sync: the target, and the seconds after which it may be
    /// requested.
    SyncLater(Name, u32),
    /// Metadata keys subscribed to (true) or unsubscribed from (false).
    Subscribed(Vec<Name>, bool),
    /// Metadata keys that the session subscribes to.
    Subscriptions(Vec<Name>),
}

impl From<MetadataReply> for Reply {
    fn from(reply: MetadataReply) -> Reply {
        Reply::Metadata(reply)
    }
}

/// Reply about accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountReply {
    /// Login to an account.
    LoggedIn {
        /// Name of the account.
        account: AccountName,
        /// Source of the user; none before registration is complete.
        source: Option<Name>,
    },
    /// SCRAM `ServerSignature` in base64. The login is complete once the client accepts it.
    Signed(Name),
    /// Logout from the account.
    LoggedOut,
    /// SCRAM challenge.
    Challenge(Challenge),
    /// Registration of an account; true if made for another user.
    AccountCreated(AccountName, bool),
    /// Account that has to be verified by e-mail.
    VerificationRequired(AccountName),
    /// Change of the account's password.
    PasswordSet(AccountName),
    /// Change of an account preference.
    PreferenceSet(Preference, bool),
    /// Addition (true) or removal of a certificate, by fingerprint.
    CertificateSet(Name, bool),
    /// Removal of the account.
    AccountDropped(AccountName),
    /// Disconnect of the other users of a nick (RECOVER).
    Recovered(Nick),
    /// Details of an account.
    Account {
        /// Name of the account.
        name: AccountName,
        /// Time of registration.
        created: Time,
        /// Fingerprints of its certificates; for the owner only.
        certificates: Option<Vec<Name>>,
        /// Preferences: always-on and multiclient; for the owner only.
        preferences: Option<(bool, bool)>,
    },
}

impl From<AccountReply> for Reply {
    fn from(reply: AccountReply) -> Reply {
        Reply::Account(reply)
    }
}

/// Reply about registered channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnershipReply {
    /// Registration of a channel for the requester's account.
    ChannelRegistered(ChannelName),
    /// End of a channel's registration.
    ChannelDropped(ChannelName),
    /// Transfer of a channel to an account: channel and account.
    ChannelTransferred(ChannelName, AccountName),
    /// Rights of an account in a channel: channel, account and rights.
    AccessSet(ChannelName, AccountName, Rights),
    /// Change of a member's rank in a channel: true if given.
    RankSet(Nick, ChannelName, Rank, bool),
    /// Ownership of a registered channel.
    Ownership {
        /// Name of the channel.
        channel: ChannelName,
        /// Account of the founder.
        founder: AccountName,
        /// Time of registration.
        since: Time,
        /// Other accounts with rights, by name.
        access: Vec<(AccountName, Rights)>,
    },
}

impl From<OwnershipReply> for Reply {
    fn from(reply: OwnershipReply) -> Reply {
        Reply::Ownership(reply)
    }
}

/// Reply to server operators and the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminReply {
    /// New server ban, and the number of sessions it disconnected.
    Banned(Ban, usize),
    /// Removal of a server ban, by its target.
    Unbanned(Name),
    /// Server bans in force.
    Bans(Vec<Ban>),
    /// Accounts, for the console.
    Accounts(Vec<AccountRow>),
    /// Channels, for the console.
    Channels(Vec<ChannelRow>),
    /// Users, for the console.
    Users(Vec<UserRow>),
    /// New hook.
    HookAdded(Hook),
    /// Hook that was removed.
    HookRemoved(Hook),
    /// Hook of a token, and the id before the first message of its channel that may be read.
    HookView(Hook, MsgId),
    /// Hooks, for the console.
    Hooks(Vec<Hook>),
    /// Id of the message that a hook has posted.
    HookPosted(MsgId),
    /// Account whose password was right.
    PasswordRight(AccountName),
    /// Result of REHASH: the notice, or the error.
    Rehashed(Result<Name, Name>),
}

impl From<AdminReply> for Reply {
    fn from(reply: AdminReply) -> Reply {
        Reply::Admin(reply)
    }
}

/// Members of one channel, in a NAMES reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamesOf {
    /// Name of the channel.
    pub channel: ChannelName,
    /// True if the channel is secret (+s).
    pub secret: bool,
    /// Members with their ranks, shared by all recipients with the same view.
    pub members: Arc<[(Ranks, Arc<Profile>)]>,
}

/// Metadata key of a target, with its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataValue {
    /// Nick or channel.
    pub target: Name,
    /// Key, as requested.
    pub key: Name,
    /// State of the key.
    pub value: MetadataEntry,
}

/// State of a metadata key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MetadataEntry {
    /// Value of the key.
    Value(Name),
    /// Key without a value.
    Unset,
    /// Invalid key.
    NoKey,
}

/// Channel in a LIST reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListEntry {
    /// Name of the channel.
    pub name: ChannelName,
    /// Number of members.
    pub users: usize,
    /// Topic; may be empty.
    pub topic: Text,
}

/// User in a WHO reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhoEntry {
    /// Channel that requester and user share, or the one requested.
    pub channel: Option<ChannelName>,
    /// Profile of the user.
    pub profile: Arc<Profile>,
    /// Ranks in that channel.
    pub ranks: Ranks,
    /// True if away.
    pub away: bool,
    /// Address, if the requester may see it.
    pub address: Option<Name>,
    /// Seconds since the last message.
    pub idle: u64,
}

/// Details of a user (WHOIS).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhoisInfo {
    /// Profile of the user.
    pub profile: Arc<Profile>,
    /// Channels visible to the requester, with the user's ranks.
    pub channels: Vec<(Ranks, ChannelName)>,
    /// Away message.
    pub away: Option<Text>,
    /// Seconds since the last message.
    pub idle: u64,
    /// Time of registration with the server.
    pub signon: Time,
    /// True if all connections are encrypted.
    pub secure: bool,
    /// Address and modes, for the user and for server operators who may see them.
    pub private: Option<(Name, UserFlags)>,
    /// Class of a server operator.
    pub oper: Option<Name>,
    /// Metadata of the user.
    pub metadata: Metadata,
}

/// Former user of a nick, in a WHOWAS reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhowasEntry {
    /// Last profile under the nick.
    pub profile: Arc<Profile>,
    /// Time of the quit or nick change.
    pub until: Time,
}

/// Counts of users and channels (LUSERS).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Users without +i.
    pub visible: usize,
    /// Users with +i.
    pub invisible: usize,
    /// Server operators.
    pub opers: usize,
    /// Channels with members.
    pub channels: usize,
    /// Highest number of users at once.
    pub most: usize,
}

/// Account, in a console listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// Name of the account.
    pub name: AccountName,
    /// Time of registration.
    pub created: Time,
    /// True if its user is always-on.
    pub always_on: bool,
    /// Number of certificates.
    pub certificates: usize,
    /// True if suspended.
    pub suspended: bool,
}

/// Channel, in a console listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelRow {
    /// Name of the channel.
    pub name: ChannelName,
    /// Number of members.
    pub members: usize,
    /// Account of the founder.
    pub founder: Option<AccountName>,
    /// Topic.
    pub topic: Option<Text>,
}

/// User, in a console listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    /// Nick.
    pub nick: Nick,
    /// Account.
    pub account: Option<AccountName>,
    /// Address.
    pub address: Name,
    /// Number of sessions.
    pub sessions: usize,
    /// Time of registration with the server.
    pub since: Time,
    /// Seconds since the last message.
    pub idle: u64,
    /// True if a server operator.
    pub oper: bool,
}
