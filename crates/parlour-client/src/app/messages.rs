//! Message mode: moving among messages, and acting on one.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::mode::{ComposeContext, Confirmation, Field, Mode};
use super::{App, HostCommand};
use crate::engine::Feature;
use crate::markdown;
use crate::model::{Buffer, Line, LineId, LineState};

/// Row of the keys of message mode.
pub(crate) struct Row {
    /// Keys, as text for users.
    pub keys: &'static str,
    /// Key shown in the menu; NUL for none.
    pub key: char,
    /// Help text.
    pub help: &'static str,
    /// True if the message must have an ID.
    pub needs_id: bool,
}

const fn key_row(keys: &'static str, key: char, help: &'static str, needs_id: bool) -> Row {
    Row {
        keys,
        key,
        help,
        needs_id,
    }
}

/// Keys of message mode, for the help and the menu.
#[rustfmt::skip]
pub(crate) const KEYS: &[Row] = &[
    key_row("j k Up Down", '\0', "the message below, above", false),
    key_row("r", 'r', "replies to it; sends it again, if it was not sent", true),
    key_row("e", 'e', "edits it, if it is yours", true),
    key_row("+ =", '+', "adds to its first reaction, or removes yours", true),
    key_row(":", ':', "reacts with an emoji, by its name", true),
    key_row("d Backspace", 'd', "deletes it (asks first); discards it, if it was not sent", false),
    key_row("y", 'y', "copies its text into your terminal's clipboard", false),
    key_row("o", 'o', "opens its link; of several, asks which", false),
    key_row("g", 'g', "goes to the message that it replies to", true),
    key_row("t", 't', "shows its thread: that message, and all replies", true),
    key_row("u", 'u', "marks it and everything below as unread", false),
    key_row("m", 'm', "mentions its author", false),
    key_row("Enter", '\0', "opens a long message; else shows all of this to choose from", false),
    key_row("Esc i", '\0', "back to writing", false),
];

/// Returns the ID of the first message in the thread of a message, as far as it is known.
pub(super) fn root<'a>(buffer: &'a Buffer, line: &'a Line) -> Option<&'a str> {
    let mut line = line;
    // Bounded: forged replies may form a cycle.
    for _ in 0..50 {
        let Some(reply) = &line.reply else { break };
        match buffer.by_msgid(&reply.msgid) {
            Some(before) => line = before,
            None => return Some(&reply.msgid),
        }
    }
    line.msgid.as_deref()
}

impl App {
    /// Enters message mode, with the newest visible message chosen.
    pub(super) fn choose_newest(&mut self) {
        let layout = self.layout();
        let shown = crate::view::timeline::shown(&self.model, &layout, &self.settings);
        let buffer = self.model.buffer();
        let said = |id: &&LineId| {
            let at = buffer.position(**id);
            at.is_some_and(|at| buffer.lines[at].is_message())
        };
        // A line found or jumped to takes precedence.
        let pointed = self.highlighted.take().filter(|id| shown.contains(id));
        if let Some(id) = pointed.or(shown.iter().rev().copied().find(|id| said(&id))) {
            self.mode = Mode::Messages(id);
        }
    }

    fn chosen(&self, id: LineId) -> Option<&Line> {
        let buffer = self.model.buffer();
        buffer.position(id).map(|at| &buffer.lines[at])
    }

    /// Returns whether the server has given a line a message ID.
    pub fn has_id(&self, id: LineId) -> bool {
        self.chosen(id).is_some_and(|line| line.msgid.is_some())
    }

    /// Returns whether Enter unfolds a line, or folds it again.
    fn is_long(&self, line: &Line) -> bool {
        line.open || line.text.has_spoilers() || {
            let layout = self.layout();
            crate::view::rows::is_folded(line, &layout, &self.settings)
        }
    }

    fn step(&mut self, id: LineId, up: bool) {
        let buffer = self.model.buffer();
        let at = buffer.position(id).unwrap_or(0);
        let next = if up {
            buffer.lines.range(..at).rposition(Line::is_message)
        } else {
            let behind = buffer.lines.range((at + 1).min(buffer.lines.len())..);
            behind
                .into_iter()
                .position(Line::is_message)
                .map(|n| n + at + 1)
        };
        match next.map(|at| buffer.lines[at].id) {
            Some(id) => {
                self.mode = Mode::Messages(id);
                self.bring_into_sight(id);
            }
            None if up => self.load_older(),
            None => {
                self.load_newer();
                self.mode = Mode::Compose;
                self.newest();
            }
        }
    }

    /// Handles a key in message mode. Returns false if the key has its usual meaning.
    pub(super) fn message_key(&mut self, id: LineId, key: KeyEvent) -> bool {
        let shift = KeyModifiers::SHIFT;
        if !(key.modifiers - shift).is_empty() {
            return false;
        }
        // The chosen line may be gone, trimmed or cleared.
        let Some(line) = self.chosen(id).cloned() else {
            self.mode = Mode::Compose;
            return false;
        };
        match key.code {
            KeyCode::Char('j') | KeyCode::Down => self.step(id, false),
            KeyCode::Char('k') | KeyCode::Up => self.step(id, true),
            KeyCode::Char('r') if matches!(line.state, LineState::Failed { .. }) => {
                self.retry(id);
                self.mode = Mode::Compose;
            }
            KeyCode::Char('r') => self.reply(&line),
            KeyCode::Char('e') => self.edit_line(&line),
            KeyCode::Char('+' | '=') => {
                match line.reactions.first().map(|first| first.text.to_string()) {
                    Some(first) => self.react(id, &first),
                    None => self.mode = Mode::React(id, Field::default()),
                }
            }
            KeyCode::Char(':') => self.mode = Mode::React(id, Field::default()),
            KeyCode::Char('d') | KeyCode::Backspace => {
                self.mode = Mode::Confirm(Confirmation::Delete(id))
            }
            KeyCode::Char('y') => {
                self.command(HostCommand::Copy(line.text.to_string()));
                self.flash("Sent to your terminal's clipboard.");
            }
            KeyCode::Char('o') => self.ask_for_link(&line),
            KeyCode::Char('t') => self.show_thread(id),
            KeyCode::Char('g') => match &line.reply {
                Some(reply) => {
                    let buffer = self.model.buffer();
                    let (net, name) = (buffer.network, buffer.raw_name.clone());
                    let msgid = reply.msgid.clone();
                    self.go_to(net, &name, &msgid);
                }
                None => self.flash("It is not a reply."),
            },
            KeyCode::Char('u') => {
                self.model.buffer_mut().mark_unread(id);
                self.mode = Mode::Compose;
                self.flash("Marked as unread from here, once you look elsewhere.");
            }
            KeyCode::Char('m') => {
                self.mode = Mode::Compose;
                let suffix = if self.composer.is_empty() { ": " } else { " " };
                self.composer.insert(&format!("{}{suffix}", line.from));
            }
            KeyCode::Enter if self.is_long(&line) => {
                if let Some(at) = self.model.buffer().position(id) {
                    let line = &mut self.model.buffer_mut().lines[at];
                    line.open = !line.open;
                }
            }
            KeyCode::Enter => self.menu(id),
            KeyCode::Char('?') => self.help(false),
            KeyCode::Esc | KeyCode::Char('i') => {
                self.mode = Mode::Compose;
            }
            _ => return false,
        }
        true
    }

    fn reply(&mut self, line: &Line) {
        let Some(msgid) = line.msgid.clone() else {
            return self
                .report_error("The server gave that message no id, so it cannot be replied to.");
        };
        self.context = Some(ComposeContext::Reply {
            msgid,
            from: line.from.clone(),
            text: line.text.text.clone(),
        });
        self.mode = Mode::Compose;
    }

    /// Begins an edit of a message of the user's.
    pub(super) fn edit_line(&mut self, line: &Line) {
        let Some(msgid) = line.msgid.clone() else {
            return self
                .report_error("The server gave that message no id, so it cannot be edited.");
        };
        if !line.own || line.redacted {
            return self.report_error("You can edit your own messages only.");
        }
        if !self.session().supports(Feature::Tags) {
            return self.report_error("This server does not support editing messages.");
        }
        // If an edit is replaced by another, the composer holds its text, not the draft.
        let draft = match self.context.take() {
            Some(ComposeContext::Edit { draft, .. }) => draft,
            Some(ComposeContext::Reply { .. }) | None => self.composer.text().to_owned(),
        };
        self.context = Some(ComposeContext::Edit {
            msgid,
            text: line.text.text.clone(),
            draft,
        });
        self.composer.replace(match self.settings.markdown {
            true => markdown::to_markdown(&line.text),
            false => line.text.to_string(),
        });
        self.mode = Mode::Compose;
    }

    /// Begins an edit of the user's last message.
    pub(super) fn edit_last(&mut self) {
        let own =
            |line: &&Line| line.own && line.is_message() && line.msgid.is_some() && !line.redacted;
        let last = self.model.buffer().lines.iter().rev().find(own).cloned();
        match last {
            Some(line) => self.edit_line(&line),
            None => self.tell("You have said nothing here that could be edited."),
        }
    }

    /// Returns the n-th message from the bottom, or the one with that ID.
    pub(crate) fn nth(&self, which: &str) -> Option<LineId> {
        let buffer = self.model.buffer();
        if let Some(line) = buffer.by_msgid(which) {
            return Some(line.id);
        }
        let number: usize = which.parse().ok().filter(|n| *n > 0)?;
        let said = buffer.lines.iter().rev().filter(|line| line.is_message());
        said.map(|line| line.id).nth(number - 1)
    }

    /// Applies a key of message mode to a message, for a command.
    pub(crate) fn on_message(&mut self, id: LineId, key: char) {
        self.mode = Mode::Messages(id);
        self.message_key(id, KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE));
        self.leave_messages();
    }
}
