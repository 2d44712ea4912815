//! Errors: refusals by the operation or the culprit, one variant for each rule that forbids.

use crate::history::Selector;
use crate::names::NickError;
use crate::names::{AccountName, ChannelName, Nick};
use crate::names::{Mask, Text};
use crate::request::{Preference, Redaction};
use crate::state::ListKind;
use crate::{Name, Time};

/// Refusal of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Refusal of a nick or real name.
    Name(NameError),
    /// Refusal of a command on a channel.
    Channel(ChannelError),
    /// Refusal of a JOIN or a KNOCK.
    Join(JoinError),
    /// Refusal of a mode change.
    Mode(ModeError),
    /// Refusal of a message.
    Message(MessageError),
    /// Refusal of a login or a password.
    Auth(AuthError),
    /// Refusal of a command on an account.
    Account(AccountError),
    /// Refusal of a command on a registered channel.
    Ownership(OwnershipError),
    /// Refusal of a server ban, or because of one.
    Ban(BanError),
    /// Refusal of a hook.
    Hook(HookError),
    /// Refusal of a query for messages.
    History(HistoryError),
    /// Refusal of a deletion (REDACT).
    Redact(RedactError),
    /// Refusal of a METADATA command.
    Metadata(MetadataError),
    /// Refusal of a change of the accept list.
    Accept(AcceptError),
    /// Session already registered.
    AlreadyRegistered,
    /// Missing privilege of a server operator.
    NoPrivileges,
    /// Node cut off from the others: it can change nothing.
    CutOff,
    /// Node cut off from the others while the change was on its way: it may count, or not.
    Unconfirmed,
}

/// Refusal of a nick or real name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameError {
    /// Nick in use.
    NickInUse(Nick),
    /// Invalid nick.
    BadNick(Nick, NickError),
    /// Nick reserved for an account that the requester is not logged into.
    NickReserved(Nick),
    /// Unknown nick.
    NoSuchNick(Nick),
    /// Unknown server, and no user of this nick.
    NoSuchServer(Name),
    /// Nick change while banned in a channel, which could evade the ban.
    BannedNick(ChannelName),
    /// Nick of an always-on user, whom only a login during connection registration attaches to.
    NickAlwaysOn(Nick),
    /// Nick of another account.
    NotYourNick(Nick),
    /// Invalid real name.
    BadRealName,
}

impl From<NameError> for Refusal {
    fn from(error: NameError) -> Refusal {
        Refusal::Name(error)
    }
}

/// Refusal of a command on a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelError {
    /// Unknown channel.
    NoSuchChannel(ChannelName),
    /// Invalid channel name.
    BadChannelName(ChannelName),
    /// Requester not in the channel.
    NotOnChannel(ChannelName),
    /// Other user not in the channel: nick and channel.
    UserNotOnChannel(Nick, ChannelName),
    /// Other user already in the channel: nick and channel.
    AlreadyOnChannel(Nick, ChannelName),
    /// Channel operator rank required.
    OpNeeded(ChannelName),
    /// Rename to an impossible name: old and new.
    CannotRename(ChannelName, ChannelName),
    /// Rename to a name in use: old and new.
    RenameInUse(ChannelName, ChannelName),
}

impl From<ChannelError> for Refusal {
    fn from(error: ChannelError) -> Refusal {
        Refusal::Channel(error)
    }
}

/// Refusal of a JOIN or a KNOCK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JoinError {
    /// Requester banned from the channel (+b).
    Banned(ChannelName),
    /// Channel invite-only (+i).
    InviteOnly(ChannelName),
    /// Key wrong or missing (+k).
    WrongKey(ChannelName),
    /// Channel full (+l).
    Full(ChannelName),
    /// Requester in too many channels.
    TooManyChannels(ChannelName),
    /// Account required to join (+R).
    RegisteredOnly(ChannelName),
    /// Knock at a channel the requester is in.
    KnockInside(ChannelName),
    /// Knock at an open channel.
    ChannelOpen(ChannelName),
    /// Knock too soon after the last.
    KnockedAlready(ChannelName),
    /// Knock by a banned or muted user.
    CannotKnock(ChannelName),
}

impl From<JoinError> for Refusal {
    fn from(error: JoinError) -> Refusal {
        Refusal::Join(error)
    }
}

/// Refusal of a mode change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModeError {
    /// List mode full: channel, list and mask.
    ListFull(ChannelName, ListKind, Mask),
    /// Invalid channel key.
    BadKey(ChannelName),
    /// Modes of another user.
    NotYourModes,
    /// Invalid target of a forward (+f): channel and target.
    BadForward(ChannelName, ChannelName),
    /// Invalid mask of a list mode: channel, list and mask.
    BadMask(ChannelName, ListKind, Mask),
}

impl From<ModeError> for Refusal {
    fn from(error: ModeError) -> Refusal {
        Refusal::Mode(error)
    }
}

/// Refusal of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageError {
    /// Requester not allowed to speak in the channel.
    CannotSend(ChannelName, SendError),
    /// Account required to message the user (+R).
    NeedsAccount(Nick),
    /// CTCP refused by the user (+T).
    NoCtcp(Nick),
    /// Requester muted by a server ban: the target of the message, the reason, and the end.
    Muted(Name, Name, Option<Time>),
    /// Invalid nick for RELAYMSG: channel and nick.
    BadRelayNick(ChannelName, Nick),
    /// RELAYMSG not allowed in the channel.
    MayNotRelay(ChannelName),
}

impl From<MessageError> for Refusal {
    fn from(error: MessageError) -> Refusal {
        Refusal::Message(error)
    }
}

/// Refusal of a login or a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthError {
    /// Wrong password.
    WrongPassword,
    /// Password sent over an insecure connection.
    InsecurePassword,
    /// Too many wrong passwords from this place.
    TooManyPasswords,
    /// Too many passwords being checked.
    PasswordsBusy,
    /// Authentication failure.
    LoginFailed,
    /// Requester not logged in.
    NotLoggedIn,
    /// Requester already logged into this account.
    LoggedInAlready(AccountName),
    /// Account suspended: the reason, and the end.
    Suspended(Text, Option<Time>),
    /// Unknown oper block, or not from this host.
    NoOperHost,
    /// OPER by a user with several connections.
    OperHasSeveralSessions,
    /// Too many sessions of the user.
    TooManySessions,
}

impl From<AuthError> for Refusal {
    fn from(error: AuthError) -> Refusal {
        Refusal::Auth(error)
    }
}

/// Refusal of a command on an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountError {
    /// Nick required first.
    NeedNick,
    /// Account name taken, or used by another user as nick.
    AccountExists(AccountName),
    /// Invalid account name.
    BadAccountName(AccountName),
    /// Account name other than the requester's nick.
    AccountMustBeNick(AccountName),
    /// Account registration disabled.
    RegistrationClosed(Name),
    /// Account registration before connection registration is complete.
    ConnectFirst(Name),
    /// Password too short: the minimum number of characters.
    WeakPassword(usize),
    /// Invalid password.
    BadPassword,
    /// Unknown account.
    NoSuchAccount(AccountName),
    /// Certificate of another account, or too many certificates.
    CertificateTaken,
    /// Certificate not on the account.
    NoCertificate,
    /// Invalid mail address.
    BadMail(Name),
    /// Mail rejected for the address.
    MailRefused,
    /// Mail temporarily unavailable.
    MailUnavailable,
    /// Wrong or expired verification code for the account.
    WrongCode(Name),
    /// Preference that the server does not allow.
    NotPossible(Preference),
    /// Multiclient required on the account first.
    NeedsMulticlient,
}

impl From<AccountError> for Refusal {
    fn from(error: AccountError) -> Refusal {
        Refusal::Account(error)
    }
}

/// Refusal of a command on a registered channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnershipError {
    /// Channel registration disabled.
    ChannelsClosed,
    /// Channel that cannot be registered.
    CannotOwn(ChannelName),
    /// Channel already registered.
    ChannelAlreadyRegistered(ChannelName),
    /// Channel not registered.
    ChannelNotRegistered(ChannelName),
    /// Too many channels owned by the account.
    TooManyOwned,
    /// Founder rank required.
    NotFounder(ChannelName),
    /// Too many accounts with rights in the channel.
    AccessFull(ChannelName),
    /// Rank that the user has already, or lacks already: nick and channel.
    RankAlready(Name, Name),
    /// Account that is the channel's founder: account and channel.
    IsFounder(Name, Name),
}

impl From<OwnershipError> for Refusal {
    fn from(error: OwnershipError) -> Refusal {
        Refusal::Ownership(error)
    }
}

/// Refusal of a server ban, or because of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BanError {
    /// Server ban: the reason, and the end.
    ServerBanned(Text, Option<Time>),
    /// Ban target that matches nobody or everybody.
    BadBan(Name),
    /// Unknown server ban.
    NoSuchBan(Name),
    /// Too many server bans.
    BansFull,
}

impl From<BanError> for Refusal {
    fn from(error: BanError) -> Refusal {
        Refusal::Ban(error)
    }
}

/// Refusal of a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookError {
    /// Name that is no nick, or reserved.
    BadName(Nick),
    /// Name of a user, an account or another hook, or one that looks like an account's.
    NameTaken(Nick),
    /// Too many hooks.
    TooMany,
    /// Unknown hook.
    NoSuchHook(Nick),
    /// Token of no hook that gives the right.
    NoSuchToken,
}

impl From<HookError> for Refusal {
    fn from(error: HookError) -> Refusal {
        Refusal::Hook(error)
    }
}

/// Refusal of a query for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryError {
    /// No such history target, or not readable by the requester.
    NoHistory(Selector, Name),
    /// Failure to read the history.
    HistoryFailed(Selector, Name),
    /// Too many read markers.
    TooManyMarkers(Name),
    /// Failure to read the conversations.
    ConversationsFailed,
    /// Failure to read the messages.
    ReplayFailed,
    /// No such search target, or not readable by the requester.
    NoSearch(Name),
    /// Too many search terms.
    TooManyTerms,
    /// Search text without a word.
    NothingToSearch,
    /// Failure of the search.
    SearchFailed,
}

impl From<HistoryError> for Refusal {
    fn from(error: HistoryError) -> Refusal {
        Refusal::History(error)
    }
}

/// Refusal of a deletion (REDACT).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedactError {
    /// Unknown message.
    NoSuchMessage(Redaction),
    /// Message of another user, in a channel the requester does not operate.
    NotYourMessage(Redaction),
    /// Message too old to delete: the limit in milliseconds.
    TooOld(Redaction, u64),
    /// No such target to delete a message in, or the requester is not in it.
    NoRedactTarget(Name),
}

impl From<RedactError> for Refusal {
    fn from(error: RedactError) -> Refusal {
        Refusal::Redact(error)
    }
}

/// Refusal of a METADATA command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetadataError {
    /// No such metadata target, or not readable by the requester.
    NoMetadataTarget(Name),
    /// Metadata not writable by the requester: target and key.
    NoMetadataRight(Name, Name),
    /// Invalid metadata key.
    BadMetadataKey(Name),
    /// Invalid metadata key in a subscription request; its other keys are processed.
    BadSubscription(Name),
    /// Invalid metadata value.
    BadMetadataValue(Name),
    /// Too many metadata keys on the target: the limit.
    MetadataFull(Name, usize),
    /// Too many subscriptions: the refused key, and the limit.
    TooManySubscriptions(Name, usize),
}

impl From<MetadataError> for Refusal {
    fn from(error: MetadataError) -> Refusal {
        Refusal::Metadata(error)
    }
}

/// Refusal of a change of the accept list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AcceptError {
    /// Nick already on the accept list.
    AcceptedAlready(Nick),
    /// Nick not on the accept list.
    NotAccepted(Nick),
    /// Accept list full.
    AcceptFull,
}

impl From<AcceptError> for Refusal {
    fn from(error: AcceptError) -> Refusal {
        Refusal::Accept(error)
    }
}

/// Reason why a user may not speak in a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendError {
    /// User not in the channel (+n).
    Outside,
    /// Channel moderated (+m).
    Moderated,
    /// User banned or muted.
    Banned,
    /// CTCP blocked (+C).
    Ctcp,
    /// Account required (+M).
    Unregistered,
    /// Slow mode (+W): milliseconds until the user may speak again.
    Slow(u64),
}
