//! Connections of the networks: made, lost, refused, and checked for life.

use super::liveness::Check;
use super::mode::{Confirmation, Mode};
use super::network::Net;
use super::{App, HostCommand, Start};
use crate::NetworkId;
use crate::clock::Now;
use crate::engine;
use crate::model::ConnectionState;
use crate::pins::Pin;

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
        self.nets[net].connected(self.monotonic, start);
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
        let network = &mut self.model.networks[net];
        let was_waiting = matches!(network.connection, ConnectionState::Waiting(_));
        network.connection = ConnectionState::Waiting(wait);
        let was_connected = self.nets[net].disconnected();
        self.drop_upload_requests(net);
        // No more results arrive for an open list.
        if let Mode::Choose(list) = &mut self.mode {
            list.open = false;
        }
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
            Confirmation::Delete(_)
            | Confirmation::Open(_)
            | Confirmation::Upload(_)
            | Confirmation::Settings(_) => false,
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

    /// Advances the time. Returns the networks whose servers were silent for too long.
    pub fn tick(&mut self, now: impl Into<Now>) -> Vec<NetworkId> {
        self.set_time(now);
        self.changed |= self.model.forget_typists();
        self.delete_due();
        self.expire_notices();
        self.mark_read();
        self.paused_typing();
        self.expire_upload_requests();
        let now = self.monotonic;
        let mut silent = Vec::new();
        for net in self.nets.ids() {
            self.seek_nick(net);
            self.expire_requests(net);
            let state = &self.nets[net];
            let late = state.life.gives_up_rejoins(now);
            if state.is_online() && state.session.is_ready() && late {
                self.changed |= self.model.give_up_rejoins(net);
            }
        }
        for (net, state) in self.nets.entries_mut() {
            if !state.connected {
                continue;
            }
            // The first ping is sent at once, so that there is a lag to show.
            let is_first = self.model.networks[net].lag.is_none();
            let is_registered = state.session.is_registered();
            match state.life.check(now, is_registered, is_first) {
                Check::Alive => {}
                Check::Ping(token) => state.session.ping(&token),
                Check::Dead => silent.push(net),
            }
        }
        silent
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
