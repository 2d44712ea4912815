//! Going into rooms: many at once, with their keys, and where the user is to be then.

use super::App;
use super::mode::Mode;
use super::net::Net;

/// Bytes of the names and keys in one JOIN; a line has 512.
const JOIN_BYTES: usize = 400;
/// Members of a room at most of whom it is asked whether they are away.
const ASKED_AFTER: usize = 500;
/// Milliseconds for which an answer to a JOIN is waited for.
const ENTERING: u64 = 10_000;
/// Rooms that are being entered at the same time.
const ENTERED: usize = 2_000;

/// A room to look at.
pub(super) struct WantedChannel {
    pub room: String,
    /// Whether the user has asked for it just now; else it is where they begin.
    pub asked: bool,
    /// When.
    pub at: u64,
}

impl Net {
    /// Goes into rooms, many with one line: servers count lines. Those with a key come first.
    pub(super) fn join(&mut self, mut rooms: Vec<String>) {
        let key = |room: &String| self.key_of(room);
        rooms.sort_by_key(|room| key(room).is_none());
        let mut lines: Vec<(String, String)> = Vec::new();
        for room in &rooms {
            let (key, room) = (key(room).unwrap_or_default(), room.as_str());
            match lines.last_mut() {
                Some((names, keys))
                    if names.len() + keys.len() + room.len() + key.len() + 2 <= JOIN_BYTES =>
                {
                    names.push(',');
                    names.push_str(room);
                    if !key.is_empty() {
                        keys.push(',');
                        keys.push_str(key);
                    }
                }
                _ => lines.push((room.to_owned(), key.to_owned())),
            }
        }
        for (names, keys) in lines {
            match keys.as_str() {
                "" => self.session.send(&["JOIN", &names]),
                keys => self.session.send(&["JOIN", &names, keys]),
            }
        }
    }

    /// The key that a room wants, if the user has told it.
    pub(super) fn key_of(&self, room: &str) -> Option<&str> {
        let casemap = self.session.isupport().casemap;
        let mut known = self.keys.iter().rev();
        known
            .find(|(name, _)| casemap.same(name, room))
            .map(|(_, key)| key.as_str())
    }

    /// Rooms want these keys, as JOIN names both.
    pub(crate) fn remember_keys(&mut self, rooms: &str, keys: &str) {
        for (room, key) in rooms.split(',').zip(keys.split(',')) {
            self.keys.retain(|(name, _)| name != room);
            self.keys.push((room.to_owned(), key.to_owned()));
        }
    }

    /// A room is entered, whose members are not named yet.
    pub(super) fn enters(&mut self, channel: &str) {
        let folded = self.session.isupport().casemap.fold(channel);
        if !self.entered.contains(&folded) && self.entered.len() < ENTERED {
            self.entered.push(folded);
        }
    }
}

impl App {
    /// In a room: what was said there meanwhile is asked for.
    pub(super) fn joined(&mut self, net: usize, channel: &str) {
        let Some(index) = self.model.find(net, channel) else {
            return;
        };
        let casemap = self.model.networks[net].casemap;
        let state = &mut self.nets[net];
        state
            .first_rooms
            .retain(|room| !casemap.same(room, channel));
        let is_it = |wanted: &mut WantedChannel| casemap.same(&wanted.room, channel);
        if let Some(wanted) = state.wanted.take_if(is_it) {
            // What is being typed is for where it was begun; and whoever has gone elsewhere stays.
            if self.is_idle() && (wanted.asked || !self.moved) {
                self.go(index);
            } else {
                self.flash(&format!("You are in {channel} now."));
            }
        }
        self.dirty = true;
        let Some(index) = self.model.find(net, channel) else {
            return;
        };
        if self.nets[net].session.has("draft/chathistory") {
            self.catch_up(index);
        } else {
            self.say_unsent(index);
        }
    }

    /// All members of a room are named. Who of them is away, the server tells from here on: how
    /// they are now is asked once.
    pub(super) fn named(&mut self, net: usize, channel: &str) {
        let folded = self.model.networks[net].casemap.fold(channel);
        let state = &mut self.nets[net];
        let entered = state.entered.len();
        state.entered.retain(|room| *room != folded);
        let Some(index) = self.model.find(net, channel) else {
            return;
        };
        let members = self.model.buffers[index].members.len();
        if state.entered.len() < entered
            && members <= ASKED_AFTER
            && state.session.has("away-notify")
        {
            state.session.ask_members(channel);
        }
    }

    /// Whether the user is in the middle of nothing.
    pub(super) fn is_idle(&self) -> bool {
        self.composer.is_empty() && self.context.is_none() && self.mode == Mode::Compose
    }

    /// Whether a room that is to be looked at is still being entered.
    pub fn is_entering(&self) -> bool {
        self.nets.iter().any(|net| {
            let fresh = |wanted: &WantedChannel| self.steady.saturating_sub(wanted.at) < ENTERING;
            net.connected && net.wanted.as_ref().is_some_and(fresh)
        })
    }

    /// Whether a server has welcomed the user, be it the first only.
    pub fn is_welcome(&self) -> bool {
        let welcome = |net: &Net| net.is_online() && net.session.is_ready();
        self.nets.iter().any(welcome)
    }

    /// The user begins where they were, not in the first room, unless they have asked for that.
    pub(super) fn begins_elsewhere(&mut self) {
        for net in &mut self.nets {
            net.wanted.take_if(|wanted| !wanted.asked);
        }
    }

    /// Looks at a room once the server has let the user in; at once if it has.
    pub(crate) fn go_when_joined(&mut self, name: &str) {
        let net = self.net();
        match self.model.find(net, name) {
            Some(index) if self.model.buffers[index].joined => self.go(index),
            _ => {
                self.nets[net].wanted = Some(WantedChannel {
                    room: name.to_owned(),
                    asked: true,
                    at: self.steady,
                });
            }
        }
    }

    /// A room cannot be entered.
    pub(super) fn not_entered(&mut self, net: usize, channel: &str, why: &str) {
        let casemap = self.model.networks[net].casemap;
        let is_it = |wanted: &mut WantedChannel| casemap.same(&wanted.room, channel);
        if self.nets[net].wanted.take_if(is_it).is_some() {
            self.turned_away = Some(format!("{channel}: {why}"));
        }
    }
}
