//! Joining of channels: many at once, with their keys, and the one to show afterwards.

use super::App;
use super::mode::Mode;
use super::network::{Net, WantedChannel};
use crate::NetworkId;
use crate::engine::Feature;

/// Bytes of channels and keys in one JOIN; a line has 512.
const JOIN_BYTES: usize = 400;
/// Members of a channel, above which their away state is not queried.
const ASKED_AFTER: usize = 500;
/// Milliseconds to wait for the answer to a JOIN.
const ENTERING: u64 = 10_000;
/// Channels being joined at the same time, at most.
const ENTERED: usize = 2_000;

impl Net {
    /// Joins channels, many in one line since servers count lines. Those with a key come first.
    pub(super) fn join(&mut self, mut rooms: Vec<String>) {
        let key = |room: &String| self.key_of(room);
        // JOIN pairs keys with channels by position: those without a key must come last.
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
            self.session.join(&names, &keys);
        }
    }

    /// Returns the key of a channel, if known.
    pub(super) fn key_of(&self, room: &str) -> Option<&str> {
        let casemap = self.session.isupport().casemap;
        // From the end: the latest key of a channel wins.
        let mut known = self.keys.iter().rev();
        known
            .find(|(name, _)| casemap.same(name, room))
            .map(|(_, key)| key.as_str())
    }

    /// Stores channel keys; both lists are comma-separated, as in JOIN.
    pub(crate) fn remember_keys(&mut self, rooms: &str, keys: &str) {
        for (room, key) in rooms.split(',').zip(keys.split(',')) {
            self.keys.retain(|(name, _)| name != room);
            self.keys.push((room.to_owned(), key.to_owned()));
        }
    }

    /// Records a joined channel whose NAMES reply has not ended.
    pub(super) fn record_join(&mut self, channel: &str) {
        let folded = self.session.isupport().casemap.fold(channel);
        if !self.entered.contains(&folded) && self.entered.len() < ENTERED {
            self.entered.push(folded);
        }
    }
}

impl App {
    /// Handles the user's own join: shows the channel if wanted, and requests missed messages.
    pub(super) fn joined(&mut self, net: NetworkId, channel: &str) {
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
            // Typed text stays with its buffer, and a user who has moved elsewhere stays there.
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
        if self.nets[net].session.supports(Feature::History) {
            self.catch_up(index);
        } else {
            self.say_unsent(index);
        }
    }

    /// Handles the end of a NAMES reply. Queries once who is away; from then on, away-notify tells.
    pub(super) fn names_ended(&mut self, net: NetworkId, channel: &str) {
        let folded = self.model.networks[net].casemap.fold(channel);
        let state = &mut self.nets[net];
        let entered = state.entered.len();
        state.entered.retain(|room| *room != folded);
        let Some(index) = self.model.find(net, channel) else {
            return;
        };
        let members = self.model.buffers[index].members.len();
        // Only after a join: a later NAMES finds nothing in `entered`.
        if state.entered.len() < entered
            && members <= ASKED_AFTER
            && state.session.supports(Feature::AwayNotify)
        {
            state.session.ask_members(channel);
        }
    }

    /// Returns whether the user is in the middle of nothing.
    pub(super) fn is_idle(&self) -> bool {
        self.composer.is_empty() && self.context.is_none() && self.mode == Mode::Compose
    }

    /// Returns whether a channel to show is still being joined.
    pub fn is_entering(&self) -> bool {
        self.nets.iter().any(|net| {
            let fresh =
                |wanted: &WantedChannel| self.monotonic.saturating_sub(wanted.at) < ENTERING;
            net.connected && net.wanted.as_ref().is_some_and(fresh)
        })
    }

    /// Returns whether at least one server has completed registration.
    pub fn is_welcome(&self) -> bool {
        let welcome = |net: &Net| net.is_online() && net.session.is_ready();
        self.nets.iter().any(welcome)
    }

    /// Keeps the user in the buffer of the previous run, unless they have asked for a channel.
    pub(super) fn keep_restored_buffer(&mut self) {
        for net in &mut self.nets {
            net.wanted.take_if(|wanted| !wanted.asked);
        }
    }

    /// Shows a channel once the user is in it.
    pub(crate) fn go_when_joined(&mut self, name: &str) {
        let net = self.net();
        match self.model.find(net, name) {
            Some(index) if self.model.buffers[index].joined => self.go(index),
            _ => {
                self.nets[net].wanted = Some(WantedChannel {
                    room: name.to_owned(),
                    asked: true,
                    at: self.monotonic,
                });
            }
        }
    }

    /// Handles a refused join.
    pub(super) fn not_entered(&mut self, net: NetworkId, channel: &str, why: &str) {
        let casemap = self.model.networks[net].casemap;
        let is_it = |wanted: &mut WantedChannel| casemap.same(&wanted.room, channel);
        if self.nets[net].wanted.take_if(is_it).is_some() {
            self.join_error = Some(format!("{channel}: {why}"));
        }
    }
}
