//! State of the client as it is saved across runs.

use serde::{Deserialize, Serialize};

/// State that is saved across runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedState {
    /// Sent text, oldest first.
    pub sent: Vec<String>,
    /// Buffers.
    pub buffers: Vec<SavedBuffer>,
    /// Shown buffer: its network and name.
    pub current: Option<(String, String)>,
}

/// Saved state of one buffer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedBuffer {
    /// Address of the network, as the client was given it.
    pub network: String,
    /// Name of the buffer.
    pub name: String,
    /// True for a channel.
    pub room: bool,
    /// True if the user is in the channel.
    pub joined: bool,
    /// Channel key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Time up to which everything was seen, in milliseconds since 1970; 0 for nothing.
    pub seen: u64,
    /// Draft.
    pub draft: String,
    /// Messages not sent or not acknowledged.
    pub outbox: Vec<SavedLine>,
    /// True if muted: only mentions count as unread.
    pub muted: bool,
    /// True if pinned at the top of the list.
    pub pinned: bool,
    /// Notification level: `all`, `mentions` or `off`.
    pub notify: String,
    /// ID of the message at which the user was reading.
    pub scroll: Option<String>,
    /// True if the buffer is saved for its unread messages only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub passing: bool,
    /// Unread messages of a private conversation, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<UnreadLine>,
}

/// Unread private message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UnreadLine {
    /// Nick of the author.
    pub from: String,
    /// Text.
    pub text: String,
    /// Time in milliseconds since 1970.
    pub time: u64,
    /// Message ID, if the server gave one: the same message in the history is not shown twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub msgid: Option<String>,
}

/// Saved message of the user's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedLine {
    /// Text.
    pub text: String,
    /// True for a CTCP ACTION (`/me`).
    pub action: bool,
    /// ID of the message replied to.
    pub reply: Option<String>,
    /// ID of the edited message.
    pub edit: Option<String>,
    /// Time of writing, in milliseconds since 1970.
    pub time: u64,
    /// True if sent without an acknowledgement.
    pub sent: bool,
    /// Reason of the refusal, if refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}
