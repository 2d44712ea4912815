//! Line of a timeline.

use crate::SafeText;
use crate::formatting::FormattedText;

/// Id of a line: ascending in order of creation, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineId(pub u64);

/// Kind of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// Message.
    Message,
    /// CTCP ACTION (`/me`).
    Action,
    /// Notice.
    Notice,
    /// Joins, parts and nick changes: [`Line::moves`].
    Moves,
    /// Channel event: a topic, modes.
    Event,
    /// Text of the client or the server.
    System,
    /// Error.
    Error,
    /// Gap: missing history that is being fetched.
    Gap,
}

/// Delivery state of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineState {
    /// Acknowledged by the server, or not the user's own.
    Sent,
    /// Queued until there is a connection.
    Waiting,
    /// Sent, and not yet acknowledged.
    Pending {
        /// Label of the server's acknowledgement.
        label: String,
    },
    /// Sent on a connection that was lost before the acknowledgement: delivery is unknown.
    Unconfirmed,
    /// Refused.
    Failed {
        /// Reason.
        why: SafeText,
    },
}

impl LineState {
    /// Returns whether the line was delivered.
    pub fn is_sent(&self) -> bool {
        *self == LineState::Sent
    }

    /// Returns whether the line is to be sent once there is a connection.
    pub fn waits(&self) -> bool {
        matches!(self, LineState::Waiting | LineState::Unconfirmed)
    }

    /// Returns whether the delivery of the line is undecided.
    pub fn is_open(&self) -> bool {
        self.waits() || matches!(self, LineState::Pending { .. })
    }
}

/// Message that a line replies to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Message id.
    pub msgid: String,
    /// Nick of its sender; empty if unknown.
    pub from: SafeText,
    /// Text of it; empty if unknown.
    pub text: SafeText,
}

/// Reaction to a line, with all users who share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// Text of the reaction.
    pub text: SafeText,
    /// Folded nicks of the users.
    pub from: Vec<String>,
    /// True if the user is one of them.
    pub own: bool,
}

/// Join, departure or nick change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MembershipChange {
    /// Join, with the nick.
    Came(SafeText),
    /// Part or quit, with the nick.
    Went(SafeText),
    /// Nick change, with the old and the new nick.
    Renamed(SafeText, SafeText),
}

/// Line of a buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Id of the line.
    pub id: LineId,
    /// Time in milliseconds since 1970.
    pub time: u64,
    /// Message id assigned by the server.
    pub msgid: Option<String>,
    /// Nick of the sender; empty if there is none.
    pub from: SafeText,
    /// Number from which the colour is made: of the account, else of the nick.
    pub hue: u32,
    /// Kind of the line.
    pub kind: LineKind,
    /// Text.
    pub text: FormattedText,
    /// Delivery state.
    pub state: LineState,
    /// True if the line is the user's own.
    pub own: bool,
    /// True if the line mentions the user.
    pub mention: bool,
    /// Message that the line replies to.
    pub reply: Option<Box<Reply>>,
    /// Text as typed, until it is delivered.
    pub raw: Option<Box<str>>,
    /// Message id of the message that it edits, until the edit is delivered.
    pub edits: Option<String>,
    /// Message ids of its edits.
    pub edit_ids: Vec<String>,
    /// Reactions to it.
    pub reactions: Vec<Reaction>,
    /// True if the text was edited.
    pub edited: bool,
    /// True if the message was redacted; the text says by whom.
    pub redacted: bool,
    /// True if the line is shown in full, however long it is.
    pub open: bool,
    /// Joins, parts and nick changes, of such a line.
    pub moves: Vec<MembershipChange>,
}

impl Line {
    /// Returns whether the place of the line is final, because its delivery is decided.
    pub(super) fn is_settled(&self) -> bool {
        !self.state.is_open()
    }

    /// Returns whether the line is a message.
    pub fn is_message(&self) -> bool {
        matches!(
            self.kind,
            LineKind::Message | LineKind::Action | LineKind::Notice
        )
    }

    /// Returns the joins, parts and nick changes in brief: `+erin +frank −gil · heidi is now
    /// heidi_`.
    pub fn moved(&self) -> String {
        let mut out = String::new();
        let mut names = Vec::new();
        for step in &self.moves {
            match step {
                MembershipChange::Came(nick) => out.push_str(&format!("+{nick} ")),
                MembershipChange::Went(nick) => out.push_str(&format!("−{nick} ")),
                MembershipChange::Renamed(old, new) => names.push(format!("{old} is now {new}")),
            }
        }
        let mut out = out.trim_end().to_owned();
        if !out.is_empty() && !names.is_empty() {
            out.push_str(" · ");
        }
        out.push_str(&names.join(" · "));
        out
    }
}
