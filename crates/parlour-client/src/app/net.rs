//! Connection of one network: its events, and the requests made on it.

use std::collections::HashMap;

use super::history::{FetchKind, HistoryRequests};
use super::join::WantedChannel;
use super::mode::{Confirmation, Mode};
use super::{App, HostCommand, Start};
use crate::NetworkId;
use crate::clock::Now;
use crate::engine::{self, ChatMessage, Event, Feature, Identity, Login, Session};
use crate::model::{BufferKind, ConnectionState, Followup};
use crate::pins::Pin;

/// Private conversations whose missed messages are requested, at most.
const CONVERSATIONS: usize = 50;
/// Milliseconds between pings.
const PING_EVERY: u64 = 30_000;
/// Milliseconds without an answer after which a connection counts as dead.
const PING_PATIENCE: u64 = 60_000;
/// Milliseconds that a server has to complete registration.
const GREETING_PATIENCE: u64 = 60_000;
/// Milliseconds between two checks whether the wanted nick is free.
const SEEK_EVERY: u64 = 60_000;
/// Milliseconds between two MARKREAD commands.
const MARK_EVERY: u64 = 1_000;

/// Milliseconds after which a channel that was not rejoined counts as left.
const REENTERING: u64 = 60_000;

/// Network: its session, identity and requests.
pub(crate) struct Net {
    pub session: Session,
    identity: Identity,
    /// Away message, set again at the next connection.
    pub(crate) away: Option<String>,
    /// Monotonic time of the last check for the wanted nick.
    nick_checked_at: u64,
    /// Login whose password is stored once the server has accepted it.
    pub(super) unsaved_login: Option<Login>,
    /// Pending confirmation of a changed certificate.
    changed: Option<Confirmation>,
    /// Name before the server announced its own; the key of the network in saved state.
    key: String,
    /// IDs of the messages at which the user was reading in the previous run, by buffer name.
    pub held: HashMap<String, String>,
    pub connected: bool,
    /// Commands run at each connection.
    pub(super) commands: Vec<String>,
    /// Channels to join once connected, until they are joined.
    pub(super) first_rooms: Vec<String>,
    /// Channel to show once joined.
    pub(super) wanted: Option<WantedChannel>,
    /// History requests.
    pub(super) history_requests: HistoryRequests,
    /// Channel keys, by channel name.
    pub(super) keys: Vec<(String, String)>,
    /// Monotonic time at which the connection was made.
    began: u64,
    /// Monotonic time at which registration was complete.
    ready: u64,
    /// Monotonic time of the last bytes from the server.
    heard: u64,
    /// Monotonic time of the unanswered ping.
    pinged: Option<u64>,
    /// Monotonic time of the last ping.
    asked: u64,
    /// Monotonic time of the last MARKREAD.
    marked: u64,
    /// Channels just joined whose members' away state has not been queried.
    pub(super) entered: Vec<String>,
    /// Conversations still accepted from the answer to CHATHISTORY TARGETS.
    people: usize,
    /// True once the private conversations were requested.
    conversations_requested: bool,
}

impl Net {
    pub fn new(start: Start) -> Net {
        let wanted = start.rooms.first().map(|room| WantedChannel {
            room: room.clone(),
            asked: start.asked,
            at: 0,
        });
        Net {
            session: Session::new(start.identity.clone(), engine::SessionOptions::default()),
            away: None,
            nick_checked_at: 0,
            unsaved_login: start
                .identity
                .login
                .clone()
                .filter(|_| start.store_password),
            identity: start.identity,
            changed: None,
            key: start.name,
            held: HashMap::new(),
            connected: false,
            commands: start.commands,
            first_rooms: start.rooms,
            wanted,
            history_requests: HistoryRequests::default(),
            keys: Vec::new(),
            began: 0,
            ready: 0,
            heard: 0,
            pinged: None,
            asked: 0,
            marked: 0,
            entered: Vec::new(),
            people: 0,
            conversations_requested: false,
        }
    }

    /// Returns the name before the server announced its own, which is the same in every run.
    pub fn key(&self) -> &str {
        &self.key
    }

    pub fn take_output(&mut self) -> Vec<u8> {
        if self.connected {
            self.session.take_output()
        } else {
            Vec::new()
        }
    }

    /// Sets the nick to request at the next connection.
    pub(crate) fn want_nick(&mut self, nick: &str) {
        nick.clone_into(&mut self.identity.nick);
    }

    /// Returns whether the user has the nick that they want.
    pub(super) fn has_wanted_nick(&self) -> bool {
        let casemap = self.session.isupport().casemap;
        casemap.same(self.session.nick(), &self.identity.nick)
    }

    /// Returns the nick that the user wants.
    pub(super) fn wanted_nick(&self) -> &str {
        &self.identity.nick
    }

    /// Sets the account to log in to at the next connection.
    pub(super) fn want_login(&mut self, login: Login) {
        self.identity.login = Some(login);
    }

    /// Returns the account whose password the server has not accepted yet.
    pub(crate) fn unkept_account(&self) -> Option<&str> {
        self.unsaved_login
            .as_ref()
            .map(|login| login.account.as_str())
    }

    /// Returns whether the connection is registered.
    pub fn is_online(&self) -> bool {
        self.connected && self.session.is_registered()
    }

    pub fn quit(&mut self, words: &str) {
        if self.connected {
            self.session.quit(words);
        }
    }
}

impl App {
    /// Adds a network and returns its index.
    pub fn add_network(&mut self, start: Start) -> NetworkId {
        let net = self.model.add_network(&start.name, &start.identity.nick);
        self.nets.push(Net::new(start));
        // Saved buffers of other networks go back to `elsewhere`.
        let before = std::mem::take(&mut self.unmatched_buffers);
        self.restore_buffers(before);
        self.go(self.model.server_buffer(net));
        net
    }

    /// Returns the network with this address.
    pub(super) fn network_of(&self, key: &str) -> Option<NetworkId> {
        let mut nets = self.nets.entries();
        nets.find(|(_, net)| net.key() == key).map(|(id, _)| id)
    }

    /// Returns whether the client has a network with this address.
    pub fn is_on(&self, name: &str) -> bool {
        self.network_of(name).is_some()
    }

    /// Handles a new connection.
    pub fn connected(
        &mut self,
        net: NetworkId,
        now: impl Into<Now>,
        encrypted: bool,
        start: engine::SessionOptions,
        remark: Option<&str>,
    ) {
        self.set_time(now);
        let state = &mut self.nets[net];
        let start = engine::SessionOptions {
            playback: true,
            ..start
        };
        // A fresh session: no capability and no partial line of the old connection survives.
        state.session = Session::new(state.identity.clone(), start);
        state.connected = true;
        (state.began, state.heard, state.pinged) = (self.monotonic, self.monotonic, None);
        self.model.networks[net].secure = encrypted;
        self.model.networks[net].connection = ConnectionState::Connecting;
        if let Some(remark) = remark {
            let index = self.model.server_buffer(net);
            self.model.note(index, self.now, remark, false);
        }
        self.changed = true;
    }

    /// Handles a lost connection; the next attempt is in `wait` seconds.
    pub fn disconnected(&mut self, net: NetworkId, now: impl Into<Now>, reason: &str, wait: u64) {
        self.set_time(now);
        let state = &mut self.nets[net];
        let network = &mut self.model.networks[net];
        let was_waiting = matches!(network.connection, ConnectionState::Waiting(_));
        network.connection = ConnectionState::Waiting(wait);
        let was_connected = std::mem::take(&mut state.connected);
        state.history_requests.clear();
        // No more results arrive for an open list.
        if let Mode::Choose(list) = &mut self.mode {
            list.open = false;
        }
        state.entered.clear();
        // Only the first of several failed attempts is reported.
        if was_connected || !was_waiting {
            let index = self.model.server_buffer(net);
            let text = format!("No connection: {reason}");
            self.model.note(index, self.now, &text, true);
        }
        if was_connected {
            self.model.disconnected(net);
            self.dirty = true;
        }
        self.changed = true;
    }

    /// Handles a connection that ended and is not retried until the user asks.
    pub fn connection_held(&mut self, net: NetworkId, now: impl Into<Now>, reason: &str) {
        let text = "/reconnect tries again.";
        self.disconnected(net, now, reason, 0);
        let index = self.model.server_buffer(net);
        self.model.note(index, self.now, text, true);
        self.model.networks[net].connection = ConnectionState::Ended(text.to_owned());
    }

    /// Handles a connection that failed for good.
    pub fn connection_failed(&mut self, net: NetworkId, now: impl Into<Now>, reason: &str) {
        self.set_time(now);
        self.nets[net].connected = false;
        let index = self.model.server_buffer(net);
        self.model.note(index, self.now, reason, true);
        // The status line has room for one line.
        let first = reason.lines().next().unwrap_or_default();
        self.model.networks[net].connection = ConnectionState::Ended(first.to_owned());
        if self.net() == net && self.is_idle() {
            self.go(index);
        }
    }

    /// Handles a changed certificate: asks the user.
    pub fn certificate_changed(
        &mut self,
        net: NetworkId,
        now: impl Into<Now>,
        server: String,
        before: Pin,
        shown: Pin,
    ) {
        let text = format!(
            "{server} shows another certificate than before: somebody may be in between.\nBefore: SHA-256 {}\nNow:    SHA-256 {}\nIf it was changed on purpose, /trust new {server} trusts the new one.",
            before.certificate, shown.certificate
        );
        self.connection_failed(net, now, &text);
        let question = Confirmation::Trust(net, server, before, shown);
        self.nets[net].changed = Some(question.clone());
        // A user in the middle of something is not interrupted; /trust new asks again.
        if self.is_idle() {
            self.mode = Mode::Confirm(question);
        }
    }

    /// Asks again whether to trust a server's new certificate. Returns whether there is one.
    pub(crate) fn ask_for_trust(&mut self, server: &str) -> bool {
        let is_it = |question: &Confirmation| match question {
            Confirmation::Trust(_, known, ..) => known == server,
            Confirmation::Delete(_) | Confirmation::Open(_) | Confirmation::Settings(_) => false,
        };
        let mut asked = self.nets.iter().filter_map(|net| net.changed.clone());
        let question = asked.find(is_it);
        if let Some(question) = question {
            self.mode = Mode::Confirm(question);
            return true;
        }
        false
    }

    /// Connects a network again whose certificate was not trusted.
    pub(crate) fn reconnect_to(&mut self, net: NetworkId) {
        self.nets[net].changed = None;
        self.command(HostCommand::Reconnect(net));
    }

    /// Connects the stopped networks again that are pinned under a name.
    pub(crate) fn reconnect_where_stopped(&mut self, server: &str) {
        for net in self.nets.ids() {
            let ended = matches!(
                self.model.networks[net].connection,
                ConnectionState::Ended(_)
            );
            if ended && self.nets[net].key() == server {
                self.reconnect_to(net);
            }
        }
    }

    /// Returns the address of a network.
    pub(crate) fn key_of(&self, net: NetworkId) -> &str {
        self.nets[net].key()
    }

    /// Receives bytes from a server, and handles all of their events.
    pub fn receive(&mut self, net: NetworkId, now: impl Into<Now>, bytes: &[u8]) {
        self.receive_bytes(net, now, bytes);
        while self.handle_events(usize::MAX) {}
    }

    /// Receives bytes from a server; [`App::handle_events`] handles their events.
    pub fn receive_bytes(&mut self, net: NetworkId, now: impl Into<Now>, bytes: &[u8]) {
        self.set_time(now);
        let state = &mut self.nets[net];
        state.heard = self.monotonic;
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

    /// Advances the time. Returns the networks whose servers were silent for too long.
    pub fn tick(&mut self, now: impl Into<Now>) -> Vec<NetworkId> {
        self.set_time(now);
        self.changed |= self.model.forget_typists();
        self.delete_due();
        self.expire_notices();
        self.mark_read();
        self.paused_typing();
        let now = self.monotonic;
        let mut silent = Vec::new();
        for net in self.nets.ids() {
            self.seek_nick(net);
            self.expire_requests(net);
            let state = &self.nets[net];
            let late = now.saturating_sub(state.ready) >= REENTERING;
            if state.is_online() && state.session.is_ready() && late {
                self.changed |= self.model.give_up_rejoins(net);
            }
        }
        for (net, state) in self.nets.entries_mut() {
            if state.connected && !state.session.is_registered() {
                // The server does not complete registration.
                if now.saturating_sub(state.began) >= GREETING_PATIENCE {
                    silent.push(net);
                }
                continue;
            }
            if !state.connected {
                continue;
            }
            match state.pinged {
                // Any bytes count as a sign of life: a long backlog may delay the PONG.
                Some(at) if now.saturating_sub(at.max(state.heard)) >= PING_PATIENCE => {
                    silent.push(net);
                }
                Some(_) => {}
                None => {
                    // The first ping is sent at once, so that there is a lag to show.
                    let first = self.model.networks[net].lag.is_none();
                    if first || now.saturating_sub(state.asked) >= PING_EVERY {
                        state.asked = now;
                        state.pinged = Some(now);
                        state.session.ping(&format!("lag{now}"));
                    }
                }
            }
        }
        silent
    }

    pub(super) fn event(&mut self, net: NetworkId, event: Event) {
        if let Event::History(page) = event {
            return self.page(net, page);
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

    /// Takes the lag from the answer to a ping of the client; the user may have sent others
    /// (/quote PING).
    fn pong(&mut self, net: NetworkId, token: &str) {
        let sent = token
            .strip_prefix("lag")
            .and_then(|t| t.parse::<u64>().ok());
        if let Some(sent) = sent {
            self.model.networks[net].lag = Some(self.monotonic.saturating_sub(sent));
            self.nets[net].pinged = None;
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
        self.nets[net].ready = self.monotonic;
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
        if logged_in && state.session.supports(Feature::History) && !state.conversations_requested {
            state.conversations_requested = true;
            state.people = CONVERSATIONS;
            // A minute ahead, in case the server's clock is.
            let until = self.now + 60_000;
            state.session.fetch_conversations(until, CONVERSATIONS);
        }
    }

    /// Takes the wanted nick as soon as it is free.
    fn nick_freed(&mut self, net: NetworkId, nick: &str) {
        let casemap = self.model.networks[net].casemap;
        let state = &mut self.nets[net];
        if !state.has_wanted_nick() && casemap.same(nick, state.wanted_nick()) {
            let wanted = state.wanted_nick().to_owned();
            state.session.change_nick(&wanted);
        }
    }

    /// Checks at intervals whether the wanted nick is free.
    fn seek_nick(&mut self, net: NetworkId) {
        let now = self.monotonic;
        let state = &mut self.nets[net];
        let due = now.saturating_sub(state.nick_checked_at) >= SEEK_EVERY;
        if due && state.is_online() && state.session.is_ready() && !state.has_wanted_nick() {
            state.nick_checked_at = now;
            let wanted = state.wanted_nick().to_owned();
            state.session.query_nick(&wanted);
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
        for scheduled in self
            .scheduled_deletes
            .iter_mut()
            .filter(|scheduled| scheduled.net == net)
        {
            if is_it(&scheduled.target) {
                new.clone_into(&mut scheduled.target);
            }
        }
        let begun = self
            .contexts
            .extract_if(|(on, name), _| *on == net && is_it(name));
        let begun: Vec<_> = begun.map(|(_, begun)| begun).collect();
        for begun in begun {
            self.contexts.insert((net, new.to_owned()), begun);
        }
        if let Some(key) = self.nets[net].key_of(old).map(str::to_owned) {
            self.nets[net].remember_keys(new, &key);
        }
    }

    /// Opens a private conversation and requests its backlog.
    fn conversation(&mut self, net: NetworkId, nick: &str) {
        // Bounded by the client, however many targets the server lists.
        let left = &mut self.nets[net].people;
        if *left == 0 || self.is_channel(net, nick) || self.model.find(net, nick).is_some() {
            return;
        }
        self.nets[net].people -= 1;
        let kind = BufferKind::Person;
        let index = self.model.open_for_others(net, nick, kind);
        self.first_history(index);
    }

    /// Sends the read marker of the shown buffer, if the user is there and sees its end.
    pub(super) fn mark_read(&mut self) {
        let buffer = self.model.buffer();
        // `again` is set by marking as unread, which must not be undone by looking on.
        if buffer.kind == BufferKind::Server
            || buffer.scroll.is_some()
            || buffer.detached
            || buffer.kept_unread
            || !self.model.focused
        {
            return;
        }
        let net = buffer.network;
        // What is too early now is sent by a later tick.
        let early = self.monotonic.saturating_sub(self.nets[net].marked) < MARK_EVERY;
        if !early && self.tell_read(self.model.current) {
            self.nets[net].marked = self.monotonic;
        }
    }

    /// Sends the read marker of a buffer. Returns whether there was one to send.
    pub(super) fn tell_read(&mut self, index: usize) -> bool {
        let buffer = &mut self.model.buffers[index];
        let net = &mut self.nets[buffer.network];
        let Some(newest) = buffer.newest_said() else {
            return false;
        };
        let known = buffer.marker.is_some_and(|marker| newest <= marker);
        if known || !net.is_online() || !net.session.supports(Feature::ReadMarkers) {
            return false;
        }
        net.session.mark_read(&buffer.raw_name, newest);
        // Set without waiting for the server's echo, so that the next tick does not send it again.
        buffer.marker = Some(newest);
        true
    }

    /// Makes a request to the network of the shown buffer, if it is online; reports an error if not.
    pub(crate) fn request(&mut self, request: impl FnOnce(&mut Session)) {
        if self.is_online() {
            let net = self.net();
            request(&mut self.nets[net].session);
        }
    }

    pub(crate) fn send_raw(&mut self, line: &str) {
        if self.is_online() {
            let net = self.net();
            self.nets[net].session.send_raw(line);
        }
    }

    /// Returns the network of the shown buffer.
    pub(crate) fn net(&self) -> NetworkId {
        self.model.buffer().network
    }

    /// Returns the session of the network of the shown buffer.
    pub(crate) fn session(&self) -> &Session {
        &self.nets[self.net()].session
    }

    /// Returns whether the network of the shown buffer is online; reports an error if not.
    pub(crate) fn is_online(&mut self) -> bool {
        let online = self.nets[self.net()].is_online();
        if !online {
            self.report_error("There is no connection now; try again when there is.");
        }
        online
    }

    pub(crate) fn is_channel(&self, net: NetworkId, name: &str) -> bool {
        self.nets[net].session.isupport().is_channel(name)
    }

    /// Disconnects the network of the shown buffer until the user reconnects.
    pub(crate) fn disconnect(&mut self) {
        let net = self.net();
        self.nets[net].quit("");
        self.command(HostCommand::Leave(net));
    }

    /// Connects the network of the shown buffer now, even if it had given up.
    pub(crate) fn reconnect(&mut self) {
        let net = self.net();
        if self.nets[net].is_online() {
            return self.tell("You are connected.");
        }
        self.command(HostCommand::Reconnect(net));
    }
}
