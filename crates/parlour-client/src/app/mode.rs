//! Modes, which give the keys their meaning.

use super::keymap::Action;
use super::password_form::PasswordForm;
use crate::NetworkId;
use crate::SafeText;
use crate::model::LineId;
use crate::pins::Pin;

/// Mode of the keyboard.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Mode {
    /// Composing of a message.
    #[default]
    Compose,
    /// Message mode, with the chosen message.
    Messages(LineId),
    /// Quick switcher.
    Switch(Switcher),
    /// Search in the shown buffer.
    Find(Field),
    /// Search in sent text: the query, and the index of the match.
    FindSent(Field, Option<usize>),
    /// Pager.
    Read(Pager),
    /// List to choose from.
    Choose(List),
    /// Small menu.
    Pick(Menu),
    /// Confirmation of an action.
    Confirm(Confirmation),
    /// Paste of several lines, awaiting a decision.
    Paste(String),
    /// Password dialog.
    Secret(PasswordForm),
    /// Reaction to a message, being typed.
    React(LineId, Field),
}

/// Text field of an overlay, with the cursor at its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// Text.
    pub text: String,
}

impl Field {
    /// Appends a character, unless the field is full or the character is hostile to terminals.
    pub fn push(&mut self, c: char) {
        if self.text.len() < 200 && !irc_wire::terminal::is_hostile(c) {
            self.text.push(c);
        }
    }
}

/// Target of the quick switcher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SwitchTarget {
    /// Buffer: its network, and its name as the server has it.
    Buffer(NetworkId, String),
    /// User on the network of the shown buffer.
    Person(String),
    /// Channel that the user is not in.
    Join(String),
    /// Search for messages with these words.
    Search(String),
    /// Command, to be completed.
    Command(&'static str),
    /// Action of a key.
    Action(Action),
}

/// Quick switcher.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Switcher {
    /// Query.
    pub query: Field,
    /// Results as shown; later events do not reorder them.
    pub finds: Vec<SwitchTarget>,
    /// Index of the chosen result.
    pub chosen: usize,
}

/// Text in a pager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pager {
    /// Title.
    pub title: String,
    /// Lines.
    pub lines: Vec<String>,
    /// Index of the first visible line.
    pub top: usize,
}

/// Target of a line in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListTarget {
    /// Network.
    pub network: NetworkId,
    /// Name of the buffer as the server has it.
    pub buffer: String,
    /// Message ID, if the target is a message.
    pub msgid: Option<String>,
    /// Text shown in the list.
    pub text: SafeText,
    /// Time in milliseconds since 1970; for a channel, its number of users.
    pub time: u64,
}

/// List of targets, one of which can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Title.
    pub title: String,
    /// Targets, in the order shown.
    pub places: Vec<ListTarget>,
    /// Index of the chosen target.
    pub chosen: usize,
    /// True while more targets may arrive.
    pub open: bool,
}

/// Small menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Menu {
    /// Title.
    pub title: String,
    /// Rows, each with its key, its description and its action.
    pub rows: Vec<(String, String, MenuAction)>,
    /// Index of the chosen row.
    pub chosen: usize,
}

/// Action of a menu row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MenuAction {
    /// Key of message mode, applied to a message.
    Key(LineId, char),
    /// Link to open.
    Link(String),
}

/// Action that awaits confirmation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// Deletion of a message.
    Delete(LineId),
    /// Opening of a link.
    Open(String),
    /// Upload of the file whose path was pasted.
    Upload(String),
    /// Saving of the changed settings, before quitting with this message.
    Settings(String),
    /// Trust in a server's new certificate: network, name it is pinned under, old pin, new pin.
    Trust(NetworkId, String, Pin, Pin),
}

/// Message that the typed text replies to or edits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ComposeContext {
    /// Reply.
    Reply {
        /// ID of the message replied to.
        msgid: String,
        /// Nick of its author.
        from: SafeText,
        /// Text of that message.
        text: SafeText,
    },
    /// Edit.
    Edit {
        /// ID of the edited message.
        msgid: String,
        /// Text before the edit.
        text: SafeText,
        /// Draft from before the edit began.
        draft: String,
    },
}
