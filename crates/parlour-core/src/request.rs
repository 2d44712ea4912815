//! What a session asks.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::history::{Point, Selector};
use crate::login::Login;
use crate::secret::Secret;
use crate::state::{BanAction, ChannelFlag, ListKind, Rank, Right, UserFlag, Verifier};
use crate::{CallId, MsgId, Name, SessionId, Time};

/// A request with who asks and which of theirs it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who asks.
    pub session: SessionId,
    /// The door's number for it; effects that it causes carry it.
    pub id: CallId,
    /// Whether [`crate::Effect::Done`] is to follow its last effect.
    pub done: bool,
    /// What is asked.
    pub request: Request,
}

/// What is asked: something to know, or something to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Answered from the state as it is.
    Ask(Question),
    /// Proposed to the journal.
    Do(Change),
}

/// A question about the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Nothing to the core: bytes that come back to their session in their place, so
    /// that what a door answers by itself overtakes nothing.
    Relay(Box<[u8]>),
    /// The same, if somebody has this nick: a server may be named by who is on it.
    RelayIfHere(Name, Box<[u8]>),
    /// Who is in channels, divided by commas; `*`: in all.
    Names(Name),
    /// Where one has talked: channels and nicks whose newest message is between two points,
    /// neither included, at most so many counted from the first point.
    Conversations((Point, Point), usize),
    /// What one has missed while no connection of one's own was there, besides in these places.
    Backlog(Vec<Name>),
    /// What was said in several places.
    Replay(ReplayQuestion),
    /// Messages that hold some words.
    Search(SearchQuestion),
    /// Up to where one has read in a channel or a conversation.
    ReadMarker(Name),
    /// Which channels there are.
    List(ListFilter),
    /// Users of a channel, or by a mask.
    Who(WhoQuestion),
    /// All about a user.
    Whois(Name),
    /// Users who had this nick, newest first, at most so many (0: all).
    Whowas(Name, usize),
    /// Which of these nicks are here.
    Ison(Vec<Name>),
    /// Address and presence of each of these nicks.
    Userhost(Vec<Name>),
    /// How many users and channels there are.
    Counts,
    /// Every user's nick.
    Online,
    /// A channel's topic.
    Topic(Name),
    /// A channel's modes.
    Modes(Name),
    /// A channel's bans, exceptions or invitation masks.
    ModeList(Name, ListKind),
    /// A user's own modes.
    UserModes(Name),
    /// The channels one is invited to.
    Invitations,
    /// Which of the nicks that one monitors are here: all of them, or which they are.
    Monitored(MonitorQuestion),
    /// Whose private messages one takes in spite of +R.
    Accepted,
    /// What is known about a user or a channel; one's own nick is `*`.
    Metadata(Name, MetadataQuestion),
    /// The keys whose changes one is told of.
    Subscriptions,
    /// Who is an operator of the network.
    Opers,
    /// How SCRAM begins for an account.
    ScramChallenge {
        /// Which.
        account: Name,
        /// The address that asks.
        from: Name,
    },
    /// What is known about an account; none: about one's own.
    Account(Option<Name>),
    /// What only the console asks.
    Admin(AdminQuestion),
    /// Who is kept out.
    Bans,
    /// Whose a channel is, and what others may do there.
    Ownership(Name),
    /// Messages that were kept.
    History(HistoryQuestion),
    /// That a message be looked up and taken back.
    Redact(Redaction),
    /// That the configuration be read again.
    Rehash,
}

/// Whom a WHO means, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhoQuestion {
    /// A channel, a nick or a mask.
    pub mask: Name,
    /// Only operators of the network.
    pub opers: bool,
    /// What the mask is held against, each by its letter in WHOX: `n` nick, `u` user, `h` host,
    /// `i` address, `r` real name, `a` account; empty: nick, user, host, real name and source.
    pub by: Name,
    /// Something of the door's own, which comes back with the answer.
    pub echo: Name,
}

impl WhoQuestion {
    /// Whether it means everybody: `0` is how old clients write `*` (RFC 2812 §3.6.1).
    pub fn is_everybody(&self) -> bool {
        matches!(&*self.mask, "*" | "0")
    }
}

/// What is asked about monitored nicks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MonitorQuestion {
    /// Which they are.
    List,
    /// Which of them are here, and which are not.
    Status,
}

/// What is asked about metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetadataQuestion {
    /// These keys; as they were given, each maybe no key at all.
    Get(Vec<Name>),
    /// All of it.
    List,
    /// All that one subscribes to, of a channel's members as well.
    Sync,
}

/// A message to take back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redaction {
    /// Where it was said: a channel, or the nick of the other side.
    pub target: Name,
    /// Which message; 0 for what can be no message.
    pub message: MsgId,
    /// The message as it was named.
    pub named: Name,
    /// Why.
    pub reason: Option<Name>,
}

/// Which channels a LIST is to show (ISUPPORT ELIST C, M, N, T, U).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// Only these channels, if any are named.
    pub names: Vec<Name>,
    /// Only names that match one of these masks, if there are any.
    pub masks: Vec<Name>,
    /// No names that match one of these.
    pub not_masks: Vec<Name>,
    /// More members than this.
    pub more_users_than: Option<usize>,
    /// Fewer members than this.
    pub fewer_users_than: Option<usize>,
    /// Created more than so many minutes ago.
    pub created_before: Option<u64>,
    /// Created less than so many minutes ago.
    pub created_after: Option<u64>,
    /// Topic set more than so many minutes ago.
    pub topic_before: Option<u64>,
    /// Topic set less than so many minutes ago.
    pub topic_after: Option<u64>,
}

/// A question about what was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryQuestion {
    /// A channel, or the nick of the other side of a conversation.
    pub target: Name,
    /// Which part.
    pub selector: Selector,
    /// How many messages at most.
    pub limit: usize,
    /// Whether also what happened besides what was said: joins, modes, tags alone.
    pub events: bool,
}

/// A question about what was said in several places, each by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayQuestion {
    /// Channels and nicks; none: everywhere where one may read.
    pub targets: Vec<Name>,
    /// From when on; from the beginning, if not given.
    pub after: Option<Time>,
    /// Until when; until now, if not given.
    pub before: Option<Time>,
}

/// A question about messages that hold some words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchQuestion {
    /// A channel, or the nick of the other side of a conversation; none: wherever one may read.
    pub within: Option<Name>,
    /// Only what was said under this nick.
    pub from: Option<Name>,
    /// Only what was said then or later.
    pub after: Option<Time>,
    /// Only what was said then or earlier.
    pub before: Option<Time>,
    /// What the text has to hold ([`crate::search::terms`]); may be empty.
    pub text: Name,
    /// How many messages at most.
    pub limit: usize,
}

/// A wish to change the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// To become a user.
    Register(Box<Registration>),
    /// To have read up to a time in a channel or a conversation.
    MarkRead(Name, Time),
    /// To see the channels that one's user is in already.
    ShowChannels,
    /// To be logged in as was shown before: the client has agreed to what shows that the server
    /// knows the password too (SCRAM).
    FinishLogin,
    /// Another nick.
    Nick(Name),
    /// Into a channel, with its key if it needs one.
    Join(Name, Option<Name>),
    /// Out of a channel, with parting words.
    Part(Name, Name),
    /// Out of every channel.
    PartAll,
    /// A channel's topic; empty removes it.
    Topic(Name, Name),
    /// A user into a channel.
    Invite {
        /// Who is to come.
        nick: Name,
        /// Where.
        channel: Name,
    },
    /// A user out of a channel.
    Kick {
        /// Where.
        channel: Name,
        /// Who.
        nick: Name,
        /// Why.
        reason: Name,
    },
    /// A channel's modes.
    Mode(Name, Vec<ModeChange>),
    /// One's own modes.
    UserModes {
        /// Whose modes: only one's own can be changed.
        nick: Name,
        /// Each mode, set or removed.
        changes: Vec<(UserFlag, bool)>,
    },
    /// Something to say.
    Send(SendMessage),
    /// Something to say in the name of somebody elsewhere (RELAYMSG).
    Relay {
        /// Where.
        channel: Name,
        /// In whose name.
        nick: Name,
        /// What.
        text: Name,
        /// Client-only tags.
        tags: Name,
    },
    /// A message is taken back; it was found where it was said, and by whom.
    Redact(Redaction, Box<crate::Event>),
    /// The session goes away, or comes back.
    Away(AwayState),
    /// Another real name.
    RealName(Name),
    /// Another name for a channel, and why.
    Rename {
        /// Its name.
        channel: Name,
        /// The new one.
        name: Name,
        /// Why; may be empty.
        reason: Name,
    },
    /// A channel that is an account's, or is to be.
    ChannelService(Name, ChannelCommand),
    /// The wish to be let into a channel, and why.
    Knock(Name, Name),
    /// To become an operator of the network.
    Oper(Box<OperLogin>),
    /// The same as [`Change::Mode`] by an operator of the network who looks after channels.
    ModeAsOper(Name, Vec<ModeChange>),
    /// What only the console does.
    Admin(AdminCommand),
    /// That somebody is kept out.
    Ban(BanRequest),
    /// That somebody is kept out no more.
    Unban(Name),
    /// The end of a user's sessions.
    Kill {
        /// Whose.
        nick: Name,
        /// Why.
        reason: Name,
    },
    /// Something for all who want to hear it.
    Wallops(Name),
    /// Whose private messages to take in spite of +R, each added or removed.
    Accept(Vec<(Name, bool)>),
    /// Which nicks to monitor.
    Monitor(MonitorChange),
    /// A metadata key of a target; one's own nick is `*`.
    SetMetadata {
        /// Of whom, or of which channel.
        target: Name,
        /// Which key, as it was given.
        key: Name,
        /// The value; none removes it.
        value: Option<Name>,
    },
    /// All metadata of a target.
    ClearMetadata(Name),
    /// Whether the session reads metadata; if not any more, its subscriptions end.
    ReadMetadata(bool),
    /// Keys whose changes one wants to be told of.
    Subscribe(Vec<Name>),
    /// Keys whose changes one does not want to be told of any more.
    Unsubscribe(Vec<Name>),
    /// Into an account.
    Login(Box<Login>),
    /// Out of it.
    Logout,
    /// A new account.
    CreateAccount(Box<NewAccount>),
    /// The code that was sent by mail for a new account.
    Verify(Name, Secret),
    /// Another password for one's account.
    SetPassword(Box<NewPassword>),
    /// That a certificate, by its fingerprint, stands for one's account, or not any more.
    Certificate(Name, bool),
    /// How one's account is used, switched on or off.
    SetPreference(Preference, bool),
    /// The end of one's account, whose name says that it is meant.
    DropAccount(Name),
    /// The end of whoever else goes by the nick that is one's account's.
    Recover(Name),
    /// The session ends.
    Quit(Name),
}

/// What a connection knows of itself when it registers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The nick that is wanted.
    pub nick: Name,
    /// The user name, as the client gave it.
    pub user: Name,
    /// Where it comes from, as others see it.
    pub host: Name,
    /// The address it comes from.
    pub address: Name,
    /// The real name.
    pub realname: Name,
    /// Whether the connection is encrypted.
    pub secure: bool,
    /// The password that was given; nothing once it is known to be right.
    pub password: Option<Secret>,
    /// Whether anybody is at the connection (draft/pre-away).
    pub attendance: AwayState,
    /// What is known about them from the beginning (metadata before connecting).
    pub metadata: Vec<(Name, Name)>,
    /// Whether the session reads metadata.
    pub reads_metadata: bool,
    /// Keys that the session subscribes to from the beginning.
    pub keys: Vec<Name>,
}

/// Where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The address.
    pub address: Name,
    /// Whether nobody could read it on its way.
    pub secure: bool,
}

/// A wish for an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccount {
    /// Its name; none: one's nick.
    pub name: Option<Name>,
    /// The nick that one would go by, while one has none.
    pub nick: Option<Name>,
    /// Whether it is made for somebody else, by an operator of the network.
    pub for_another: bool,
    /// The mail address, if one was given.
    pub mail: Option<Name>,
    /// What was sent there, and has to come back.
    pub code: Option<Secret>,
    /// The password; nothing once it is hashed.
    pub password: Option<Secret>,
    /// What the password is held against later, once it is hashed.
    pub verifier: Option<Verifier>,
    /// Where the password comes from.
    pub origin: Origin,
}

/// What whoever runs the server wishes for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminCommand {
    /// Another password for an account, whose sessions end.
    ResetPassword(Name, Box<NewPassword>),
    /// The end of an account, and of all that its user has said.
    EraseAccount(Name),
    /// That a channel is no account's any more.
    DropChannel(Name),
    /// Modes of a channel.
    Mode(Name, Vec<ModeChange>),
    /// Somebody out of a channel: whom, and why.
    Kick {
        /// Out of which.
        channel: Name,
        /// Whom.
        nick: Name,
        /// Why.
        reason: Name,
    },
    /// Something to say in the server's name: in a channel, to a nick, or (`*`) to everybody.
    Say(Name, Name),
    /// That something is noted that is done elsewhere: what, and about what.
    Note(&'static str, Name),
}

/// What whoever runs the server asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminQuestion {
    /// Every account.
    Accounts,
    /// Every channel.
    Channels,
    /// Every user.
    Users,
}

/// A wish to keep somebody out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BanRequest {
    /// Whom, as it was written: an account, an address, a network or a mask.
    pub target: Name,
    /// What comes of it.
    pub action: BanAction,
    /// For how many milliseconds; none: until it is lifted.
    pub duration: Option<u64>,
    /// Why.
    pub reason: Name,
}

/// How an account is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preference {
    /// Whether its user stays when their last connection ends.
    AlwaysOn,
    /// Whether several connections may be one user.
    Multiclient,
}

/// A wish for another password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPassword {
    /// The one before, where it is asked for; nothing once it is known to be right.
    pub current: Option<Secret>,
    /// The password; nothing once it is hashed.
    pub password: Option<Secret>,
    /// What it is held against later, once it is hashed.
    pub verifier: Option<Verifier>,
    /// Where it comes from.
    pub origin: Origin,
}

/// What is wished for about whose a channel is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelCommand {
    /// That it is one's account's.
    Register,
    /// That it is nobody's any more.
    Drop,
    /// That it is another account's.
    Transfer(Name),
    /// That an account may do these there, or may not any more.
    Access(Name, Vec<(Right, bool)>),
    /// A rank for somebody, or for oneself, by the right that one has to it.
    Rank(Rank, Option<Name>, bool),
}

/// A change of the nicks that one session monitors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MonitorChange {
    /// These as well.
    Add(Vec<Name>),
    /// These no longer.
    Remove(Vec<Name>),
    /// None any more.
    Clear,
}

/// A wish to become an operator of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperLogin {
    /// The operator's name.
    pub name: Name,
    /// What is given as their password.
    pub password: Option<Secret>,
    /// Where it comes from.
    pub origin: Origin,
}

/// One change of a channel's modes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModeChange {
    /// A flag, set or removed.
    Flag(ChannelFlag, bool),
    /// The key, set; or removed with whatever was given for it.
    Key(Name, bool),
    /// The most members, set or removed.
    Limit(Option<u32>),
    /// Seconds that a member waits between two messages, set or removed.
    Slow(Option<u32>),
    /// Where those go who may not join, set or removed.
    Forward(Option<Name>),
    /// A member's rank, given or taken.
    Rank(Rank, Name, bool),
    /// An entry of a list, added or removed.
    List(ListKind, Name, bool),
}

/// Whether anybody is at a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AwayState {
    /// Somebody is.
    #[default]
    Present,
    /// Somebody was, and left these words.
    Away(Name),
    /// Nobody is: it was made without anybody's doing (draft/pre-away, `AWAY *`).
    Absent,
}

/// How something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// PRIVMSG.
    Message,
    /// NOTICE: answered by nobody, errors included.
    Notice,
    /// TAGMSG: tags alone.
    Tags,
}

/// Where something is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// To a channel, or only to members of at least a rank (ISUPPORT STATUSMSG).
    Channel(Name, Option<Rank>),
    /// To a user.
    User(Name),
}

/// Something to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendMessage {
    /// How.
    pub kind: MessageKind,
    /// To whom.
    pub target: Target,
    /// The text; empty for tags alone. Lines of a message of several lines are divided by LF.
    pub text: Name,
    /// Where a line of `text` was divided to fit into IRC lines, in bytes from its start
    /// (draft/multiline-concat).
    pub splits: Splits,
    /// Client-only tags as they are to be relayed.
    pub tags: Name,
    /// Whether it is kept.
    pub kept: bool,
    /// Whether it may be said in a channel without being in it, by whoever could be.
    pub outside: bool,
}

/// Places at which a long line was divided; almost always none.
pub type Splits = Option<Arc<[u32]>>;
