//! Connections of one shard: channel membership, pending output and flow control.
//!
//! Sans-IO. The owner feeds bytes ([`Connections::receive`]), effects of the core
//! ([`Connections::deliver`]) and time ([`Connections::tick`]), takes the calls for the core
//! ([`Connections::take_calls`]) and lets the connections write ([`Connections::flush`]).

mod bridges;
mod channel_members;
mod conn_id;
mod connection;
mod delivery;
mod due;
mod fanout;
mod flow;
pub(crate) mod lazy_reply;
mod output;
mod pace;
#[cfg(test)]
mod panics;
mod peer;
mod running;
mod stalls;
mod timers;
mod writing;

use crate::log_event::LogEvent;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parlour_core::{Call, ChannelId, Instant, Name, NodeId, Now, SessionId, limits};

pub use crate::bridged::BridgeRequest;
use crate::handshake::Handshake;
use crate::settings::DoorSettings;
use crate::undecided::Undecided;
use channel_members::ChannelMembers;
pub use conn_id::ConnId;
use connection::{Connection, HotState};
use due::Due;
use flow::Flow;
use output::Buffers;
pub use output::Sink;
pub use pace::Pace;
pub use peer::{Doors, Peer};
use timers::Timers;

/// Maximum number of calls of one shard that the core has not taken. Beyond it, no connection is
/// read: that bounds the queue of the core, at about half a kilobyte per call.
pub const SHARD_CALLS_MAX: usize = 16_384;

/// Bytes after which a further buffer is opened for output to single connections.
const PRIVATE_BUFFER_MAX: usize = 1024 * 1024;

const _: () = assert!(SHARD_CALLS_MAX > limits::CALLS_IN_FLIGHT * 8);

/// Connections of one shard.
pub struct Connections {
    settings: Arc<DoorSettings>,
    node: NodeId,
    shard: u8,
    /// State that a delivery touches, by slot.
    hot: Vec<HotState>,
    /// Other state, by slot; none where the slot is free. Boxed: a list that grows by doubling has room
    /// for as many again.
    connections: Vec<Option<Box<Connection>>>,
    generations: Vec<u32>,
    free: Vec<u32>,
    open: usize,
    channels: HashMap<ChannelId, ChannelMembers>,
    buffers: Buffers,
    /// Buffer for output that only one connection reads.
    private: Option<u32>,
    /// Number of flushes so far that left nothing unwritten. Buffers of a channel are valid until the next
    /// one.
    flushes: u64,
    /// Number of the event in delivery, so that each connection gets it once.
    stamp: u64,
    due: Due,
    timers: Timers,
    calls: Vec<Call>,
    /// Number of calls that the core has not taken yet.
    in_flight: usize,
    /// Connections to resume when the core has taken calls.
    stalled: Vec<ConnId>,
    /// Connections to resume when their replies are written.
    full: Vec<ConnId>,
    /// Connections with a lazy reply that can be continued at once.
    making: Vec<ConnId>,
    log_events: Vec<LogEvent>,
    /// Connections that are to be bridged.
    bridge_requests: Vec<BridgeRequest>,
    /// Connections that go on as WebSockets, and whether they served other requests before.
    upgrades: Vec<(ConnId, bool)>,
    // Output of the door that runs now; kept for its capacity.
    scratch: Vec<u8>,
    /// True while the store cannot be written and effects are held back.
    store_unwritable: bool,
}

/// Layout of a session id, from the low bits: slot, generation, shard (8 bits), node.
const SLOT_BITS: u32 = 26;
const GENERATION_BITS: u32 = 22;
const _: () = assert!(SLOT_BITS + GENERATION_BITS + u8::BITS == SessionId::OWN_BITS);

impl Connections {
    /// Creates an empty set of connections for shard `shard` of a server on its own.
    pub fn new(settings: Arc<DoorSettings>, shard: u8) -> Connections {
        Connections {
            settings,
            node: NodeId::default(),
            shard,
            hot: Vec::new(),
            connections: Vec::new(),
            generations: Vec::new(),
            free: Vec::new(),
            open: 0,
            channels: HashMap::new(),
            buffers: Buffers::default(),
            private: None,
            flushes: 0,
            stamp: 0,
            due: Due::default(),
            timers: Timers::default(),
            calls: Vec::new(),
            in_flight: 0,
            stalled: Vec::new(),
            full: Vec::new(),
            making: Vec::new(),
            log_events: Vec::new(),
            bridge_requests: Vec::new(),
            upgrades: Vec::new(),
            scratch: Vec::new(),
            store_unwritable: false,
        }
    }

    /// Sets the number of this node, before there are any connections.
    pub fn set_node(&mut self, node: NodeId) {
        self.node = node;
    }

    /// Returns the shard of a session.
    pub fn shard_of(session: SessionId) -> u8 {
        (session.0 >> (SLOT_BITS + GENERATION_BITS)) as u8
    }

    /// Formats a session id for people: shard, slot and generation.
    pub fn format_session(session: SessionId) -> String {
        let slot = session.0 & ((1 << SLOT_BITS) - 1);
        let generation = (session.0 >> SLOT_BITS) & ((1 << GENERATION_BITS) - 1);
        format!("{}.{slot}.{generation}", Self::shard_of(session))
    }

    /// Returns the session id of a connection, before registration the one it will have.
    pub fn session_of(&self, id: ConnId) -> SessionId {
        self.session(id)
    }

    fn session(&self, id: ConnId) -> SessionId {
        let generation = u64::from(id.generation) & ((1 << GENERATION_BITS) - 1);
        let shard = u64::from(self.shard) << (SLOT_BITS + GENERATION_BITS);
        let node = u64::from(self.node.0) << SessionId::OWN_BITS;
        SessionId(node | shard | (generation << SLOT_BITS) | u64::from(id.slot))
    }

    /// Returns the slot of a session that is still connected.
    fn slot_of(&self, session: SessionId) -> Option<u32> {
        let slot = (session.0 & ((1 << SLOT_BITS) - 1)) as u32;
        let found = self.connections.get(slot as usize)?.as_ref()?;
        // The slot may belong to a later connection by now.
        (found.session == session).then_some(slot)
    }

    fn get(&mut self, id: ConnId) -> Option<&mut Connection> {
        self.connections
            .get_mut(id.slot as usize)?
            .as_deref_mut()
            .filter(|c| c.id == id)
    }

    /// Returns the number of open connections.
    pub fn len(&self) -> usize {
        self.open
    }

    /// Returns the number of calls that the core has not taken yet.
    pub fn calls_in_flight(&self) -> usize {
        self.in_flight
    }

    /// Returns whether no connection is open.
    pub fn is_empty(&self) -> bool {
        self.open == 0
    }

    /// Adds a connection and returns its id.
    pub fn open(&mut self, now: Now, mut peer: Peer) -> ConnId {
        peer.cloak(&self.settings);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.hot.push(HotState::default());
            self.connections.push(None);
            self.generations.push(0);
            (self.connections.len() - 1) as u32
        });
        let generation = &mut self.generations[slot as usize];
        // A slot that is used again must not answer to ids of its earlier connections, which may
        // still be in timers, lists and effects on their way.
        *generation += 1;
        let id = ConnId {
            slot,
            generation: *generation,
        };
        let session = self.session(id);
        self.log_events
            .push(LogEvent::Opened(session, peer.shown.clone()));
        let expires = now.instant.plus(self.settings.registration_timeout);
        let (greet_after, now) = (self.settings.greet_after, now.instant);
        let dialect = Box::new(Undecided::new(now, expires, &peer, greet_after));
        let connection = Connection::new(id, session, peer, dialect, expires);
        self.connections[slot as usize] = Some(Box::new(connection));
        self.open += 1;
        self.settings.unregistered.fetch_add(1, Ordering::Relaxed);
        self.arm(slot);
        id
    }

    /// Returns whether bytes of the connection should be read now.
    pub fn wants_input(&self, id: ConnId) -> bool {
        self.in_flight < SHARD_CALLS_MAX
            && self
                .connections
                .get(id.slot as usize)
                .and_then(Option::as_ref)
                .is_some_and(|c| c.id == id && c.flow.is_open() && c.why_stalled().is_none())
    }

    /// Returns whether the connection is gone, or only waits for its last bytes to be read.
    pub fn is_closing(&self, id: ConnId) -> bool {
        let found = self
            .connections
            .get(id.slot as usize)
            .and_then(Option::as_ref);
        found.is_none_or(|c| c.id != id || c.flow.is_closing())
    }

    /// Processes bytes that arrived.
    pub fn receive(&mut self, now: Now, id: ConnId, bytes: &[u8]) {
        self.run(now, id, |dialect, cx| dialect.receive(cx, bytes));
        self.note_stall(id);
    }

    /// Counts a connection as alive: bytes arrived, though they are not read now.
    pub fn note_activity(&mut self, now: Now, id: ConnId) {
        if let Some(connection) = self.get(id) {
            connection.dialect.is_there(now.instant);
        }
    }

    /// Ends a dead connection: its session quits, and nothing more is written to it.
    pub fn lost(&mut self, now: Now, id: ConnId, reason: &str) {
        let Some(connection) = self.get(id) else {
            return;
        };
        if connection.flow.is_open() && connection.dialect.has_session() {
            self.run(now, id, |_, cx| cx.quit(reason));
        }
        self.drop_connection(id, reason);
    }

    /// Frees a connection and its slot.
    fn drop_connection(&mut self, id: ConnId, reason: &str) {
        let Some(connection) = self
            .connections
            .get_mut(id.slot as usize)
            .and_then(|c| c.take_if(|c| c.id == id))
        else {
            return;
        };
        for channel in &connection.channels {
            if let Some(room) = self.channels.get_mut(channel) {
                room.leave(id.slot);
                if room.is_empty() {
                    self.channels.remove(channel);
                }
            }
        }
        if connection.unregistered {
            self.settings.unregistered.fetch_sub(1, Ordering::Relaxed);
        }
        // A stale entry of the slot in `due` is harmless. Timers and lists may still hold the id,
        // which never matches a later connection in the slot.
        let hot = &mut self.hot[id.slot as usize];
        self.due.forget(hot);
        *hot = HotState::default();
        self.free.push(id.slot);
        self.open -= 1;
        let nick = connection.dialect.nick().cloned();
        let reason = match connection.flow {
            Flow::Closing { reason, .. } => reason,
            Flow::Reading | Flow::Stalled(_) | Flow::HalfClosed | Flow::Quitting => {
                reason.to_owned()
            }
        };
        self.log_events.push(LogEvent::Closed {
            session: connection.session,
            nick,
            reason,
        });
    }

    /// Sets the timer for the earliest deadline of a connection.
    fn arm(&mut self, slot: u32) {
        if let Some(connection) = &mut self.connections[slot as usize]
            && let Some(at) = connection.deadline()
        {
            self.timers.arm(at, connection.id, &mut connection.armed);
        }
    }

    /// Returns the number of bytes rendered since the last flush.
    pub fn unflushed(&self) -> usize {
        self.buffers.size()
    }

    /// Returns whether a flush is due, or connections can be resumed after it.
    pub fn has_output(&self) -> bool {
        self.due.is_any() || !self.full.is_empty() || !self.making.is_empty()
    }

    /// Removes and returns the calls for the core, in order. Once the core has taken them, the
    /// owner reports that with [`Connections::taken`].
    pub fn take_calls(&mut self) -> Vec<Call> {
        std::mem::take(&mut self.calls)
    }

    /// Expects a TLS handshake; nothing is written before it is done.
    pub fn begin_tls(&mut self, now: Now, id: ConnId) {
        if let Some(connection) = self.get(id) {
            connection.dialect = Box::new(Handshake::new(now.instant, connection.expires));
            self.arm(id.slot);
        }
    }

    /// Ends the TLS handshake: the bytes that follow choose the door.
    pub fn secured(&mut self, now: Now, id: ConnId, certificate: Option<Name>) {
        if let Some(connection) = self.get(id) {
            connection.peer.secure = true;
            connection.peer.certificate = certificate;
        }
        self.resume(now, id);
    }

    /// Starts over after a layer (PROXY header, TLS): the bytes that follow choose the door.
    pub fn resume(&mut self, now: Now, id: ConnId) {
        let settings = self.settings.clone();
        if let Some(connection) = self.get(id) {
            // One registration deadline covers all layers; it does not start over with them.
            let (expires, peer) = (connection.expires, &connection.peer);
            let undecided = Undecided::new(now.instant, expires, peer, settings.greet_after);
            connection.dialect = Box::new(undecided);
            self.arm(id.slot);
        }
    }

    /// Sets whether the connection is encrypted, where a proxy in front of it tells.
    pub fn set_peer_secure(&mut self, id: ConnId, is_secure: bool) {
        if let Some(connection) = self.get(id) {
            connection.peer.secure |= is_secure;
        }
    }

    /// Replaces the address of a connection by the one that a proxy names.
    pub fn set_peer_address(&mut self, id: ConnId, address: IpAddr, exempt: bool) {
        let settings = self.settings.clone();
        if let Some(connection) = self.get(id) {
            connection.peer.exempt = exempt;
            connection.peer.set_address(address);
            connection.peer.cloak(&settings);
        }
    }

    /// Applies new settings.
    pub fn resettle(&mut self, now: Now, settings: Arc<DoorSettings>) {
        let before = std::mem::replace(&mut self.settings, settings);
        for id in self.ids() {
            self.run(now, id, |dialect, cx| dialect.resettle(cx, &before));
        }
    }

    /// Removes and returns the events for the log.
    pub fn take_log_events(&mut self) -> Vec<LogEvent> {
        std::mem::take(&mut self.log_events)
    }

    /// Returns the time when [`Connections::tick`] and [`Connections::flush`] are due.
    pub fn next_deadline(&self) -> Option<Instant> {
        let deadlines = [self.timers.next(), self.due.deadline()];
        deadlines.into_iter().flatten().min()
    }

    /// Runs the timers that are due.
    pub fn tick(&mut self, now: Now, sink: &mut impl Sink) {
        while let Some((at, id)) = self.timers.due(now.instant) {
            let Some(connection) = self.get(id) else {
                continue;
            };
            // Only the earliest timer of a connection counts; later ones are stale.
            if connection.armed != Some(at) {
                continue;
            }
            connection.armed = None;
            let Some(deadline) = connection.deadline() else {
                continue;
            };
            // The deadline has moved since the timer was set.
            if deadline > now.instant {
                self.arm(id.slot);
            } else if connection.flow.is_closing() {
                sink.finished(id);
                self.drop_connection(id, "closed");
            } else if connection
                .paced_until
                .is_some_and(|until| until <= now.instant)
            {
                connection.paced_until = None;
                self.resume_input(now, id);
                self.arm(id.slot);
            } else {
                self.run(now, id, |dialect, cx| dialect.tick(cx));
                self.note_stall(id);
            }
        }
    }
}
