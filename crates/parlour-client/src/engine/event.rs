//! What happens on a connection, told without numerics.

/// How something was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// A message.
    Message,
    /// What somebody does.
    Action,
    /// A notice.
    Notice,
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatMessage {
    /// The channel, or the other side of a private conversation.
    pub buffer: String,
    /// The ranks that it was said to alone, as prefixes (STATUSMSG); empty: it was for all.
    pub ranks: String,
    /// Who said it.
    pub from: String,
    /// Their user name and host, if the server tells.
    pub place: Option<String>,
    /// Their account, if the server tells.
    pub account: Option<String>,
    /// Whether that is the user.
    pub own: bool,
    /// How.
    pub kind: MessageKind,
    /// What; of several lines with line feeds between.
    pub text: String,
    /// The id of what it answers to (`+draft/reply`).
    pub reply: Option<String>,
    /// The id of what it stands in the place of (`+draft/edit`).
    pub edit: Option<String>,
    /// When, in milliseconds since 1970; none if the server does not say.
    pub time: Option<u64>,
    /// The server's id for it.
    pub msgid: Option<String>,
    /// The label of the client's own line that this is the echo of.
    pub label: Option<String>,
    /// It is of the past, and was asked for.
    pub history: bool,
    /// It was searched for.
    pub found: bool,
}

/// A place in what was said, to ask for more from there (draft/chathistory, message references).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// The id of a message.
    pub msgid: Option<String>,
    /// When it was said, in milliseconds since 1970.
    pub time: Option<u64>,
}

/// A part of what was said, in the server's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The buffer that it is of.
    pub buffer: String,
    /// What was said, and what became of it.
    pub events: Vec<Event>,
    /// How many messages it had, with what is not for reading.
    pub count: usize,
    /// The first of them.
    pub first: Option<Point>,
    /// The last of them.
    pub last: Option<Point>,
}

/// A room of the server's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedChannel {
    /// Its name.
    pub name: String,
    /// How many are in it.
    pub users: u64,
    /// Its topic.
    pub topic: String,
}

/// What somebody does with their keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typing {
    /// They type.
    Active,
    /// They have paused.
    Paused,
    /// They have given up.
    Done,
}

/// Something that happened. Names are as the server wrote them: unsafe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The client is registered under this nick.
    Registered(String),
    /// The server has told all that it tells at the beginning, what it can and its limits with it.
    Ready,
    /// Something was said.
    Message(ChatMessage),
    /// Somebody reacts to a message, or takes that back.
    Reacted {
        /// The channel, or the other side of a private conversation.
        buffer: String,
        /// Who.
        from: String,
        /// Whether that is the user.
        own: bool,
        /// The id of the message.
        to: String,
        /// With what.
        text: String,
        /// Whether it is taken back.
        removed: bool,
    },
    /// Somebody types, or does not any more.
    Typing {
        /// Where.
        buffer: String,
        /// Who.
        nick: String,
        /// What they do.
        state: Typing,
    },
    /// A message was taken back.
    Redacted {
        /// Where it was.
        buffer: String,
        /// Its id.
        msgid: String,
        /// By whom.
        by: String,
        /// Why.
        reason: String,
    },
    /// Up to where the user has read, in milliseconds since 1970.
    Marker {
        /// Of which buffer.
        buffer: String,
        /// When; none: nothing of it.
        time: Option<u64>,
    },
    /// Somebody is away, or back.
    Away {
        /// Who.
        nick: String,
        /// Whether they are away.
        away: bool,
    },
    /// A channel has another name.
    ChannelRenamed {
        /// The old one.
        old: String,
        /// The new one.
        new: String,
    },
    /// Somebody came into a channel.
    Joined {
        /// Where.
        channel: String,
        /// Who.
        nick: String,
        /// Whether that is the user.
        own: bool,
        /// Their account, if the server tells (extended-join).
        account: Option<String>,
        /// Their user name and host, if the server tells.
        place: Option<String>,
    },
    /// What is known of a member of a channel.
    Member {
        /// Where.
        channel: String,
        /// Who.
        nick: String,
        /// Whether they are away.
        away: bool,
        /// Their account, if they have one and the server tells.
        account: Option<String>,
    },
    /// Somebody is logged into an account now, or into none (account-notify).
    Account {
        /// Who.
        nick: String,
        /// Which.
        account: Option<String>,
    },
    /// Somebody left a channel, by themselves or thrown out.
    Left {
        /// Where.
        channel: String,
        /// Who.
        nick: String,
        /// Whether that is the user.
        own: bool,
        /// Their words, or those of whoever threw them out.
        words: String,
        /// Who threw them out, if somebody did.
        by: Option<String>,
    },
    /// Somebody has gone.
    Quit {
        /// Who.
        nick: String,
        /// Their words.
        words: String,
    },
    /// Somebody has a new nick.
    Renamed {
        /// The old one.
        old: String,
        /// The new one.
        new: String,
        /// Whether that is the user.
        own: bool,
    },
    /// A channel's topic; who set it just now, if somebody did.
    Topic {
        /// Where.
        channel: String,
        /// Who.
        by: Option<String>,
        /// The topic.
        text: String,
    },
    /// Modes were changed.
    Modes {
        /// Where.
        channel: String,
        /// Who.
        by: String,
        /// The mode string.
        modes: String,
    },
    /// Some of a channel's members, each with their prefixes.
    Names {
        /// Where.
        channel: String,
        /// Prefixes and nick.
        members: Vec<(String, String)>,
    },
    /// All members are named.
    NamesEnd(String),
    /// An answer to a request for history, whole.
    History(Page),
    /// A request for history was refused.
    HistoryRefused {
        /// What the server names of the request: a buffer, mostly.
        context: Vec<String>,
        /// Why.
        why: String,
    },
    /// A channel cannot be entered.
    NotEntered {
        /// Which.
        channel: String,
        /// Why.
        why: String,
    },
    /// No nick could be had, and the client leaves: why.
    NoNick(String),
    /// There is a private conversation with somebody.
    Conversation(String),
    /// An answer to a search is complete.
    SearchEnd,
    /// A search was refused; why is told apart.
    SearchRefused,
    /// The user cannot be logged in, and the client leaves: why.
    LoginFailed(String),
    /// The user is logged into an account.
    LoggedIn(String),
    /// The user is logged into no account any more.
    LoggedOut,
    /// An account was made.
    AccountMade(String),
    /// What the user wanted about an account after the welcome was refused: why.
    LoginRefused(String),
    /// A room of the list that was asked for.
    Listed(ListedChannel),
    /// All rooms are listed.
    ListEnd,
    /// Who is online.
    Online(Vec<String>),
    /// The line with this label was refused.
    Refused {
        /// The label.
        label: String,
        /// Why.
        why: String,
    },
    /// The line with this label was taken, and nothing is echoed.
    Taken(String),
    /// The server says something that belongs to a buffer, or to none.
    Told {
        /// Which buffer it is about.
        buffer: Option<String>,
        /// What.
        text: String,
        /// Whether it is an error.
        error: bool,
    },
    /// The answer to something that the user has asked.
    Answered {
        /// Which buffer it is about; if there is none, it is shown where it was asked.
        about: Option<String>,
        /// What.
        text: String,
    },
    /// Somebody whom the user has spoken to is away.
    PeerAway {
        /// Who.
        nick: String,
        /// What they have left word of.
        text: String,
    },
    /// The user is away, or back.
    OwnAway(bool),
    /// Somebody is invited into a channel.
    Invited {
        /// By whom.
        by: String,
        /// Who.
        nick: String,
        /// Where.
        channel: String,
        /// Whether that is the user.
        own: bool,
    },
    /// The nick that was asked for cannot be had; another is tried.
    NickTaken {
        /// The one that was wanted.
        wanted: String,
        /// The one that is tried.
        trying: String,
        /// Why.
        why: String,
    },
    /// Nobody goes by a nick that was asked after.
    Free(String),
    /// The server answered a ping of ours.
    Pong(String),
    /// The server closes the connection.
    Closing(String),
}
