//! Answers to the one who asked.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::names::NickFault;
use crate::request::ModeChange;
use crate::state::{ListKind, Profile, Ranks, Topic};
use crate::{Event, Name, Time};

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The session is registered as this user.
    Registered(Arc<Profile>),
    /// It was not done.
    Refused(Refusal),
    /// What was relayed, back in its place.
    Relayed(Box<[u8]>),
    /// A channel's topic, if it has one.
    Topic(Name, Option<Topic>),
    /// Who is in a channel; nobody, where the asker may not see.
    Names {
        /// The channel as named.
        channel: Name,
        /// Whether it is hidden from others.
        secret: bool,
        /// Its members.
        members: Vec<(Ranks, Arc<Profile>)>,
    },
    /// Channels.
    List(Vec<ListEntry>),
    /// Users that a mask or channel covers.
    Who(Name, Vec<WhoEntry>),
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
    UserModes {
        /// Whether they are invisible.
        invisible: bool,
    },
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
}

/// Why something was not done, by the rule that forbids it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody has this nick.
    NickInUse(Name),
    /// This cannot be a nick.
    BadNick(Name, NickFault),
    /// Nobody has this nick.
    NoSuchNick(Name),
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
    CannotSend(Name, SendFault),
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
    NoHistory(Name),
    /// The history could not be read.
    HistoryFailed(Name),
}

/// Why one may not speak in a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendFault {
    /// One is not in it, and it hears nobody from outside (+n).
    Outside,
    /// Only the voiced may speak (+m).
    Moderated,
    /// Banned.
    Banned,
    /// No CTCP here (+C).
    Ctcp,
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
    /// Whether the asker may see where they come from: it is themselves.
    pub own: bool,
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
    /// Channels with members.
    pub channels: usize,
    /// The most users there have been at once.
    pub most: usize,
}
