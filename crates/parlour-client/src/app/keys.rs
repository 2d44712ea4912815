//! What the user's keys do.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::{App, Wish};
use crate::commands::{self, Typed};
use crate::complete::Completion;
use crate::composer::Edit;
use crate::model::Model;
use crate::view::timeline;

/// The keys, for the help.
pub(crate) const KEYS: &[(&str, &str)] = &[
    ("Enter", "sends"),
    ("Alt+Enter, Ctrl+J", "begins a new line"),
    ("Tab", "completes nicks, rooms and commands"),
    ("Up, Down", "call back what you sent"),
    (
        "Ctrl+N, Ctrl+P",
        "next and previous room (Alt+Down, Alt+Up as well)",
    ),
    ("Alt+1 to Alt+9", "the room with that number"),
    ("Alt+A", "next room with something new"),
    ("Alt+/", "the room before this one"),
    ("PgUp, PgDn", "scroll"),
    ("Alt+End, Ctrl+End", "to the newest line"),
    ("Ctrl+A E B F W U K Y", "edit, as in a shell"),
    ("Ctrl+L", "draws the screen anew"),
    ("Ctrl+C", "clears the line; twice on an empty one, leaves"),
];

/// Milliseconds within which a second Ctrl+C leaves.
const TWICE: u64 = 2_000;

impl App {
    /// Something was pasted.
    pub fn paste(&mut self, text: &str) {
        self.completion = None;
        self.composer.insert(text);
        self.changed = true;
    }

    /// A key was pressed.
    pub fn key(&mut self, now: u64, key: KeyEvent) {
        if key.kind == KeyEventKind::Release {
            return;
        }
        (self.now, self.changed) = (now, true);
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        if key.code != KeyCode::Tab {
            self.completion = None;
        }
        if !(control && key.code == KeyCode::Char('c')) {
            self.interrupted = None;
        }
        match (key.code, control, alt) {
            (KeyCode::Enter, false, true) | (KeyCode::Char('j'), true, _) => {
                self.composer.insert("\n")
            }
            (KeyCode::Enter, ..) => self.enter(),
            (KeyCode::Tab, ..) => self.complete(),
            (KeyCode::F(1), ..) => commands::run(self, "help"),
            (KeyCode::Char('c'), true, _) => self.interrupt(),
            (KeyCode::Char('l'), true, _) => self.wishes.push(Wish::Redraw),
            (KeyCode::Char('z'), true, _) => self.wishes.push(Wish::Suspend),
            (KeyCode::Char('n'), true, _) | (KeyCode::Down, _, true) => {
                self.change_buffer(|m| m.look_next(1))
            }
            (KeyCode::Char('p'), true, _) | (KeyCode::Up, _, true) => {
                self.change_buffer(|m| m.look_next(-1))
            }
            (KeyCode::Char('a'), false, true) => self.change_buffer(Model::look_active),
            (KeyCode::Char('/'), false, true) => self.change_buffer(|m| m.look_at(m.previous)),
            (KeyCode::Char(digit @ '0'..='9'), false, true) => {
                let number = digit.to_digit(10).map_or(0, |d| d as usize);
                self.change_buffer(|m| m.look_at(if number == 0 { 10 } else { number } - 1));
            }
            (KeyCode::PageUp, ..) => self.scroll(true),
            (KeyCode::PageDown, ..) => self.scroll(false),
            (KeyCode::End, true, _) | (KeyCode::End, _, true) => {
                self.model.buffer_mut().scroll = None
            }
            _ => self.edit(key, control, alt),
        }
    }

    fn edit(&mut self, key: KeyEvent, control: bool, alt: bool) {
        let edit = match (key.code, control, alt) {
            (KeyCode::Char('a'), true, _) | (KeyCode::Home, ..) => Edit::Start,
            (KeyCode::Char('e'), true, _) | (KeyCode::End, ..) => Edit::End,
            (KeyCode::Char('b'), true, _) => Edit::Left,
            (KeyCode::Char('f'), true, _) => Edit::Right,
            (KeyCode::Left, true, _) | (KeyCode::Char('b'), _, true) => Edit::WordLeft,
            (KeyCode::Right, true, _) | (KeyCode::Char('f'), _, true) => Edit::WordRight,
            (KeyCode::Left, ..) => Edit::Left,
            (KeyCode::Right, ..) => Edit::Right,
            (KeyCode::Backspace, _, true) | (KeyCode::Char('w'), true, _) => Edit::KillWordBefore,
            (KeyCode::Backspace, ..) | (KeyCode::Char('h'), true, _) => Edit::Backspace,
            (KeyCode::Char('d'), _, true) => Edit::KillWordAfter,
            (KeyCode::Delete, ..) | (KeyCode::Char('d'), true, _) => Edit::Delete,
            (KeyCode::Char('u'), true, _) => Edit::KillToStart,
            (KeyCode::Char('k'), true, _) => Edit::KillToEnd,
            (KeyCode::Char('y'), true, _) => Edit::Yank,
            (KeyCode::Up, ..) => return self.composer.older(),
            (KeyCode::Down, ..) => return self.composer.newer(),
            (KeyCode::Char(c), false, false) => {
                return self.composer.insert(c.encode_utf8(&mut [0; 4]));
            }
            _ => return,
        };
        self.composer.edit(edit);
    }

    fn enter(&mut self) {
        let line = self.composer.take();
        if line.trim().is_empty() {
            return;
        }
        match commands::typed(&line) {
            Typed::Command(command) => commands::run(self, command),
            Typed::Text(text) => self.say(text, false),
        }
    }

    fn complete(&mut self) {
        if self.completion.is_none() {
            self.completion =
                Completion::begin(&self.model, self.composer.text(), self.composer.cursor());
        }
        if let Some(completion) = &mut self.completion {
            let (text, cursor) = completion.step();
            self.composer.set_at(text, cursor);
        }
    }

    fn interrupt(&mut self) {
        if !self.composer.is_empty() {
            self.composer.edit(Edit::Clear);
            return;
        }
        if self
            .interrupted
            .is_some_and(|at| self.now.saturating_sub(at) < TWICE)
        {
            return self.quit("");
        }
        self.interrupted = Some(self.now);
        self.tell("Ctrl+C once more leaves.");
    }

    fn scroll(&mut self, up: bool) {
        let layout = self.layout();
        let rows = layout.timeline.height.saturating_sub(2).max(1) as usize;
        let reached_top = timeline::scroll(self.model.buffer_mut(), &layout, up, rows);
        if reached_top {
            self.look_further_back();
        }
    }
}
