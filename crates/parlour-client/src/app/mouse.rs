//! Mouse input.

use super::App;
use super::keymap::Action;
use super::mode::{Confirmation, Mode};
use crate::clock::Now;
use crate::model::{BufferId, BufferKind, LineId};

/// Rows per step of the wheel.
const WHEEL: usize = 3;

/// Target under the mouse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hit {
    /// Buffer.
    Buffer(BufferId),
    /// Line of the timeline.
    Line(LineId),
    /// Link to the newest line.
    Newest,
    /// Result of the switcher, or line of a list.
    Choice(usize),
    /// Member of the channel, by nick.
    Member(String),
    /// Action of a key.
    Action(Action),
    /// Key of message mode.
    Key(char),
    /// Typed text, at this byte.
    Typed(usize),
}

impl App {
    /// Handles a click.
    pub fn click(&mut self, now: impl Into<Now>, hit: Option<Hit>) {
        self.set_time(now);
        self.changed = true;
        let before = self.model.buffer().id;
        self.clicked(hit);
        self.moved |= self.model.buffer().id != before;
    }

    fn clicked(&mut self, hit: Option<Hit>) {
        match (hit, &mut self.mode) {
            // A click neither answers a question nor discards a paste.
            (_, Mode::Paste(_) | Mode::Confirm(_)) => {}
            (Some(Hit::Choice(index)), Mode::Switch(switcher)) => {
                switcher.chosen = index;
                let switcher = switcher.clone();
                self.switch(&switcher);
            }
            (Some(Hit::Choice(index)), Mode::Choose(list)) => {
                if let Some(place) = list.places.get(index).cloned() {
                    self.choose(&place);
                }
            }
            (Some(Hit::Choice(index)), Mode::Pick(menu)) => {
                let menu = menu.clone();
                self.pick(&menu, index);
            }
            (Some(Hit::Buffer(id)), _) => {
                // It may have been closed since it was drawn.
                if let Some(index) = self.model.index_of(id) {
                    self.go(index);
                }
            }
            (Some(Hit::Newest), _) => self.newest(),
            (Some(Hit::Key(key)), Mode::Messages(id)) => {
                let id = *id;
                self.on_message(id, key);
            }
            (Some(Hit::Key(_)), _) => {}
            (Some(Hit::Action(action)), _) => {
                self.mode = Mode::Compose;
                self.act(action);
            }
            (Some(Hit::Typed(at)), Mode::Compose | Mode::Messages(_)) => {
                self.mode = Mode::Compose;
                let text = self.composer.text().to_owned();
                self.composer.set_at(text, at);
            }
            (Some(Hit::Member(nick)), _) => {
                let net = self.net();
                let index = self.model.open(net, &nick, BufferKind::Person);
                self.go(index);
            }
            (Some(Hit::Line(id)), Mode::Messages(chosen)) if *chosen == id => {
                self.mode = Mode::Compose;
            }
            (Some(Hit::Line(id)), Mode::Compose | Mode::Messages(_)) => {
                let buffer = self.model.buffer();
                let said = buffer
                    .position(id)
                    .is_some_and(|at| buffer.lines[at].is_message());
                if said {
                    self.mode = Mode::Messages(id);
                }
            }
            (_, Mode::Compose | Mode::Messages(_)) => self.mode = Mode::Compose,
            (
                Some(Hit::Choice(_) | Hit::Line(_) | Hit::Typed(_)) | None,
                Mode::Switch(_)
                | Mode::Find(_)
                | Mode::FindSent(..)
                | Mode::Read(_)
                | Mode::Choose(_)
                | Mode::Pick(_)
                | Mode::Secret(_)
                | Mode::React(..),
            ) => {}
        }
    }

    /// Handles a click on a link: asks before opening it.
    pub fn click_link(&mut self, now: impl Into<Now>, url: &str) {
        self.set_time(now);
        self.changed = true;
        if matches!(self.mode, Mode::Compose | Mode::Messages(_)) {
            self.mode = Mode::Confirm(Confirmation::Open(url.to_owned()));
        }
    }

    /// Handles a turn of the wheel.
    pub fn wheel(&mut self, now: impl Into<Now>, up: bool) {
        self.set_time(now);
        self.changed = true;
        match &mut self.mode {
            Mode::Read(pager) => {
                pager.top = if up {
                    pager.top.saturating_sub(WHEEL)
                } else {
                    (pager.top + WHEEL).min(pager.lines.len().saturating_sub(1))
                };
            }
            Mode::Choose(list) => {
                let last = list.places.len().saturating_sub(1);
                list.chosen = match up {
                    true => list.chosen.saturating_sub(1),
                    false => (list.chosen + 1).min(last),
                };
            }
            Mode::Compose | Mode::Messages(_) | Mode::Find(_) => self.scroll_rows(up, WHEEL),
            Mode::Switch(_)
            | Mode::FindSent(..)
            | Mode::Pick(_)
            | Mode::Confirm(_)
            | Mode::Paste(_)
            | Mode::Secret(_)
            | Mode::React(..) => {}
        }
    }
}
