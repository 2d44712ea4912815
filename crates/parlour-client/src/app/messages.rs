//! The keys of message mode: moving among the messages, and what can be done with one.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::mode::{Context, Field, Mode, Question};
use super::{App, Wish};
use crate::links;
use crate::model::{Line, LineId, LineState};

/// The keys of message mode, for the help.
pub(crate) const KEYS: &[(&str, &str)] = &[
    ("j k Up Down", "the message below, above"),
    ("r", "answers to it; sends it again, if it was not sent"),
    ("e", "says it anew, if it is yours"),
    ("+ =", "adds to its first reaction, or takes yours back"),
    (":", "reacts with an emoji, by its name"),
    (
        "d Backspace",
        "deletes it (asks first); drops it, if it was not sent",
    ),
    ("y", "copies its text into your terminal's clipboard"),
    ("o", "opens its link"),
    ("g", "goes to what it answers to"),
    ("u", "everything from here on is unread"),
    ("m", "mentions who said it"),
    ("Enter", "opens or folds a long message"),
    ("Esc i", "back to writing"),
];

impl App {
    /// To the messages: the newest is chosen.
    pub(super) fn choose_newest(&mut self) {
        let layout = self.layout();
        let shown = crate::view::timeline::shown(&self.model, &layout, &self.settings);
        let buffer = self.model.buffer();
        let said = |id: &&LineId| {
            let at = buffer.position(**id);
            at.is_some_and(|at| buffer.lines[at].is_said())
        };
        // What was found or jumped to is what is meant.
        let pointed = self.pointed.take().filter(|id| shown.contains(id));
        if let Some(id) = pointed.or(shown.iter().rev().copied().find(|id| said(&id))) {
            self.mode = Mode::Messages(id);
        }
    }

    fn chosen(&self, id: LineId) -> Option<&Line> {
        let buffer = self.model.buffer();
        buffer.position(id).map(|at| &buffer.lines[at])
    }

    /// Whether the server has given a line an id, by which it can be spoken of.
    pub fn has_id(&self, id: LineId) -> bool {
        self.chosen(id).is_some_and(|line| line.msgid.is_some())
    }

    fn step(&mut self, id: LineId, up: bool) {
        let buffer = self.model.buffer();
        let at = buffer.position(id).unwrap_or(0);
        let next = if up {
            buffer.lines.range(..at).rposition(Line::is_said)
        } else {
            let behind = buffer.lines.range((at + 1).min(buffer.lines.len())..);
            behind
                .into_iter()
                .position(Line::is_said)
                .map(|n| n + at + 1)
        };
        match next.map(|at| buffer.lines[at].id) {
            Some(id) => {
                self.mode = Mode::Messages(id);
                self.bring_into_sight(id);
            }
            None if up => self.look_further_back(),
            None => {
                self.look_further_on();
                self.mode = Mode::Compose;
                self.newest();
            }
        }
    }

    /// A key in message mode; false if it means what it means elsewhere.
    pub(super) fn message_key(&mut self, id: LineId, key: KeyEvent) -> bool {
        let shift = KeyModifiers::SHIFT;
        if !(key.modifiers - shift).is_empty() {
            return false;
        }
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
                self.mode = Mode::Confirm(Question::Delete(id))
            }
            KeyCode::Char('y') => {
                self.wish(Wish::Copy(line.text.to_string()));
                self.flash("Sent to your terminal's clipboard.");
            }
            KeyCode::Char('o') => match links::find(line.text.as_str()).next() {
                Some(found) => {
                    let url = line.text.as_str()[found].to_owned();
                    self.mode = Mode::Confirm(Question::Open(url));
                }
                None => self.flash("There is no link in it."),
            },
            KeyCode::Char('g') => match &line.reply {
                Some(reply) => {
                    let buffer = self.model.buffer();
                    let (net, name) = (buffer.network, buffer.raw_name.clone());
                    let msgid = reply.msgid.clone();
                    self.go_to(net, &name, &msgid);
                }
                None => self.flash("It answers to nothing."),
            },
            KeyCode::Char('u') => {
                self.model.buffer_mut().unread_again(id);
                self.mode = Mode::Compose;
                self.flash("Unread from here on, once you are elsewhere.");
            }
            KeyCode::Char('m') => {
                self.mode = Mode::Compose;
                let suffix = if self.composer.is_empty() { ": " } else { " " };
                self.composer.insert(&format!("{}{suffix}", line.from));
            }
            KeyCode::Enter => {
                if let Some(at) = self.model.buffer().position(id) {
                    let line = &mut self.model.buffer_mut().lines[at];
                    line.open = !line.open;
                }
            }
            KeyCode::Char('?') => self.help(),
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
                .complain("The server gave that line no id: nothing can be answered to it.");
        };
        self.context = Some(Context::Reply {
            msgid,
            from: line.from.clone(),
            text: line.text.text.clone(),
        });
        self.mode = Mode::Compose;
    }

    /// Says a message of the user's anew.
    pub(super) fn edit_line(&mut self, line: &Line) {
        let Some(msgid) = line.msgid.clone() else {
            return self.complain("The server gave that line no id: it cannot be said anew.");
        };
        if !line.own || line.redacted {
            return self.complain("Only what you said yourself can be said anew.");
        }
        if !self.session().has("message-tags") {
            return self.complain("This server carries no other text for a message.");
        }
        let draft = match self.context.take() {
            Some(Context::Edit { draft, .. }) => draft,
            _ => self.composer.text().to_owned(),
        };
        self.context = Some(Context::Edit {
            msgid,
            text: line.text.text.clone(),
            draft,
        });
        self.composer.replace(line.text.to_string());
        self.mode = Mode::Compose;
    }

    /// Says the last message of the user's anew.
    pub(super) fn edit_last(&mut self) {
        let own =
            |line: &&Line| line.own && line.is_said() && line.msgid.is_some() && !line.redacted;
        let last = self.model.buffer().lines.iter().rev().find(own).cloned();
        match last {
            Some(line) => self.edit_line(&line),
            None => self.tell("You have said nothing here that could be said anew."),
        }
    }

    /// The n-th message from the bottom, or the one with that id.
    pub(crate) fn nth(&self, which: &str) -> Option<LineId> {
        let buffer = self.model.buffer();
        if let Some(line) = buffer.by_msgid(which) {
            return Some(line.id);
        }
        let number: usize = which.parse().ok().filter(|n| *n > 0)?;
        let said = buffer.lines.iter().rev().filter(|line| line.is_said());
        said.map(|line| line.id).nth(number - 1)
    }

    /// What a command does that a key of message mode does as well.
    pub(crate) fn on_message(&mut self, id: LineId, key: char) {
        self.mode = Mode::Messages(id);
        self.message_key(id, KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE));
    }
}
