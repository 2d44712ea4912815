//! Small menus: what can be done with a message, which of its links is meant, its thread.

use crossterm::event::{KeyCode, KeyEvent};

use super::App;
use super::messages::{self, KEYS, Row};
use super::mode::{List, Mode, Pick, Picker, Place, Question};
use crate::SafeText;
use crate::links;
use crate::model::{Line, LineId};

impl App {
    /// What can be done with a message, to be chosen from.
    pub(super) fn menu(&mut self, id: LineId) {
        let buffer = self.model.buffer();
        let Some(line) = buffer.position(id).map(|at| &buffer.lines[at]) else {
            return;
        };
        let can = |row: &&Row| match row.key {
            '\0' => false,
            'e' => line.own && line.msgid.is_some(),
            'd' if line.msgid.is_none() => !line.state.is_sent(),
            'd' => line.own || self.keeps_order(),
            'g' => line.reply.is_some(),
            'o' => links::find(line.text.as_str()).next().is_some(),
            _ => line.msgid.is_some() || !row.needs_id,
        };
        let rows = KEYS.iter().filter(can);
        let rows = rows.map(|row| {
            (
                row.key.to_string(),
                row.help.to_owned(),
                Pick::Key(id, row.key),
            )
        });
        self.mode = Mode::Pick(Picker {
            title: "What with it?".into(),
            rows: rows.collect(),
            chosen: 0,
        });
    }

    /// Opens the link of a message, once the user has seen it; of several, one is chosen first.
    pub(super) fn ask_for_link(&mut self, line: &Line) {
        let text = line.text.as_str();
        let mut found: Vec<String> = links::find(text).map(|at| text[at].to_owned()).collect();
        match found.len() {
            0 => self.flash("There is no link in it."),
            1 => self.mode = Mode::Confirm(Question::Open(found.remove(0))),
            _ => {
                let rows = found.into_iter().zip(1..=9).map(|(url, number)| {
                    let shown = links::safe(&url);
                    (format!("{number}"), shown, Pick::Link(url))
                });
                self.mode = Mode::Pick(Picker {
                    title: "Open which?".into(),
                    rows: rows.collect(),
                    chosen: 0,
                });
            }
        }
    }

    pub(super) fn pick_key(&mut self, mut picker: Picker, key: KeyEvent) {
        let last = picker.rows.len().saturating_sub(1);
        let typed = match key.code {
            KeyCode::Char(c) => picker.rows.iter().position(|row| row.0 == c.to_string()),
            _ => None,
        };
        match (typed, key.code) {
            (Some(index), _) => return self.pick(&picker, index),
            (None, KeyCode::Enter) => return self.pick(&picker, picker.chosen),
            (None, KeyCode::Up) => picker.chosen = picker.chosen.saturating_sub(1),
            (None, KeyCode::Down | KeyCode::Tab) => picker.chosen = (picker.chosen + 1).min(last),
            _ => {}
        }
        self.mode = Mode::Pick(picker);
    }

    /// Does what stands in a row.
    pub(super) fn pick(&mut self, picker: &Picker, index: usize) {
        match picker.rows.get(index).map(|row| &row.2) {
            Some(Pick::Key(id, key)) => self.on_message(*id, *key),
            // It was seen whole in its row.
            Some(Pick::Link(url)) => {
                self.mode = Mode::Compose;
                self.open_link(url);
            }
            None => self.mode = Mode::Compose,
        }
    }

    /// The message that a message answers to, all that answer to that, and so on, as far as they
    /// are here.
    pub(super) fn show_thread(&mut self, id: LineId) {
        let buffer = self.model.buffer();
        let Some(line) = buffer.position(id).map(|at| &buffer.lines[at]) else {
            return;
        };
        let root = messages::root(buffer, line);
        let of_it = |line: &&Line| line.is_said() && messages::root(buffer, line) == root;
        let (net, name) = (buffer.network, buffer.raw_name.clone());
        let places = buffer.lines.iter().filter(of_it).map(|line| Place {
            network: net,
            buffer: name.clone(),
            msgid: line.msgid.clone(),
            text: SafeText::new(&format!(
                "{}: {}",
                line.from,
                line.text.as_str().replace('\n', " ")
            )),
            time: line.time,
        });
        let places: Vec<Place> = places.collect();
        if places.len() < 2 {
            return self.flash("It has no replies here, and is not one.");
        }
        self.mode = Mode::Choose(List {
            title: "Thread".into(),
            chosen: places.len() - 1,
            places,
            open: false,
        });
    }
}
