//! What the keys mean now.

use super::secret::PasswordForm;
use super::switch::SwitchTarget;
use crate::SafeText;
use crate::model::LineId;
use crate::pins::Pin;

/// What the keys mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Mode {
    /// They write.
    #[default]
    Compose,
    /// They move among the messages: the one that is chosen.
    Messages(LineId),
    /// They choose where to go.
    Switch(Switcher),
    /// They look for something in the buffer.
    Find(Field),
    /// They look for something that was sent: what for, and the place of what was found.
    FindSent(Field, Option<usize>),
    /// They scroll in a text: its title, its lines, the first that is seen.
    Read(Pager),
    /// They choose one of some lines.
    Choose(List),
    /// They choose one of a few things.
    Pick(Menu),
    /// They answer yes or no.
    Confirm(Confirmation),
    /// They decide about a paste.
    Paste(String),
    /// They answer with a password, which is not shown.
    Secret(PasswordForm),
    /// They give a reaction to a message.
    React(LineId, Field),
}

/// A line of text that is typed in an overlay, with the cursor at its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// The text.
    pub text: String,
}

impl Field {
    /// Types a character.
    pub fn push(&mut self, c: char) {
        if self.text.len() < 200 && !irc_wire::terminal::is_hostile(c) {
            self.text.push(c);
        }
    }
}

/// The quick switcher.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Switcher {
    /// What is looked for.
    pub query: Field,
    /// What was found for it, as it is shown: what comes meanwhile does not move it about.
    pub finds: Vec<SwitchTarget>,
    /// Which of the finds is chosen.
    pub chosen: usize,
}

/// A text to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pager {
    /// What it is.
    pub title: String,
    /// Its lines.
    pub lines: Vec<String>,
    /// The first that is seen.
    pub top: usize,
}

/// Where a line of a list leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListTarget {
    /// On which network.
    pub network: usize,
    /// The buffer's name as the server has it.
    pub buffer: String,
    /// The message.
    pub msgid: Option<String>,
    /// What is shown of it.
    pub text: SafeText,
    /// When, in milliseconds since 1970; of a room, how many are in it.
    pub time: u64,
}

/// Lines of which one can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// What they are.
    pub title: String,
    /// The lines, newest first.
    pub places: Vec<ListTarget>,
    /// Which is chosen.
    pub chosen: usize,
    /// Whether more are on their way.
    pub open: bool,
}

/// A small menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Menu {
    /// What is chosen.
    pub title: String,
    /// Each with its key, what it is, and what it does.
    pub rows: Vec<(String, String, MenuAction)>,
    /// Which is chosen.
    pub chosen: usize,
}

/// What a row of a menu does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MenuAction {
    /// What this key does in message mode.
    Key(LineId, char),
    /// Opens a link.
    Link(String),
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// Whether a message is to be deleted.
    Delete(LineId),
    /// Whether a link is to be opened.
    Open(String),
    /// Whether the settings that were changed are to be kept; then the client leaves with these words.
    Settings(String),
    /// Whether a server's new certificate is to be trusted: of which network, as it is pinned, and
    /// what it showed before.
    Trust(usize, String, Pin, Pin),
}

/// What is being answered to or said anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ComposeContext {
    /// An answer.
    Reply {
        /// To which message.
        msgid: String,
        /// Who said it.
        from: SafeText,
        /// What.
        text: SafeText,
    },
    /// Another text for a message.
    Edit {
        /// Which.
        msgid: String,
        /// What it was.
        text: SafeText,
        /// What was being typed before.
        draft: String,
    },
}
