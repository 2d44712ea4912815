//! Events of a connection, free of numerics.

/// Kind of a chat message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// Ordinary message (PRIVMSG).
    Message,
    /// CTCP ACTION (`/me`).
    Action,
    /// Notice (NOTICE).
    Notice,
}

/// Message to a channel or a user, from others or the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatMessage {
    /// Channel, or nick of the other side of a private conversation.
    pub buffer: String,
    /// Status prefixes of a STATUSMSG; empty for a message to the whole channel.
    pub ranks: String,
    /// Nick of the sender.
    pub from: String,
    /// User name and host of the sender, if known.
    pub place: Option<String>,
    /// Account of the sender, if known (account-tag).
    pub account: Option<String>,
    /// True if the user is the sender.
    pub own: bool,
    /// Kind of the message.
    pub kind: MessageKind,
    /// Text; the lines of a multiline message are separated by line feeds.
    pub text: String,
    /// Message id of the message that it replies to (`+draft/reply`).
    pub reply: Option<String>,
    /// Message id of the message that it edits (`+draft/edit`).
    pub edit: Option<String>,
    /// Server time in milliseconds since 1970; none if the server does not send it.
    pub time: Option<u64>,
    /// Message id assigned by the server.
    pub msgid: Option<String>,
    /// Label of the client's own message that this echoes or answers (labeled-response).
    pub label: Option<String>,
    /// True if it comes from a requested history page or search.
    pub history: bool,
    /// True if it is a search result (soju.im/search).
    pub found: bool,
}

/// Reference to a message, from which history can be requested (draft/chathistory).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageRef {
    /// Message id, if known.
    pub msgid: Option<String>,
    /// Server time in milliseconds since 1970, if known.
    pub time: Option<u64>,
}

/// Answer to a history request, in the server's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Buffer that the page belongs to.
    pub buffer: String,
    /// Messages of the page, and changes to them.
    pub events: Vec<Event>,
    /// Number of messages in the batch, including those that yield no event.
    pub count: usize,
    /// Reference of the first message.
    pub first: Option<MessageRef>,
    /// Reference of the last message.
    pub last: Option<MessageRef>,
}

/// Channel of the server's list (LIST).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedChannel {
    /// Name of the channel.
    pub name: String,
    /// Number of members.
    pub users: u64,
    /// Topic.
    pub topic: String,
}

/// Typing state of a user (`+typing`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typing {
    /// Typing.
    Active,
    /// Paused, with unsent text.
    Paused,
    /// No longer typing.
    Done,
}

/// Answer to a request for an upload token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadToken {
    /// Token that stands for the session.
    Granted(String),
    /// Refusal, with the reason.
    Refused(String),
    /// The server has no such tokens.
    Unknown,
}

/// Event of a session. Names are as the server sent them: unsafe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Completed registration, with the user's nick.
    Registered(String),
    /// End of the server's welcome; its features and limits are known.
    Ready,
    /// Message of a user.
    Message(ChatMessage),
    /// Reaction to a message, added or removed.
    Reacted {
        /// Channel, or nick of the other side of a private conversation.
        buffer: String,
        /// Nick of the user who reacts.
        from: String,
        /// True if the reaction is the user's own.
        own: bool,
        /// Message id of the message.
        to: String,
        /// Text of the reaction, mostly an emoji.
        text: String,
        /// True if the reaction is removed.
        removed: bool,
    },
    /// Typing notification (`+typing`).
    Typing {
        /// Channel, or nick of the other side of a private conversation.
        buffer: String,
        /// Nick of the typing user.
        nick: String,
        /// Typing state.
        state: Typing,
    },
    /// Redaction of a message (draft/message-redaction).
    Redacted {
        /// Buffer of the message.
        buffer: String,
        /// Message id of the message.
        msgid: String,
        /// Nick of the user who redacted it.
        by: String,
        /// Reason; may be empty.
        reason: String,
    },
    /// Read marker of a buffer (draft/read-marker).
    ReadMarker {
        /// Name of the buffer.
        buffer: String,
        /// Time up to which the user has read, in milliseconds since 1970; none if nothing is read.
        time: Option<u64>,
    },
    /// Away status of a user (away-notify).
    Away {
        /// Nick of the user.
        nick: String,
        /// True if away, false if back.
        away: bool,
    },
    /// New name of a channel (draft/channel-rename).
    ChannelRenamed {
        /// Old name.
        old: String,
        /// New name.
        new: String,
    },
    /// Join of a channel (JOIN).
    Joined {
        /// Name of the channel.
        channel: String,
        /// Nick of the new member.
        nick: String,
        /// True if the new member is the user.
        own: bool,
        /// Account of the new member, if known (extended-join).
        account: Option<String>,
        /// User name and host of the new member, if known.
        place: Option<String>,
    },
    /// Details of a channel member (reply to WHO).
    Member {
        /// Name of the channel.
        channel: String,
        /// Nick of the member.
        nick: String,
        /// True if the member is away.
        away: bool,
        /// Account of the member, if known.
        account: Option<String>,
    },
    /// Login or logout of a user (account-notify).
    Account {
        /// Nick of the user.
        nick: String,
        /// Account; none after a logout.
        account: Option<String>,
    },
    /// Departure of a member from a channel, by PART or KICK.
    Left {
        /// Name of the channel.
        channel: String,
        /// Nick of the former member.
        nick: String,
        /// True if the former member is the user.
        own: bool,
        /// Part message, or reason of the kick.
        words: String,
        /// Nick of the kicker; none for a PART.
        by: Option<String>,
    },
    /// Quit of a user (QUIT).
    Quit {
        /// Nick of the user.
        nick: String,
        /// Quit message.
        words: String,
    },
    /// Nick change (NICK).
    Renamed {
        /// Old nick.
        old: String,
        /// New nick.
        new: String,
        /// True if the nick is the user's own.
        own: bool,
    },
    /// Topic of a channel, upon joining or when set.
    Topic {
        /// Name of the channel.
        channel: String,
        /// Nick of the user who just set it; none upon joining.
        by: Option<String>,
        /// Text of the topic.
        text: String,
    },
    /// Change of channel modes (MODE).
    Modes {
        /// Name of the channel.
        channel: String,
        /// Nick of the user who changed them.
        by: String,
        /// Mode string with its parameters.
        modes: String,
    },
    /// Part of a channel's member list (NAMES).
    Names {
        /// Name of the channel.
        channel: String,
        /// Status prefixes and nick of each member.
        members: Vec<(String, String)>,
    },
    /// End of a channel's member list, with the channel's name.
    NamesEnd(String),
    /// Answer to a history request, complete.
    History(Page),
    /// Refusal of a history request (FAIL CHATHISTORY).
    HistoryRefused {
        /// Context parameters of the FAIL, mostly a buffer.
        context: Vec<String>,
        /// Reason.
        why: String,
    },
    /// Refusal of a join.
    JoinRefused {
        /// Name of the channel.
        channel: String,
        /// Reason.
        why: String,
    },
    /// Failure to get any nick, with the reason; the client quits.
    NickFailed(String),
    /// Target of a private conversation with stored history (CHATHISTORY TARGETS).
    Conversation(String),
    /// End of a search's results.
    SearchEnd,
    /// Refusal of a search; the reason is an event of its own.
    SearchRefused,
    /// Failed login before the welcome, with the reason; the client quits.
    LoginFailed(String),
    /// Login of the user into this account.
    LoggedIn(String),
    /// Logout of the user.
    LoggedOut,
    /// Account that was registered.
    AccountRegistered(String),
    /// Refusal of a login or an account registration after the welcome, with the reason.
    LoginRefused(String),
    /// Channel of a requested list (LIST).
    Listed(ListedChannel),
    /// End of the channel list.
    ListEnd,
    /// Nicks of users who are online (reply to the user's WHO).
    Online(Vec<String>),
    /// Refusal of a labelled message.
    Refused {
        /// Label of the message.
        label: String,
        /// Reason.
        why: String,
    },
    /// Label of a message that the server accepted without an echo.
    Acknowledged(String),
    /// Server text for a buffer, or for none.
    ServerText {
        /// Buffer that it is about.
        buffer: Option<String>,
        /// Text.
        text: String,
        /// True if it is an error.
        error: bool,
    },
    /// Answer to a command of the user.
    Answered {
        /// Buffer that it is about; none: it is shown where the command was given.
        about: Option<String>,
        /// Text.
        text: String,
    },
    /// Away message of a user who was sent a message (RPL_AWAY).
    PeerAway {
        /// Nick of the away user.
        nick: String,
        /// Away message.
        text: String,
    },
    /// Away status of the user: true if away, false if back.
    OwnAway(bool),
    /// Invitation to a channel (INVITE).
    Invited {
        /// Nick of the inviter.
        by: String,
        /// Nick of the invited user.
        nick: String,
        /// Name of the channel.
        channel: String,
        /// True if the invited user is the user.
        own: bool,
    },
    /// Refusal of a nick during registration, with the one tried next.
    NickTaken {
        /// Refused nick.
        wanted: String,
        /// Nick that is tried next.
        trying: String,
        /// Reason.
        why: String,
    },
    /// Nick that was queried and is free (ISON).
    NickFree(String),
    /// Answer to the oldest request for an upload token.
    UploadToken(UploadToken),
    /// Token of a PONG from the server.
    Pong(String),
    /// Reason for which the server closes the connection (ERROR).
    Closing(String),
}

impl Event {
    /// Returns the message, if it is one.
    pub fn message(&self) -> Option<&ChatMessage> {
        if let Event::Message(said) = self {
            Some(said)
        } else {
            None
        }
    }

    /// Returns the message, if it is one.
    pub fn into_message(self) -> Option<ChatMessage> {
        if let Event::Message(said) = self {
            Some(said)
        } else {
            None
        }
    }
}
