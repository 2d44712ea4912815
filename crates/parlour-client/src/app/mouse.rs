//! What the mouse does.

use super::App;
use super::keymap::Action;
use super::mode::{Confirmation, Mode};
use crate::clock::Now;
use crate::model::{BufferKind, LineId};

/// Rows that the wheel turns by.
const WHEEL: usize = 3;

/// What stands where the mouse is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// A buffer.
    Buffer(usize),
    /// A line of the timeline.
    Line(LineId),
    /// The way to the newest line.
    Newest,
    /// A find of the switcher, or a line of a list.
    Choice(usize),
    /// A member of the room, in the order in which they are named.
    Member(usize),
    /// What a key does.
    Action(Action),
    /// What a key does in message mode.
    Key(char),
    /// The line that is typed: the byte that stands there.
    Typed(usize),
}

impl App {
    /// A click.
    pub fn click(&mut self, now: impl Into<Now>, hit: Option<Hit>) {
        self.at(now);
        self.changed = true;
        let before = self.place();
        self.clicked(hit);
        self.moved |= self.place() != before;
    }

    fn clicked(&mut self, hit: Option<Hit>) {
        match (hit, &mut self.mode) {
            // What is asked wants an answer, and what was pasted is not thrown away by the way.
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
            (Some(Hit::Buffer(index)), _) => self.go(index),
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
            (Some(Hit::Member(index)), _) => {
                let member = self.model.buffer().members.values().nth(index);
                if let Some(nick) = member.map(|member| member.nick.to_string()) {
                    let net = self.net();
                    let index = self.model.open(net, &nick, BufferKind::Person);
                    self.go(index);
                }
            }
            (Some(Hit::Line(id)), Mode::Messages(chosen)) if *chosen == id => {
                self.mode = Mode::Compose;
            }
            (Some(Hit::Line(id)), Mode::Compose | Mode::Messages(_)) => {
                let buffer = self.model.buffer();
                let said = buffer
                    .position(id)
                    .is_some_and(|at| buffer.lines[at].is_said());
                if said {
                    self.mode = Mode::Messages(id);
                }
            }
            (_, Mode::Compose | Mode::Messages(_)) => self.mode = Mode::Compose,
            _ => {}
        }
    }

    /// A click on a link: it is opened once the user has seen where it leads.
    pub fn click_link(&mut self, now: impl Into<Now>, url: &str) {
        self.at(now);
        self.changed = true;
        if matches!(self.mode, Mode::Compose | Mode::Messages(_)) {
            self.mode = Mode::Confirm(Confirmation::Open(url.to_owned()));
        }
    }

    /// The wheel.
    pub fn wheel(&mut self, now: impl Into<Now>, up: bool) {
        self.at(now);
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
            _ => {}
        }
    }
}
