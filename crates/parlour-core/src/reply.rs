//! Answers to the one who asked.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::history::Selector;
use crate::login::Challenge;
use crate::names::NickError;
use crate::request::{ModeChange, Preference, Redaction, WhoQuestion};
use crate::state::{Ban, ListKind, Metadata, Profile, Rank, Ranks, Rights, Topic, UserFlags};
use crate::{Event, Name, Time};

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The session is one more of another user from here on.
    Switched(Arc<Profile>),
    /// The session is registered.
    Registered {
        /// As this user.
        profile: Arc<Profile>,
        /// Who was here already; their channels come with [`crate::Change::Rejoin`].
        attached: bool,
    },
    /// It was not done.
    Refused(Refusal),
    /// What was relayed, back in its place.
    Relayed(Box<[u8]>),
    /// A channel's topic, if it has one.
    Topic(Name, Option<Topic>),
    /// Who is in channels; those that the asker may not see are left out.
    Names {
        /// Whether it was asked for, or comes with a JOIN.
        asked: bool,
        /// What was asked for.
        named: Name,
        /// The channels.
        channels: Vec<NamesOf>,
    },
    /// What a client is shown with a JOIN, again: for those who know a channel by its new name
    /// only so.
    Again {
        /// The channel.
        channel: Name,
        /// Its topic, if it has one.
        topic: Option<Topic>,
        /// Up to where the user has read in it.
        read: Option<Time>,
        /// Who is in it, as with a JOIN.
        names: Box<Reply>,
        /// If it reads metadata: after how many seconds it may ask for that of all in it.
        metadata: Option<u32>,
    },
    /// Channels, and whether there are more.
    List(Vec<ListEntry>, bool),
    /// Users that a mask or channel covers, and whether there are more.
    Who(WhoQuestion, Vec<WhoEntry>, bool),
    /// A user.
    Whois(Box<WhoisInfo>),
    /// Users that were; empty: none had the nick.
    Whowas(Name, Vec<WhowasEntry>),
    /// Those of the nicks that are here.
    Ison(Vec<Name>),
    /// Address and presence.
    Userhost(Vec<(Arc<Profile>, bool)>),
    /// Counts of users and channels.
    Counts(Counts),
    /// Everybody's nick.
    Online(Vec<Name>),
    /// A channel's modes; parameters only for members.
    Modes {
        /// The channel.
        channel: Name,
        /// As changes that would lead to them.
        modes: Vec<ModeChange>,
        /// When it was created.
        created: Time,
    },
    /// A list of a channel.
    ModeList(Name, ListKind, Vec<ListedMask>),
    /// The asker's own modes.
    UserModes(UserFlags),
    /// Whether the asker is away now.
    Away(bool),
    /// The invitation is out.
    Inviting {
        /// Who was invited.
        nick: Name,
        /// Where to.
        channel: Name,
    },
    /// The channels that the asker is invited to.
    Invitations(Vec<Name>),
    /// The one who was spoken to, or invited, is away.
    TargetAway(Name, Name),
    /// Messages of the past, oldest first.
    History(Name, Vec<Arc<Event>>),
    /// Up to where the user has read.
    ReadMarker {
        /// In which channel, or with whom.
        target: Name,
        /// The time of the last message; none, if that is not known.
        at: Option<Time>,
        /// Whether it was asked for or set by this session.
        asked: bool,
    },
    /// Channels and nicks in whose past the asker has a part, with the time of the newest message;
    /// oldest first.
    Conversations(Vec<(Name, Time)>),
    /// Nicks that are here, with their sources, and nicks that are not; of those monitored.
    Monitored {
        /// Here.
        online: Vec<Name>,
        /// Not here.
        offline: Vec<Name>,
    },
    /// The nicks that one monitors.
    MonitorList(Vec<Name>),
    /// No more nicks can be monitored: the most, and those that are not.
    MonitorFull(usize, Vec<Name>),
    /// Whose private messages one takes in spite of +R.
    Accepted(Vec<Name>),
    /// Values of keys.
    Metadata {
        /// Of what they tell all together; none, if they tell of one change.
        about: Option<Name>,
        /// Each with its target.
        values: Vec<MetadataValue>,
    },
    /// There is more metadata of this target than is told at once; it can be asked for so many
    /// seconds later.
    SyncLater(Name, u32),
    /// Keys whose changes one is told of now; or, if not, is not told of any more.
    Subscribed(Vec<Name>, bool),
    /// The keys whose changes one is told of.
    Subscriptions(Vec<Name>),
    /// The session is logged into this account.
    LoggedIn {
        /// Which.
        account: Name,
        /// The user's source; none, before it is registered.
        source: Option<Name>,
    },
    /// What shows the client that the server knows its password too (SCRAM's `ServerSignature` in
    /// base64): once it agrees, it is logged in.
    Signed(Name),
    /// The session is logged out.
    LoggedOut,
    /// How SCRAM begins.
    Challenge(Challenge),
    /// An account was made; whether for somebody else.
    AccountMade(Name, bool),
    /// The account waits for what was sent by mail to come back.
    VerificationRequired(Name),
    /// The account has another password.
    PasswordSet(Name),
    /// The account is used so from here on.
    PreferenceSet(Preference, bool),
    /// A certificate, by its fingerprint, stands for the account now, or not any more.
    CertificateSet(Name, bool),
    /// The account is no more.
    AccountDropped(Name),
    /// What was said in several places, each by itself, oldest first.
    Replay(Vec<(Name, Vec<Arc<Event>>)>),
    /// Messages that hold what was looked for, oldest first.
    Found(Vec<Arc<Event>>),
    /// Somebody is kept out from here on; so many sessions have ended.
    Banned(Ban, usize),
    /// Somebody is kept out no more.
    Unbanned(Name),
    /// Who is kept out.
    Bans(Vec<Ban>),
    /// Every account.
    Accounts(Vec<AccountRow>),
    /// Every channel.
    Channels(Vec<ChannelRow>),
    /// Every user.
    Users(Vec<UserRow>),
    /// What happened to one while no connection of one's own was there: kicks and invitations.
    WhileAway(Vec<Arc<Event>>),
    /// The channel is one's account's.
    ChannelRegistered(Name),
    /// The channel is nobody's any more.
    ChannelDropped(Name),
    /// The channel is another account's: which.
    ChannelTransferred(Name, Name),
    /// What an account may do in a channel now: where, which, what.
    AccessSet(Name, Name, Rights),
    /// Somebody has a rank in a channel now, or not any more.
    RankSet(Name, Name, Rank, bool),
    /// Whose a channel is.
    Ownership {
        /// The channel.
        channel: Name,
        /// The account that it belongs to.
        founder: Name,
        /// Since when.
        since: Time,
        /// What other accounts may do there.
        access: Vec<(Name, Rights)>,
    },
    /// Whoever else went by this nick is gone.
    Recovered(Name),
    /// What is known about an account; to its owner, the fingerprints as well.
    Account {
        /// Its name.
        name: Name,
        /// When it was registered.
        created: Time,
        /// The certificates that stand for it.
        certificates: Option<Vec<Name>>,
        /// Whether its user stays, and may have several connections; to its owner.
        preferences: Option<(bool, bool)>,
    },
    /// One is an operator of the network now.
    Opered,
    /// One's host is shown as this.
    Host(Name),
    /// The operators of the network, with their classes.
    Opers(Vec<(Name, Name)>),
    /// The configuration was read again, or why not.
    Rehashed(Result<Name, Name>),
    /// The knock was heard.
    Knocked(Name),
    /// Somebody would like to come into a channel that one runs, and says why; maybe nothing.
    KnockFrom(Name, Arc<Profile>, Name),
    /// One may not join, and is sent elsewhere.
    Forwarded(Name, Name),
}

/// Who is in one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamesOf {
    /// The channel.
    pub channel: Name,
    /// Whether it is hidden from others.
    pub secret: bool,
    /// Its members: shared by all who see the same.
    pub members: Arc<[(Ranks, Arc<Profile>)]>,
}

/// One key of one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataValue {
    /// A nick or a channel.
    pub target: Name,
    /// The key, as it was asked for where it was.
    pub key: Name,
    /// The value.
    pub value: MetadataEntry,
}

/// What a key has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetadataEntry {
    /// This value.
    Value(Name),
    /// None.
    Unset,
    /// It cannot be a key.
    NoKey,
}

/// Why something was not done, by the rule that forbids it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody has this nick.
    NickInUse(Name),
    /// This cannot be a nick.
    BadNick(Name, NickError),
    /// Nobody has this nick.
    NoSuchNick(Name),
    /// There is no such server, and nobody of that nick on this one.
    NoSuchServer(Name),
    /// There is no such channel.
    NoSuchChannel(Name),
    /// This cannot be a channel's name.
    BadChannelName(Name),
    /// The asker is not in the channel.
    NotOnChannel(Name),
    /// The one named is not in the channel.
    UserNotOnChannel(Name, Name),
    /// The one named is in the channel already.
    AlreadyOnChannel(Name, Name),
    /// One may not speak there.
    CannotSend(Name, SendError),
    /// Only an operator of the channel may.
    OpNeeded(Name),
    /// Banned from the channel.
    Banned(Name),
    /// The channel is for those invited.
    InviteOnly(Name),
    /// The key is wrong or missing.
    WrongKey(Name),
    /// As many members as it may have.
    Full(Name),
    /// In as many channels as one may be.
    TooManyChannels(Name),
    /// The list has as many entries as it may have.
    ListFull(Name, ListKind, Name),
    /// This cannot be a key.
    BadKey(Name),
    /// Modes of others are theirs.
    NotYourModes,
    /// Registered already.
    AlreadyRegistered,
    /// History of this target cannot be had.
    NoHistory(Selector, Name),
    /// The history could not be read.
    HistoryFailed(Selector, Name),
    /// One's places in too many channels and conversations are remembered already.
    TooManyMarkers(Name),
    /// With whom one talked could not be looked up.
    ConversationsFailed,
    /// The password is wrong.
    WrongPassword,
    /// Others could have read the password on its way.
    InsecurePassword,
    /// Too many wrong passwords came from there a moment ago.
    TooManyPasswords,
    /// As many passwords are being checked as can be.
    PasswordsBusy,
    /// Who one says one is is not shown by what one gave.
    LoginFailed,
    /// One is in no account.
    NotLoggedIn,
    /// One is in this account already.
    LoggedInAlready(Name),
    /// A nick is needed first.
    NeedNick,
    /// The nick is an account's, and one is not in it.
    NickReserved(Name),
    /// There is an account of this name, or somebody else goes by it.
    AccountExists(Name),
    /// This cannot be an account's name.
    BadAccountName(Name),
    /// An account has to be called as one's nick is.
    AccountMustBeNick(Name),
    /// Nobody may make accounts.
    RegistrationClosed(Name),
    /// Accounts are made once one is welcomed.
    ConnectFirst(Name),
    /// The password is too easily guessed: it needs at least so many characters.
    WeakPassword(usize),
    /// This cannot be a password.
    BadPassword,
    /// There is no such account.
    NoSuchAccount(Name),
    /// Another account has this certificate, or there are enough.
    CertificateTaken,
    /// The account has no such certificate.
    NoCertificate,
    /// The nick is not one's account's.
    NotYourNick(Name),
    /// The user has as many connections as they may have.
    TooManySessions,
    /// There is no such operator, or not from there.
    NoOperHost,
    /// Only who is here by one connection becomes an operator of the network.
    OperIsAlone,
    /// Channels are not registered here.
    ChannelsClosed,
    /// The channel can be nobody's.
    CannotOwn(Name),
    /// The channel is an account's already.
    ChannelOwned(Name),
    /// The channel is no account's.
    ChannelUnowned(Name),
    /// The account has as many channels as it may have.
    TooManyOwned,
    /// Only the founder of the channel may.
    NotFounder(Name),
    /// As many accounts have rights in the channel as may.
    AccessFull(Name),
    /// Somebody has that rank already, or has not: who, and where.
    RankAlready(Name, Name),
    /// This cannot be a mail address.
    BadMail(Name),
    /// One is muted on the whole server: where one wanted to speak, why, and until when.
    Muted(Name, Name, Option<Time>),
    /// No mail is taken for that address.
    MailRefused,
    /// No mail can be sent now.
    MailUnavailable,
    /// That is not the code for the account, or it is too late.
    WrongCode(Name),
    /// One is banned from a channel that one is in, and may not slip out of that by another nick.
    BannedNick(Name),
    /// Who goes by the nick stays without a connection: one is them by logging in on the way in.
    StaysHere(Name),
    /// The account is the channel's founder: which, where.
    IsFounder(Name, Name),
    /// One's account has to let several connections be one user first.
    NeedsMulticlient,
    /// One is kept out: why, and until when.
    NetworkBan(Name, Option<Time>),
    /// The account is suspended: why, and until when.
    Suspended(Name, Option<Time>),
    /// Nobody, or everybody, is meant by this ban.
    BadBan(Name),
    /// There is no such ban.
    NoSuchBan(Name),
    /// There are as many bans as there may be.
    BansFull,
    /// The server lets nobody use their account so.
    NotPossible(Preference),
    /// Only operators of the network with the privilege may.
    NoPrivileges,
    /// Only users with an account may join.
    RegisteredOnly(Name),
    /// The one spoken to takes private messages only of users with an account.
    NeedsAccount(Name),
    /// The one spoken to takes no CTCP.
    NoCtcp(Name),
    /// What was said could not be read.
    ReplayFailed,
    /// There is no such place, or it is not one's own to read.
    NoSearch(Name),
    /// There are too many words in it.
    TooManyTerms,
    /// There is no word in what is to be looked for.
    NothingToSearch,
    /// The search failed.
    SearchFailed,
    /// One is in the channel already: nobody has to knock.
    KnockInside(Name),
    /// The channel is open: nobody has to knock.
    ChannelOpen(Name),
    /// One has knocked a moment ago.
    KnockedAlready(Name),
    /// Nobody can be asked for an invitation there, or one is in it.
    CannotKnock(Name),
    /// A channel cannot have this name: old and new.
    CannotRename(Name, Name),
    /// Another channel has this name: old and new.
    RenameInUse(Name, Name),
    /// The message is not there.
    NoSuchMessage(Redaction),
    /// The message is not one's own, and one does not run the channel.
    NotYourMessage(Redaction),
    /// The message is too old: milliseconds within which it could have been taken back.
    TooOld(Redaction, u64),
    /// There is no such target of metadata, or it is not one's own to look at.
    NoMetadataTarget(Name),
    /// There is no such target to take a message back from, or one is not in it.
    NoRedactTarget(Name),
    /// Metadata of this target is not one's own to set.
    NoMetadataRight(Name, Name),
    /// This cannot be a metadata key.
    BadMetadataKey(Name),
    /// The same, among other keys that were subscribed to, or no longer, all the same.
    BadSubscription(Name),
    /// This cannot be a metadata value.
    BadMetadataValue(Name),
    /// The target has as many keys as it may have: so many.
    MetadataFull(Name, usize),
    /// This key is one more than one may subscribe to: so many.
    TooManySubscriptions(Name, usize),
    /// This cannot be the name of somebody elsewhere.
    BadRelayNick(Name, Name),
    /// One may not relay into this channel.
    MayNotRelay(Name),
    /// The nick is accepted already.
    AcceptedAlready(Name),
    /// The nick was not accepted.
    NotAccepted(Name),
    /// No more nicks can be accepted.
    AcceptFull,
    /// This cannot be a real name.
    BadRealName,
    /// There is no such channel to send others to.
    BadForward(Name, Name),
    /// The mask of a list cannot be.
    BadMask(Name, ListKind, Name),
}

/// Why one may not speak in a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendError {
    /// One is not in it, and it hears nobody from outside (+n).
    Outside,
    /// Only the voiced may speak (+m).
    Moderated,
    /// Banned.
    Banned,
    /// No CTCP here (+C).
    Ctcp,
    /// Only users with an account may speak (+M).
    Unregistered,
    /// One has spoken a moment ago: milliseconds until one may again (+W).
    Slow(u64),
}

/// A channel in a LIST.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListEntry {
    /// Its name.
    pub name: Name,
    /// How many users are in it.
    pub users: usize,
    /// Its topic, maybe empty.
    pub topic: Name,
}

/// A user in a WHO.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhoEntry {
    /// A channel that asker and user share, or the one asked for.
    pub channel: Option<Name>,
    /// Who.
    pub profile: Arc<Profile>,
    /// Their ranks in that channel.
    pub ranks: Ranks,
    /// Whether away.
    pub away: bool,
    /// The address, where the asker may see it.
    pub address: Option<Name>,
    /// Seconds since they last spoke.
    pub idle: u64,
}

/// All about a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhoisInfo {
    /// Who.
    pub profile: Arc<Profile>,
    /// Their channels that the asker may know of.
    pub channels: Vec<(Ranks, Name)>,
    /// The away text.
    pub away: Option<Name>,
    /// Seconds since they last spoke.
    pub idle: u64,
    /// When they came.
    pub signon: Time,
    /// Whether each of their connections is encrypted.
    pub secure: bool,
    /// Their address and their modes, where the asker may see them: their own, or as an
    /// operator.
    pub private: Option<(Name, UserFlags)>,
    /// Their class as an operator of the network.
    pub oper: Option<Name>,
    /// What is known about them.
    pub metadata: Metadata,
}

/// A user that was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhowasEntry {
    /// Who.
    pub profile: Arc<Profile>,
    /// When they left, or took another nick.
    pub until: Time,
}

/// An entry of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedMask {
    /// The mask.
    pub mask: Name,
    /// Who set it: nick, user and host.
    pub by: Name,
    /// When.
    pub at: Time,
}

/// How many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Users who are not invisible.
    pub visible: usize,
    /// Users who are.
    pub invisible: usize,
    /// Operators of the network.
    pub opers: usize,
    /// Channels with members.
    pub channels: usize,
    /// The most users there have been at once.
    pub most: usize,
}

/// An account, as the console sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// Its name.
    pub name: Name,
    /// When it was registered.
    pub created: Time,
    /// Whether its user stays when their last connection ends.
    pub always_on: bool,
    /// How many certificates stand for it.
    pub certificates: usize,
    /// Whether it is suspended.
    pub suspended: bool,
}

/// A channel, as the console sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelRow {
    /// Its name.
    pub name: Name,
    /// How many users are in it.
    pub members: usize,
    /// The account that it belongs to.
    pub founder: Option<Name>,
    /// Its topic.
    pub topic: Option<Name>,
}

/// A user, as the console sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    /// The nick.
    pub nick: Name,
    /// The account.
    pub account: Option<Name>,
    /// The address that they came from.
    pub address: Name,
    /// How many connections they have.
    pub sessions: usize,
    /// Since when they are here.
    pub since: Time,
    /// Seconds since they last said something.
    pub idle: u64,
    /// Whether they are an operator of the network.
    pub oper: bool,
}
