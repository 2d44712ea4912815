//! Events of the servers: applied to the model, and what follows from them.

use super::history_requests::FetchKind;
use super::{App, HostCommand};
use crate::NetworkId;
use crate::clock::Now;
use crate::engine::{ChatMessage, Event, Feature};
use crate::model::{BufferKind, Followup};

impl App {
    /// Receives bytes from a server, and handles all of their events.
    pub fn receive(&mut self, net: NetworkId, now: impl Into<Now>, bytes: &[u8]) {
        self.receive_bytes(net, now, bytes);
        while self.handle_events(usize::MAX) {}
    }

    /// Receives bytes from a server; [`App::handle_events`] handles their events.
    pub fn receive_bytes(&mut self, net: NetworkId, now: impl Into<Now>, bytes: &[u8]) {
        self.set_time(now);
        let state = &mut self.nets[net];
        state.life.heard(self.monotonic);
        state.session.receive(bytes);
    }

    /// Returns whether events are waiting to be handled.
    pub fn has_pending_events(&self) -> bool {
        self.nets.iter().any(|net| !net.session.has_no_events())
    }

    /// Handles at most `most` waiting events, so that a busy server does not delay the user's keys.
    /// Returns whether there are more.
    pub fn handle_events(&mut self, most: usize) -> bool {
        let mut left = most;
        for net in self.nets.ids() {
            if self.nets[net].session.has_no_events() {
                continue;
            }
            // All networks share the bound, the lowest index first.
            while left > 0
                && let Some(event) = self.nets[net].session.next_event()
            {
                left -= 1;
                self.event(net, event);
            }
            self.after_events(net);
        }
        self.has_pending_events()
    }

    fn after_events(&mut self, net: NetworkId) {
        if let Some(name) = &self.nets[net].session.isupport().network
            && self.model.networks[net].name.as_str() != name
        {
            let name = crate::SafeText::name(name);
            let index = self.model.server_buffer(net);
            self.model.buffers[index].name = name.clone();
            self.model.networks[net].name = name;
        }
        self.model.seen();
        self.mark_read();
        self.changed = true;
    }

    pub(super) fn event(&mut self, net: NetworkId, event: Event) {
        if let Event::History(page) = event {
            return self.page(net, page);
        }
        if let Event::UploadToken(token) = event {
            return self.upload_token(net, token);
        }
        if let Event::Message(said) = &event {
            if said.found {
                return self.found(net, said);
            }
            self.model.catching_up = self.is_catching_up(net, said);
        }
        let isupport = self.nets[net].session.isupport();
        let followup = self.model.apply(net, self.now, isupport, event);
        self.follow_up(net, followup);
    }

    /// Returns whether a message belongs to those that were missed, which are as unread as new
    /// ones.
    fn is_catching_up(&self, net: NetworkId, said: &ChatMessage) -> bool {
        let known = self.model.find(net, &said.buffer);
        // Of a user who writes for the first time, nothing has been read.
        let marked = known.is_some_and(|at| {
            let buffer = &self.model.buffers[at];
            let new = buffer.never_read && buffer.kind == BufferKind::Person;
            buffer.marker.is_some() || new
        });
        let state = &self.nets[net];
        let casemap = state.session.isupport().casemap;
        let asked = state.history_requests.of(|q| casemap.same(q, &said.buffer));
        match asked {
            Some(FetchKind::After(_)) => true,
            Some(FetchKind::Latest) => marked,
            Some(
                FetchKind::Before | FetchKind::Around(_) | FetchKind::Onward | FetchKind::Oldest,
            )
            | None => false,
        }
    }

    /// Does what an event asks for that the model has applied.
    fn follow_up(&mut self, net: NetworkId, followup: Followup) {
        match followup {
            Followup::Nothing => {}
            Followup::Save => self.dirty = true,
            Followup::Ready => self.ready(net),
            Followup::Joined(channel) => {
                self.nets[net].record_join(&channel);
                self.joined(net, &channel);
            }
            Followup::NamesEnded(channel) => self.names_ended(net, &channel),
            Followup::JoinRefused { channel, why } => self.not_entered(net, &channel, &why),
            Followup::HistoryRefused { context, why } => {
                self.history_refused(net, &context, &why);
            }
            Followup::Renamed { old, new } => self.renamed(net, &old, &new),
            Followup::OwnNick { old, new } => {
                self.renamed(net, &old, &new);
                // Kept for the next connection as well.
                self.nets[net].want_nick(&new);
            }
            Followup::NickFreed { nick, now } => {
                if let Some(now) = now {
                    self.renamed(net, &nick, &now);
                }
                self.nick_freed(net, &nick);
            }
            // A conversation is opened: its backlog is of interest.
            Followup::Opened(index) => self.first_history(index),
            Followup::Listed(room) => self.listed(net, &room),
            Followup::ListEnded => self.list_end(),
            Followup::SearchEnded => self.search_end(),
            Followup::GiveUp => self.command(HostCommand::Hold(net)),
            Followup::LoggedIn(account) => self.accepted(net, &account),
            // A refused password must never be stored.
            Followup::LoginRefused => self.nets[net].unsaved_login = None,
            Followup::Conversation(nick) => self.conversation(net, &nick),
            Followup::Pong(token) => self.pong(net, &token),
        }
    }

    /// Takes the lag from the answer to a ping of the client.
    fn pong(&mut self, net: NetworkId, token: &str) {
        let lag = self.nets[net].life.answered(token, self.monotonic);
        if lag.is_some() {
            self.model.networks[net].lag = lag;
        }
    }

    /// Handles the end of registration: joins channels and requests missed messages.
    fn ready(&mut self, net: NetworkId) {
        let mut rooms = self.nets[net].first_rooms.clone();
        let of_net = self.model.buffers.iter().filter(|b| b.network == net);
        for buffer in of_net.filter(|b| b.kind == BufferKind::Channel && b.joined) {
            if !rooms.contains(&buffer.raw_name) {
                rooms.push(buffer.raw_name.clone());
            }
        }
        self.nets[net].life.registered(self.monotonic);
        if let Some(text) = self.nets[net].away.clone() {
            self.nets[net].session.set_away(Some(&text));
        }
        if let Some(wanted) = &mut self.nets[net].wanted {
            wanted.at = self.monotonic;
        }
        self.run_at_connection(net);
        self.nets[net].join(rooms);
        for index in 0..self.model.buffers.len() {
            let buffer = &self.model.buffers[index];
            if buffer.network != net || buffer.kind != BufferKind::Person {
                continue;
            }
            // Without history, nobody can tell whether a line in flight arrived.
            if self.nets[net].session.supports(Feature::History) {
                self.catch_up(index);
            } else {
                self.say_unsent(index);
            }
        }
        let logged_in = self.model.networks[net].account.is_some();
        let state = &mut self.nets[net];
        if logged_in
            && state.session.supports(Feature::History)
            && let Some(most) = state.conversations.request()
        {
            // A minute ahead, in case the server's clock is.
            state.session.fetch_conversations(self.now + 60_000, most);
        }
    }

    /// Moves what is stored under a buffer's old name to its new one.
    fn renamed(&mut self, net: NetworkId, old: &str, new: &str) {
        let casemap = self.model.networks[net].casemap;
        // Only if the model has renamed a buffer: the new name is there, the old one gone.
        if self.model.find(net, new).is_none() || self.model.find(net, old).is_some() {
            return;
        }
        let is_it = |name: &str| casemap.same(name, old);
        self.nets[net].history_requests.rename(is_it, new);
        if let Some(key) = self.nets[net].key_of(old).map(str::to_owned) {
            self.nets[net].remember_keys(new, &key);
        }
    }

    /// Opens a private conversation and requests its backlog.
    fn conversation(&mut self, net: NetworkId, nick: &str) {
        if self.is_channel(net, nick) || self.model.find(net, nick).is_some() {
            return;
        }
        // Bounded by the client, however many targets the server lists.
        if !self.nets[net].conversations.accept() {
            return;
        }
        let kind = BufferKind::Person;
        let index = self.model.open_for_others(net, nick, kind);
        self.first_history(index);
    }
}
