//! One line of a timeline.

use crate::SafeText;
use crate::formatting::FormattedText;

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
    /// People came and went, or have other names: [`Line::moves`].
    Moves,
    /// Something about the room: a topic, modes.
    Event,
    /// The client or the server tells something.
    System,
    /// Something went wrong.
    Error,
    /// Here something is missing that the server is being asked for.
    Gap,
}

/// Whether one's own line has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineState {
    /// It has, or it is not one's own.
    Sent,
    /// It waits for a connection.
    Waiting,
    /// It is on its way.
    Pending {
        /// The label under which the server tells that it has arrived.
        label: String,
    },
    /// The connection was lost while it was on its way: it has arrived, or not.
    Unconfirmed,
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

    /// Whether it is to be sent once there is a connection.
    pub fn waits(&self) -> bool {
        matches!(self, LineState::Waiting | LineState::Unconfirmed)
    }

    /// Whether it is not known what becomes of it.
    pub fn is_open(&self) -> bool {
        self.waits() || matches!(self, LineState::Pending { .. })
    }
}

/// What a line answers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The id of the message.
    pub msgid: String,
    /// Who said it; empty while it is not known.
    pub from: SafeText,
    /// Its text, or its beginning.
    pub text: SafeText,
}

/// What people put under a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// What.
    pub text: SafeText,
    /// Who, by folded nick.
    pub from: Vec<String>,
    /// Whether the user is one of them.
    pub own: bool,
}

/// Somebody came, went, or has another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// They came.
    Came(SafeText),
    /// They went.
    Went(SafeText),
    /// They have another name.
    Renamed(SafeText, SafeText),
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
    /// What their colour is of: their account, or their nick.
    pub hue: u32,
    /// What kind.
    pub kind: LineKind,
    /// The text.
    pub text: FormattedText,
    /// Whether it has arrived.
    pub state: LineState,
    /// Whether it is the user's own.
    pub own: bool,
    /// Whether it names the user.
    pub mention: bool,
    /// What it answers to.
    pub reply: Option<Box<Reply>>,
    /// What is to be sent, as it was typed, until it has arrived.
    pub raw: Option<Box<str>>,
    /// The id of what it is to stand in the place of, while it waits to be sent.
    pub edits: Option<String>,
    /// The ids of the messages that have stood in its place.
    pub edit_ids: Vec<String>,
    /// What people put under it.
    pub reactions: Vec<Reaction>,
    /// Whether its text is another than it was.
    pub edited: bool,
    /// Whether it was taken back; its text says by whom.
    pub redacted: bool,
    /// Whether all of it is shown, however long it is.
    pub open: bool,
    /// Who came and went.
    pub moves: Vec<Move>,
}

impl Line {
    /// Whether its place is certain: it does not wait for the server.
    pub(super) fn is_settled(&self) -> bool {
        !self.state.is_open()
    }

    /// Whether it is something that somebody said.
    pub fn is_said(&self) -> bool {
        matches!(
            self.kind,
            LineKind::Message | LineKind::Action | LineKind::Notice
        )
    }

    /// Who came and went, in few words: `+erin +frank −gil · heidi is now heidi_`.
    pub fn moved(&self) -> String {
        let mut out = String::new();
        let mut names = Vec::new();
        for step in &self.moves {
            match step {
                Move::Came(nick) => out.push_str(&format!("+{nick} ")),
                Move::Went(nick) => out.push_str(&format!("−{nick} ")),
                Move::Renamed(old, new) => names.push(format!("{old} is now {new}")),
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
