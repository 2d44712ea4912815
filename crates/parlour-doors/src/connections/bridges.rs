//! Bridged connections: how the owner of the connections links them to a service, and how a
//! WebSocket comes back.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use parlour_core::Now;

use super::{BridgeRequest, ConnId, Connections, Peer};
use crate::DoorSettings;
use crate::bridged::{Bridge, Bridged};
use crate::undecided;

impl Connections {
    /// Removes and returns the requests for bridges. For each the owner calls
    /// [`Connections::bridged`] or [`Connections::lost`], before anything else of the connection.
    pub fn take_bridge_requests(&mut self) -> Vec<BridgeRequest> {
        std::mem::take(&mut self.bridge_requests)
    }

    /// Returns the settings of all doors.
    pub fn settings(&self) -> Arc<DoorSettings> {
        self.settings.clone()
    }

    /// Returns the peer of a connection.
    pub fn peer(&mut self, id: ConnId) -> Option<&Peer> {
        self.get(id).map(|connection| &connection.peer)
    }

    /// Bridges a connection to a service, which gets the bytes received so far.
    pub fn bridged(&mut self, now: Now, id: ConnId, bridge: Box<dyn Bridge>, bytes: &[u8]) {
        let Some(connection) = self.get(id) else {
            return;
        };
        connection.dialect = Box::new(Bridged::new(bridge));
        connection.pulls = true;
        // The service sets its own limits of time; it registers nobody.
        if std::mem::take(&mut connection.unregistered) {
            self.settings.unregistered.fetch_sub(1, Ordering::Relaxed);
        }
        self.receive(now, id, bytes);
        self.bridge_ready(now, id);
    }

    /// Continues a bridged connection, since its service has read or written something.
    pub fn bridge_ready(&mut self, now: Now, id: ConnId) {
        self.resume_if_room(now, id);
    }

    /// Takes output of the service, unless the peer has enough to read: then this is called again
    /// when that is written. Input is no matter here, since the service may write without reading.
    pub(super) fn pull(&mut self, now: Now, id: ConnId) {
        if !self.get(id).is_some_and(|c| c.pulls && c.reads_replies()) {
            return;
        }
        self.run(now, id, |dialect, cx| dialect.pull(cx));
        if let Some(connection) = self.get(id)
            && !connection.reads_replies()
            && connection.has_own_output()
        {
            self.full.push(id);
        }
    }

    /// Removes and returns the connections that go on as WebSockets, with whether they served other
    /// requests before. When all their output is written, the owner decodes the frames from then on
    /// and calls [`Connections::upgraded`].
    pub fn take_upgrades(&mut self) -> Vec<(ConnId, bool)> {
        std::mem::take(&mut self.upgrades)
    }

    /// Lists an upgrade again, whose output is not written yet.
    pub fn defer_upgrade(&mut self, upgrade: (ConnId, bool)) {
        self.upgrades.push(upgrade);
    }

    /// Returns whether all output of a connection is passed to the transport.
    pub fn is_written(&mut self, id: ConnId) -> bool {
        let pending = self.hot.get(id.slot as usize).map(|hot| &hot.pending);
        let has_pending = pending.is_some_and(|pending| !pending.is_empty());
        !has_pending && self.get(id).is_none_or(|c| c.outbox.is_empty())
    }

    /// Ends the WebSocket handshake: from here on each message is a line of IRC. A connection that
    /// was kept alive for other requests has all the time to register; one that came for this alone
    /// has what is left.
    pub fn upgraded(&mut self, now: Now, id: ConnId, kept_alive: bool) {
        let timeout = self.settings.registration_timeout;
        let Some(connection) = self.get(id) else {
            return;
        };
        if kept_alive {
            connection.expires = now.instant.plus(timeout);
        }
        connection.dialect = undecided::websocket(now.instant, connection.expires);
        connection.pulls = false;
        if !std::mem::replace(&mut connection.unregistered, true) {
            self.settings.unregistered.fetch_add(1, Ordering::Relaxed);
        }
        self.arm(id.slot);
        // Frames may have waited for the handshake.
        self.bridge_ready(now, id);
    }
}
