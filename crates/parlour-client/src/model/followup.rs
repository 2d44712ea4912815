//! Followups: further handling that an event needs once the model has it.

use crate::engine::ListedChannel;

/// Further handling that an applied event needs, beyond the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Followup {
    /// Nothing more.
    Nothing,
    /// State that is saved has changed.
    Save,
    /// Registration is complete, and the login.
    Ready,
    /// The user has joined a channel.
    Joined(String),
    /// The list of a channel's members is complete.
    NamesEnded(String),
    /// A join was refused.
    JoinRefused {
        /// Channel.
        channel: String,
        /// Reason.
        why: String,
    },
    /// A history request was refused.
    HistoryRefused {
        /// Parameters of the refusal.
        context: Vec<String>,
        /// Reason.
        why: String,
    },
    /// A channel or a user has another name.
    Renamed {
        /// Name before.
        old: String,
        /// Name now.
        new: String,
    },
    /// The user has another nick.
    OwnNick {
        /// Nick before.
        old: String,
        /// Nick now.
        new: String,
    },
    /// A nick is no longer in use.
    NickFreed {
        /// Nick that is free.
        nick: String,
        /// Nick that they have now, if any.
        now: Option<String>,
    },
    /// The first message of a user has opened a buffer.
    Opened(usize),
    /// A channel of a list.
    Listed(ListedChannel),
    /// A list of channels is complete.
    ListEnded,
    /// The results of a search are complete, or it was refused.
    SearchEnded,
    /// The server will refuse another attempt in the same way.
    GiveUp,
    /// The user is logged in to an account.
    LoggedIn(String),
    /// A password was refused.
    LoginRefused,
    /// There is stored history with this user.
    Conversation(String),
    /// Answer to a ping, by its token.
    Pong(String),
}
