//! Small menus: actions on a message, choice of a link, thread.

use crossterm::event::{KeyCode, KeyEvent};

use super::App;
use super::messages::{self, KEYS, Row};
use super::mode::{Confirmation, List, ListTarget, Menu, MenuAction, Mode};
use crate::SafeText;
use crate::links;
use crate::model::{Line, LineId};

impl App {
    /// Opens the menu of actions on a message.
    pub(super) fn menu(&mut self, id: LineId) {
        let buffer = self.model.buffer();
        let Some(line) = buffer.position(id).map(|at| &buffer.lines[at]) else {
            return;
        };
        let can = |row: &&Row| match row.key {
            '\0' => false,
            'e' => line.own && line.msgid.is_some(),
            // Without an ID there is nothing to redact; an unsent line is discarded.
            'd' if line.msgid.is_none() => !line.state.is_sent(),
            'd' => line.own || self.is_operator(),
            'g' => line.reply.is_some(),
            'o' => links::find(line.text.as_str()).next().is_some(),
            _ => line.msgid.is_some() || !row.needs_id,
        };
        let rows = KEYS.iter().filter(can);
        let rows = rows.map(|row| {
            (
                row.key.to_string(),
                row.help.to_owned(),
                MenuAction::Key(id, row.key),
            )
        });
        self.mode = Mode::Pick(Menu {
            title: "What with it?".into(),
            rows: rows.collect(),
            chosen: 0,
        });
    }

    /// Opens the link of a message once the user has seen it; of several, one is chosen first.
    pub(super) fn ask_for_link(&mut self, line: &Line) {
        let text = line.text.as_str();
        let mut found: Vec<String> = links::find(text).map(|at| text[at].to_owned()).collect();
        match found.len() {
            0 => self.flash("There is no link in it."),
            1 => self.mode = Mode::Confirm(Confirmation::Open(found.remove(0))),
            _ => {
                // Nine at most: a row is chosen by one digit.
                let rows = found.into_iter().zip(1..=9).map(|(url, number)| {
                    let shown = links::safe(&url);
                    (format!("{number}"), shown, MenuAction::Link(url))
                });
                self.mode = Mode::Pick(Menu {
                    title: "Open which?".into(),
                    rows: rows.collect(),
                    chosen: 0,
                });
            }
        }
    }

    pub(super) fn pick_key(&mut self, mut menu: Menu, key: KeyEvent) {
        let last = menu.rows.len().saturating_sub(1);
        let typed = match key.code {
            KeyCode::Char(c) => menu.rows.iter().position(|row| row.0 == c.to_string()),
            _ => None,
        };
        match (typed, key.code) {
            (Some(index), _) => return self.pick(&menu, index),
            (None, KeyCode::Enter) => return self.pick(&menu, menu.chosen),
            (None, KeyCode::Up) => menu.chosen = menu.chosen.saturating_sub(1),
            (None, KeyCode::Down | KeyCode::Tab) => menu.chosen = (menu.chosen + 1).min(last),
            _ => {}
        }
        self.mode = Mode::Pick(menu);
    }

    /// Performs the action of a row.
    pub(super) fn pick(&mut self, menu: &Menu, index: usize) {
        match menu.rows.get(index).map(|row| &row.2) {
            Some(MenuAction::Key(id, key)) => self.on_message(*id, *key),
            // No question: the row has shown the whole link.
            Some(MenuAction::Link(url)) => {
                self.mode = Mode::Compose;
                self.open_link(url);
            }
            None => self.mode = Mode::Compose,
        }
    }

    /// Lists the thread of a message: its first message and all replies, as far as they are loaded.
    pub(super) fn show_thread(&mut self, id: LineId) {
        let buffer = self.model.buffer();
        let Some(line) = buffer.position(id).map(|at| &buffer.lines[at]) else {
            return;
        };
        let root = messages::root(buffer, line);
        let of_it = |line: &&Line| line.is_message() && messages::root(buffer, line) == root;
        let (net, name) = (buffer.network, buffer.raw_name.clone());
        let places = buffer.lines.iter().filter(of_it).map(|line| ListTarget {
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
        let places: Vec<ListTarget> = places.collect();
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
