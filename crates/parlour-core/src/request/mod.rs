//! Requests of sessions.

mod account;
mod admin;

use crate::names::{Mask, Text};
use serde::{Deserialize, Serialize};

pub use account::{NewAccount, NewPassword};
pub use admin::{AdminCommand, AdminQuestion, HookCommand, HookMessage, NewHook};

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::history::{Point, Selector};
use crate::login::Login;
pub use crate::login::Origin;
pub use crate::message_kind::{MessageKind, Splits};
pub use crate::mode_change::ModeChange;
use crate::names::{AccountName, ChannelName, Nick};
use crate::secret::Secret;
use crate::state::{BanAction, ListKind, Rank, ResumeKey, Right, UserFlag};
use crate::{CallId, MsgId, Name, NodeId, SessionId, Settings, Time};

/// Request of a session, with its number.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Session that makes it.
    pub session: SessionId,
    /// Number given by the door; the effects it causes carry it.
    pub id: CallId,
    /// True if [`crate::Effect::Done`] is to follow the last effect.
    pub done: bool,
    /// Request itself.
    pub request: Request,
}

/// Request: a question or a change.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Question, answered from the current state or the store.
    Ask(Question),
    /// Change, proposed to the journal.
    Do(Change),
    /// Change of what the session is told, applied at once.
    Set(SessionChange),
}

/// Question about the state or the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Barrier: its reply has its place among those of the other calls, so that what a door answers
    /// by itself overtakes none of them.
    Barrier,
    /// As [`Question::Barrier`], provided that a user has this nick.
    BarrierIfOnline(Nick),
    /// Members of channels; of all if none is named (NAMES).
    Names(Vec<ChannelName>),
    /// Channels and nicks whose newest message is between two points, both excluded; at most so
    /// many, counted from the first point (CHATHISTORY TARGETS).
    Conversations((Point, Point), usize),
    /// Messages missed while the user had no connection, except in these targets.
    Backlog(Vec<Name>),
    /// Messages of several targets.
    Replay(ReplayQuestion),
    /// Search for messages.
    Search(SearchQuestion),
    /// Read marker of a channel or conversation.
    ReadMarker(Name),
    /// Channels (LIST).
    List(ListFilter),
    /// Users of a channel or matching a mask (WHO).
    Who(WhoQuestion),
    /// Details of a user (WHOIS).
    Whois(Nick),
    /// Former users of a nick, newest first, at most so many; 0: all (WHOWAS).
    Whowas(Nick, usize),
    /// Online state of nicks (ISON).
    Ison(Vec<Nick>),
    /// Host and away state of nicks (USERHOST).
    Userhost(Vec<Nick>),
    /// Counts of users and channels (LUSERS).
    Counts,
    /// Nicks of all users.
    Online,
    /// Topic of a channel.
    Topic(ChannelName),
    /// Modes of a channel.
    Modes(ChannelName),
    /// Entries of a list mode.
    ModeList(ChannelName, ListKind),
    /// Modes of a user, who has to be the requester.
    UserModes(Nick),
    /// Pending invitations of the requester.
    Invitations,
    /// Monitor list of the session, or the status of its nicks.
    Monitored(MonitorQuestion),
    /// Accept list of the requester (+R).
    Accepted,
    /// Metadata of a user or channel; `*` is the requester.
    Metadata(Name, MetadataQuestion),
    /// Metadata keys that the session subscribes to.
    Subscriptions,
    /// Server operators.
    Opers,
    /// Start of a SCRAM exchange.
    ScramChallenge {
        /// Name of the account.
        account: AccountName,
        /// Address of the client.
        from: Name,
    },
    /// Details of an account; none: the requester's.
    Account(Option<AccountName>),
    /// Listing for the console.
    Admin(AdminQuestion),
    /// Server bans.
    Bans,
    /// Ownership of a channel and the rights in it.
    Ownership(ChannelName),
    /// Messages from history.
    History(HistoryQuestion),
    /// Look-up of a message, followed by its deletion (REDACT).
    Redact(Redaction),
    /// Reload of the configuration (REHASH).
    Rehash,
}

/// Arguments of a WHO.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhoQuestion {
    /// Channel, nick or mask; none: everybody.
    pub mask: Option<Mask>,
    /// True for server operators only.
    pub opers: bool,
    /// Fields that the mask is matched against; empty: nick, user, host, real name and source.
    pub by: Vec<WhoField>,
    /// Data of the door, returned with the reply.
    pub echo: Name,
}

/// Field that the mask of a WHO is matched against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhoField {
    /// Nick.
    Nick,
    /// User name.
    User,
    /// Host that is shown.
    Host,
    /// Address, of those whose address the requester may see.
    Address,
    /// Real name.
    Realname,
    /// Account.
    Account,
}

/// Question about monitored nicks (MONITOR).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MonitorQuestion {
    /// Monitor list (`L`).
    List,
    /// Status of the nicks: online or offline (`S`).
    Status,
}

/// Question about metadata (METADATA).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetadataQuestion {
    /// Values of these keys, as given; invalid ones included.
    Get(Vec<Name>),
    /// All keys and values.
    List,
    /// Values of all subscribed keys; for a channel, of its members as well.
    Sync,
}

/// Request to delete a message (REDACT).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redaction {
    /// Channel, or nick of the other party.
    pub target: Name,
    /// Id of the message; 0 for an invalid one.
    pub message: MsgId,
    /// Id as the client wrote it.
    pub named: Name,
    /// Reason.
    pub reason: Option<Text>,
}

/// Filter of a list of channels (LIST).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// Names of channels to list; empty: all.
    pub names: Vec<ChannelName>,
    /// Masks, one of which has to match; empty: any.
    pub masks: Vec<Mask>,
    /// Masks, none of which may match.
    pub not_masks: Vec<Mask>,
    /// Lower bound of the number of members, excluded.
    pub more_users_than: Option<usize>,
    /// Upper bound of the number of members, excluded.
    pub fewer_users_than: Option<usize>,
    /// Minimum age in minutes.
    pub created_before: Option<u64>,
    /// Maximum age in minutes.
    pub created_after: Option<u64>,
    /// Minimum age of the topic in minutes.
    pub topic_before: Option<u64>,
    /// Maximum age of the topic in minutes.
    pub topic_after: Option<u64>,
}

/// Question about the history of one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryQuestion {
    /// Channel, or nick of the other party.
    pub target: Name,
    /// Selection of messages.
    pub selector: Selector,
    /// Maximum number of messages.
    pub limit: usize,
    /// True if joins, modes, TAGMSG and the like are included.
    pub events: bool,
}

/// Question about the messages of several targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayQuestion {
    /// Channels and nicks; empty: all that the requester may read.
    pub targets: Vec<Name>,
    /// Start time; none: from the beginning.
    pub after: Option<Time>,
    /// End time; none: until now.
    pub before: Option<Time>,
}

/// Question for messages with certain words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchQuestion {
    /// Channel, or nick of the other party; none: all that the requester may read.
    pub within: Option<Name>,
    /// Nick of the sender.
    pub from: Option<Name>,
    /// Earliest time, included.
    pub after: Option<Time>,
    /// Latest time, included.
    pub before: Option<Time>,
    /// Search text, parsed by [`crate::search::terms`]; may be empty.
    pub text: Text,
    /// Maximum number of messages.
    pub limit: usize,
}

/// Change of the state, as requested by a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Change {
    /// New settings, in force from this place on.
    Settings(Arc<Settings>),
    /// Loss of a node: its sessions end, and their users may come back on others for a while.
    NodeLost(NodeId),
    /// End of that while, by the entry of the loss.
    GraceOver(MsgId),
    /// Registration of the connection as a user.
    Register(Box<Registration>),
    /// Read marker of a channel or conversation (MARKREAD).
    MarkRead(Name, Time),
    /// Presentation of the user's channels to a newly attached session.
    ShowChannels,
    /// Completion of a SCRAM login, after the client has accepted the server signature.
    FinishLogin,
    /// Change of nick (NICK).
    Nick(Nick),
    /// Join of a channel, with its key if there is one (JOIN).
    Join(ChannelName, Option<Name>),
    /// Part from a channel, with a message (PART).
    Part(ChannelName, Text),
    /// Part from all channels (JOIN 0).
    PartAll,
    /// Change of a channel's topic; empty removes it (TOPIC).
    Topic(ChannelName, Text),
    /// Invitation of a user to a channel (INVITE).
    Invite {
        /// Nick of the user.
        nick: Nick,
        /// Name of the channel.
        channel: ChannelName,
    },
    /// Kick of a user from a channel (KICK).
    Kick {
        /// Name of the channel.
        channel: ChannelName,
        /// Nick of the user.
        nick: Nick,
        /// Reason.
        reason: Text,
    },
    /// Change of a channel's modes (MODE).
    Mode(ChannelName, Vec<ModeChange>),
    /// Change of the user's own modes (MODE).
    UserModes {
        /// Nick as given; only the requester's is allowed.
        nick: Nick,
        /// Modes, each set or removed.
        changes: Vec<(UserFlag, bool)>,
    },
    /// Message to a channel or user.
    Send(SendMessage),
    /// Message in the name of a user elsewhere (RELAYMSG).
    Relay(RelayMessage),
    /// Deletion of a message that was found in the store.
    Redact(Redaction, Box<crate::Event>),
    /// Change of the session's away state (AWAY).
    Away(AwayState),
    /// Change of the real name (SETNAME).
    RealName(Text),
    /// Rename of a channel (RENAME).
    Rename {
        /// Current name.
        channel: ChannelName,
        /// New name.
        name: Name,
        /// Reason; may be empty.
        reason: Text,
    },
    /// Command of the channel registration service.
    ChannelService(ChannelName, ChannelCommand),
    /// Knock at a channel, with a reason (KNOCK).
    Knock(ChannelName, Text),
    /// Authentication as a server operator (OPER).
    Oper(Box<OperLogin>),
    /// Change of a channel's modes by a server operator with [`crate::state::Privilege::Channels`].
    ModeAsOper(ChannelName, Vec<ModeChange>),
    /// Command of the console.
    Admin(AdminCommand),
    /// New server ban.
    Ban(BanRequest),
    /// Removal of a server ban, by its target.
    Unban(Name),
    /// Kill: disconnect of all sessions of a user (KILL).
    Kill {
        /// Nick of the user.
        nick: Nick,
        /// Reason.
        reason: Text,
    },
    /// Message to all users with +w (WALLOPS).
    Wallops(Text),
    /// Change of the accept list (+R): nicks added or removed (ACCEPT).
    Accept(Vec<(Nick, bool)>),
    /// Change of a metadata key; `*` is the requester.
    SetMetadata {
        /// Nick or channel.
        target: Name,
        /// Key, as given.
        key: Name,
        /// New value; none removes the key.
        value: Option<Name>,
    },
    /// Removal of all metadata of a target.
    ClearMetadata(Name),
    /// Login to an account.
    Login(Box<Login>),
    /// Logout from the account.
    Logout,
    /// Registration of an account.
    CreateAccount(Box<NewAccount>),
    /// Verification code of a new account.
    Verify(AccountName, Secret),
    /// Change of the account's password.
    SetPassword(Box<NewPassword>),
    /// Addition (true) or removal of a certificate, by fingerprint.
    Certificate(Name, bool),
    /// Change of an account preference.
    SetPreference(Preference, bool),
    /// Removal of the requester's account; its name confirms the request.
    DropAccount(AccountName),
    /// Disconnect of other users of a nick that belongs to the requester's account.
    Recover(Nick),
    /// Command about push subscriptions.
    Push(PushCommand),
    /// End of the session.
    Quit {
        /// Quit message, as others read it.
        reason: Text,
        /// True if the reason is in the user's own words, not the server's.
        by_user: bool,
    },
    // As of version 2 of the cluster's encoding; what is new is added at the end.
    /// Registration of the connection as the user of this key, or else as a new one who has it from then on.
    Resume(Box<Registration>, ResumeKey),
}

/// Change of what a session is told. It concerns no other session, and does not pass through the
/// journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionChange {
    /// Change of the monitored nicks (MONITOR).
    Monitor(MonitorChange),
    /// True if it reads metadata; if not, its subscriptions end.
    ReadMetadata(bool),
    /// Metadata keys to subscribe to.
    Subscribe(Vec<Name>),
    /// Metadata keys to unsubscribe from.
    Unsubscribe(Vec<Name>),
}

/// Data of a connection that registers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Requested nick.
    pub nick: Nick,
    /// User name, as the client gave it.
    pub user: Name,
    /// Host to display.
    pub host: Name,
    /// Address of the client.
    pub address: Name,
    /// Real name.
    pub realname: Text,
    /// True if the connection is encrypted.
    pub secure: bool,
    /// Connection password (PASS); none once it is checked.
    pub password: Option<Secret>,
    /// Initial away state (draft/pre-away).
    pub attendance: AwayState,
    /// Initial metadata of the user (`before-connect`).
    pub metadata: Vec<(Name, Name)>,
    /// True if the session reads metadata.
    pub reads_metadata: bool,
    /// Initial metadata subscriptions.
    pub keys: Vec<Name>,
}

/// Command about push subscriptions (draft/webpush).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PushCommand {
    /// New subscription, or a renewed one.
    Register {
        /// Address of the push service.
        endpoint: Name,
        /// Public key of the device, in base64url.
        key: Name,
        /// Secret of the device, in base64url.
        auth: Name,
    },
    /// End of a subscription, by its endpoint.
    Unregister(Name),
}

/// Request for a server ban.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BanRequest {
    /// Target as typed: an account, an address, a network or a mask.
    pub target: Name,
    /// Effect of the ban.
    pub action: BanAction,
    /// Duration in milliseconds; none: until it is removed.
    pub duration: Option<u64>,
    /// Reason.
    pub reason: Text,
}

/// Preference of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Preference {
    /// Keeping the user online after the last connection ends.
    AlwaysOn,
    /// Sharing one user between several connections.
    Multiclient,
}

/// Command about the registration of a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChannelCommand {
    /// Registration for the requester's account.
    Register,
    /// End of the registration.
    Drop,
    /// Transfer to another account.
    Transfer(AccountName),
    /// Change of an account's rights, each given or removed.
    Access(AccountName, Vec<(Right, bool)>),
    /// Change of a user's rank, or the requester's, by right of access.
    Rank(Rank, Option<Nick>, bool),
}

/// Change of a session's monitor list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MonitorChange {
    /// Addition of nicks.
    Add(Vec<Nick>),
    /// Removal of nicks.
    Remove(Vec<Nick>),
    /// Removal of all nicks.
    Clear,
}

/// Authentication as a server operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperLogin {
    /// Name of the oper block.
    pub name: Name,
    /// Password given; none once it is checked.
    pub password: Option<Secret>,
    /// Origin of the password.
    pub origin: Origin,
}

/// Away state of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AwayState {
    /// Present.
    #[default]
    Present,
    /// Away, with a message.
    Away(Text),
    /// Connected without a person: the connection was made automatically (draft/pre-away, `AWAY
    /// *`).
    Absent,
}

/// Target of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// Channel, optionally only its members of at least a rank (ISUPPORT STATUSMSG).
    Channel(ChannelName, Option<Rank>),
    /// User, by nick.
    User(Nick),
}

/// Message in the name of a user elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayMessage {
    /// Name of the channel.
    pub channel: ChannelName,
    /// Nick of the user elsewhere.
    pub nick: Nick,
    /// Text.
    pub text: Text,
    /// Client-only tags.
    pub tags: Name,
    /// True if it is a CTCP message other than ACTION.
    pub ctcp: bool,
}

/// Message to send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendMessage {
    /// Kind of the message.
    pub kind: MessageKind,
    /// Target of the message.
    pub target: Target,
    /// Text; empty for TAGMSG. Lines of a multiline message are separated by LF.
    pub text: Text,
    /// Places where `text` was split to fit into IRC lines, in bytes from its start
    /// (draft/multiline-concat).
    pub splits: Splits,
    /// Client-only tags, as relayed.
    pub tags: Name,
    /// True if the message is to be stored.
    pub kept: bool,
    /// True if it is a CTCP message other than ACTION: between clients that are connected now.
    pub ctcp: bool,
    /// True if a user who could join the channel may send it from outside.
    pub outside: bool,
}
