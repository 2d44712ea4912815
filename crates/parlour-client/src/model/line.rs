//! One line of a timeline.

use crate::SafeText;

/// Which line: numbered as they come up, never the same again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineId(pub u64);

/// What kind of line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// Somebody says something.
    Message,
    /// Somebody does something.
    Action,
    /// A notice.
    Notice,
    /// The client or the server tells something.
    System,
    /// Something went wrong.
    Error,
}

/// Whether one's own line has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineState {
    /// It has, or it is not one's own.
    Sent,
    /// Not yet: its label; none after the connection that carried it was lost.
    Pending {
        /// The label.
        label: Option<String>,
    },
    /// It was refused.
    Failed {
        /// Why.
        why: SafeText,
    },
}

impl LineState {
    /// Whether the line has arrived.
    pub fn is_sent(&self) -> bool {
        *self == LineState::Sent
    }
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which.
    pub id: LineId,
    /// When, in milliseconds since 1970.
    pub time: u64,
    /// The server's id for the message.
    pub msgid: Option<String>,
    /// Who; empty for lines of nobody.
    pub from: SafeText,
    /// What kind.
    pub kind: LineKind,
    /// The text.
    pub text: SafeText,
    /// Whether it has arrived.
    pub state: LineState,
    /// Whether it is the user's own.
    pub own: bool,
    /// Whether it names the user.
    pub mention: bool,
}

impl Line {
    /// Whether its place is certain: it does not wait for the server.
    pub(super) fn is_settled(&self) -> bool {
        !matches!(self.state, LineState::Pending { .. })
    }

    /// Whether it is something that somebody said.
    pub fn is_said(&self) -> bool {
        matches!(
            self.kind,
            LineKind::Message | LineKind::Action | LineKind::Notice
        )
    }
}
