//! What a session asks.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::history::Selector;
use crate::state::{ChannelFlag, ListKind, Rank};
use crate::{CallId, Name, SessionId};

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
    /// Who is in a channel.
    Names(Name),
    /// Which channels there are.
    List(ListFilter),
    /// Users of a channel, or by a mask over nick, user, host and real name.
    Who(Name),
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
    /// Messages that were kept.
    History(HistoryQuestion),
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
    /// Only messages whose text holds all of these, whatever the case; all, if empty.
    pub words: Vec<Name>,
}

/// A wish to change the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// To become a user.
    Register(Box<Registration>),
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
    /// One's own modes: invisible or not.
    Invisible {
        /// Whose modes: only one's own can be changed.
        nick: Name,
        /// Whether set or removed.
        set: bool,
    },
    /// Something to say.
    Say(Saying),
    /// Away with a text, or back.
    Away(Option<Name>),
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
    /// The address it comes from.
    pub host: Name,
    /// The real name.
    pub realname: Name,
    /// Whether the connection is encrypted.
    pub secure: bool,
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
    /// A member's rank, given or taken.
    Rank(Rank, Name, bool),
    /// An entry of a list, added or removed.
    List(ListKind, Name, bool),
}

/// How something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SayKind {
    /// PRIVMSG.
    Message,
    /// NOTICE: answered by nobody, errors included.
    Notice,
    /// TAGMSG: tags alone, not kept.
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
pub struct Saying {
    /// How.
    pub kind: SayKind,
    /// To whom.
    pub target: Target,
    /// The text; empty for tags alone.
    pub text: Name,
    /// Client-only tags as they are to be relayed.
    pub tags: Name,
}
