//! Connections of one shard: channel membership, pending output and flow control.
//!
//! Sans-IO. The owner feeds bytes ([`Connections::receive`]), effects of the core
//! ([`Connections::deliver`]) and time ([`Connections::tick`]), takes the calls for the core
//! ([`Connections::take_calls`]) and lets the connections write ([`Connections::flush`]).

mod connection;
mod delivery;
mod fanout;
pub(crate) mod lazy_reply;
mod output;
mod pace;
mod peer;
mod stalls;
mod timers;
mod writing;

use crate::lazy_reply::BoxedLazyReply;
use crate::log_event::LogEvent;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parlour_core::{Call, Change, ChannelId, Instant, Name, Now, Request, SessionId, limits};

use crate::context::Context;
use crate::cost::Cost;
use crate::door::Door;
use crate::settings::DoorSettings;
use connection::{Connection, HotState};
use fanout::ChannelMembers;
pub use output::Sink;
use output::{Buffers, Piece};
pub use pace::Pace;
pub use peer::{Doors, Peer};
use timers::Timers;

/// Id of a connection within its shard. Ids are never reused, though slots are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnId {
    /// Index into the slots of the shard.
    pub slot: u32,
    /// Number of connections that have had this slot, this one included.
    pub generation: u32,
}

/// Milliseconds that a closing connection has to read its last bytes.
const LINGER: u64 = 5_000;
/// Maximum number of calls of one shard that the core has not taken. Beyond it, no connection is
/// read: that bounds the queue of the core, at about half a kilobyte per call.
pub const SHARD_CALLS_MAX: usize = 16_384;

/// Bytes of pending output above which a connection is not read further. Replies are made only as
/// fast as they are read, so that many long ones do not gather. About one socket buffer.
const UNREAD_REPLIES_MAX: usize = 64 * 1024;

/// Bytes after which a further buffer is opened for output to single connections.
const PRIVATE_BUFFER_MAX: usize = 1024 * 1024;

const _: () = assert!(SHARD_CALLS_MAX > limits::CALLS_IN_FLIGHT * 8);

/// Connections of one shard.
pub struct Connections {
    settings: Arc<DoorSettings>,
    shard: u8,
    /// State that a delivery touches, by slot.
    hot: Vec<HotState>,
    /// Other state, by slot; none where the slot is free.
    connections: Vec<Option<Connection>>,
    generations: Vec<u32>,
    free: Vec<u32>,
    open: usize,
    channels: HashMap<ChannelId, ChannelMembers>,
    buffers: Buffers,
    /// Buffer for output that only one connection reads.
    private: Option<u32>,
    /// Number of flushes so far. Buffers of a channel are valid until the next one.
    flushes: u64,
    /// Number of the event in delivery, so that each connection gets it once.
    stamp: u64,
    dirty: Vec<u32>,
    timers: Timers,
    calls: Vec<Call>,
    /// Number of entries in `calls` that are counted in `in_flight`. Entries beyond it were left by
    /// a door that panicked.
    counted: usize,
    /// Number of calls that the core has not taken yet.
    in_flight: usize,
    /// Connections to resume when the core has taken calls.
    stalled: Vec<ConnId>,
    /// Connections to resume when their replies are written.
    full: Vec<ConnId>,
    /// Connections with a lazy reply that can be continued at once.
    making: Vec<ConnId>,
    log_events: Vec<LogEvent>,
    /// Connections that requested a WebSocket upgrade, with the HTTP request.
    upgrades: Vec<(ConnId, Vec<u8>)>,
    // Output of the door that runs now; kept for its capacity.
    scratch: Vec<u8>,
    /// True while the store cannot be written and effects are held back.
    store_unwritable: bool,
}

/// Layout of a session id, from the low bits: slot, generation, shard (8 bits).
const SLOT_BITS: u32 = 28;
const GENERATION_BITS: u32 = 28;

impl Connections {
    /// Creates an empty set of connections for shard `shard`.
    pub fn new(settings: Arc<DoorSettings>, shard: u8) -> Connections {
        Connections {
            settings,
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
            dirty: Vec::new(),
            timers: Timers::default(),
            calls: Vec::new(),
            counted: 0,
            in_flight: 0,
            stalled: Vec::new(),
            full: Vec::new(),
            making: Vec::new(),
            log_events: Vec::new(),
            upgrades: Vec::new(),
            scratch: Vec::new(),
            store_unwritable: false,
        }
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
        SessionId(shard | (generation << SLOT_BITS) | u64::from(id.slot))
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
            .as_mut()
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
        let door = Door::new(now.instant, expires, &peer, &self.settings);
        let connection = Connection::new(id, session, peer, door, expires);
        self.connections[slot as usize] = Some(connection);
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
                .is_some_and(|c| {
                    c.id == id && !c.closing && !c.quitting && !c.door.waits() && c.has_room()
                })
    }

    /// Returns whether the connection is gone, or only waits for its last bytes to be read.
    pub fn is_closing(&self, id: ConnId) -> bool {
        let found = self
            .connections
            .get(id.slot as usize)
            .and_then(Option::as_ref);
        found.is_none_or(|c| c.id != id || c.closing)
    }

    /// Processes bytes that arrived.
    pub fn receive(&mut self, now: Now, id: ConnId, bytes: &[u8]) {
        self.run_door(now, id, |door, cx| door.receive(cx, bytes));
        self.note_stall(id);
    }

    /// Counts a connection as alive: bytes arrived, though they are not read now.
    pub fn note_activity(&mut self, now: Now, id: ConnId) {
        if let Some(connection) = self.get(id) {
            connection.door.is_there(now.instant);
        }
    }

    /// Notes that the peer sends no more (end of file).
    pub fn ended(&mut self, now: Now, id: ConnId) {
        let Some(connection) = self.get(id) else {
            return;
        };
        // The transport may report it repeatedly, also while the connection is closing.
        if connection.ended || connection.is_quitting() || connection.closing {
            return;
        }
        connection.ended = true;
        self.finish_input(now, id);
    }

    /// Processes the remaining input of a connection whose peer sends no more, then ends it.
    fn finish_input(&mut self, now: Now, id: ConnId) {
        self.run_door(now, id, |door, cx| {
            if door.ended(cx) && cx.close.is_none() {
                if door.has_session() {
                    cx.quit("Connection closed");
                } else {
                    cx.close = Some("connection closed".into());
                }
            }
        });
        if let Some(connection) = self.get(id) {
            let quits = connection.is_quitting();
            // Once the QUIT is on its way there is nothing left to resume.
            connection.ended = !quits && connection.ended;
        }
        self.note_stall(id);
    }

    /// Ends a dead connection: its session quits, and nothing more is written to it.
    pub fn lost(&mut self, now: Now, id: ConnId, reason: &str) {
        let Some(connection) = self.get(id) else {
            return;
        };
        let told = connection.is_quitting() || !connection.door.has_session();
        connection.lost = Some(reason.to_owned());
        if !told {
            self.run_door(now, id, |_, cx| cx.quit(reason));
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
        // A stale entry of the slot in `dirty` is harmless. Timers and lists may still hold the id,
        // which never matches a later connection in the slot.
        self.hot[id.slot as usize] = HotState::default();
        self.free.push(id.slot);
        self.open -= 1;
        let reason = connection.close_reason.unwrap_or_else(|| reason.to_owned());
        let nick = connection.door.nick().cloned();
        self.log_events.push(LogEvent::Closed {
            session: connection.session,
            nick,
            reason,
        });
    }

    /// Runs a door with a context, then applies the results: calls, output, close.
    fn run_door(&mut self, now: Now, id: ConnId, act: impl FnOnce(&mut Door, &mut Context<'_>)) {
        let Some(connection) = self
            .connections
            .get_mut(id.slot as usize)
            .and_then(Option::as_mut)
        else {
            return;
        };
        if connection.id != id || connection.closing {
            return;
        }
        // A closing connection never gets here, so nothing follows its last bytes.
        let before = self.calls.len();
        // A door may be run without room: to answer the core, on a timer. It just must not read on.
        let room = if connection.has_room() {
            limits::CALLS_IN_FLIGHT - connection.in_flight
        } else {
            0
        };
        let settings = self.settings.clone();
        let pace = settings.pace.filter(|_| !connection.peer.exempt);
        let mut cx = Context {
            now: now.instant,
            time: now.time,
            settings: &settings,
            peer: &connection.peer,
            session: connection.session,
            // If the door panics, only the capacity is lost.
            out: std::mem::take(&mut self.scratch),
            breaks: Vec::new(),
            lazy_replies: Vec::new(),
            upgrade: None,
            call_limit: before + room,
            out_limit: UNREAD_REPLIES_MAX,
            spent: 0,
            spend_limit: pace.map_or(Cost::MAX, |pace| connection.debt.room(pace, now.instant)),
            calls: &mut self.calls,
            store_unwritable: self.store_unwritable,
            log: &mut self.log_events,
            close: None,
        };
        act(&mut connection.door, &mut cx);
        if cx.close.is_some() && connection.door.has_session() && !connection.quitting {
            // The core may know the session, though it never became a user.
            cx.quit("Connection closed");
        }
        let Context {
            out,
            breaks,
            lazy_replies: laters,
            upgrade,
            close,
            spent,
            ..
        } = cx;
        if let Some(request) = upgrade {
            self.upgrades.push((id, request));
        }
        if let Some(pace) = pace {
            connection.charge(pace, now.instant, spent);
        }
        let made = self.calls.len() - before;
        connection.in_flight += made;
        // Set before the core answers, so that no second QUIT follows.
        connection.quitting |= self.calls[before..].iter().any(is_quit);
        self.in_flight += made;
        self.counted = self.calls.len();
        if connection.unregistered && (close.is_some() || connection.door.nick().is_some()) {
            connection.unregistered = false;
            self.settings.unregistered.fetch_sub(1, Ordering::Relaxed);
        }
        connection.unwritten += out.len();
        // Before `write`, which separates messages by the key that the door has now.
        let hot = &mut self.hot[id.slot as usize];
        hot.key = connection.door.key();
        hot.current = connection.current();
        if let Some(reason) = close {
            connection.begin_close(now.instant.plus(LINGER), reason);
            // The flush closes the connection, so it is needed even if nothing is left to write.
            Self::touch(hot, id.slot, &mut self.dirty);
        }
        let rest = self.write_laters(id.slot, &out, laters);
        self.write(id.slot, &out[rest..], &breaks);
        self.scratch = out;
        self.scratch.clear();
        self.arm(id.slot);
    }

    /// Queues bytes for one connection.
    fn write(&mut self, slot: u32, bytes: &[u8], breaks: &[usize]) {
        if bytes.is_empty() {
            return;
        }
        let alone = self.hot[slot as usize]
            .key
            .has(crate::render_key::RenderKey::UNFRAMED);
        // Connections share the buffer; each gets only pieces of it.
        let private = match self.private {
            Some(private) if self.buffers.size_of(private) < PRIVATE_BUFFER_MAX => private,
            _ => self.buffers.open(),
        };
        self.private = Some(private);
        let piece = self
            .buffers
            .append(private, |out| out.extend_from_slice(bytes));
        let hot = &mut self.hot[slot as usize];
        if alone {
            let mut start = piece.start;
            let ends = breaks
                .iter()
                .map(|&end| piece.start + end as u32)
                .chain([piece.end]);
            for end in ends.filter(|&end| end > piece.start) {
                if end > start {
                    hot.pending.push(
                        Piece {
                            start,
                            end,
                            ..piece
                        },
                        true,
                    );
                    start = end;
                }
            }
        } else {
            // In a byte stream the ends of messages do not matter; adjacent pieces merge.
            hot.pending.push(piece, false);
        }
        Self::touch(hot, slot, &mut self.dirty);
    }

    /// Queues lazy replies, each after the bytes before its offset in `out`. Returns the offset of
    /// the rest of `out`.
    fn write_laters(
        &mut self,
        slot: u32,
        out: &[u8],
        laters: Vec<(usize, BoxedLazyReply)>,
    ) -> usize {
        let mut from = 0;
        for (at, later) in laters {
            self.write(slot, &out[from..at], &[]);
            from = at;
            if let Some(connection) = &mut self.connections[slot as usize] {
                connection.outbox.push_lazy_reply(later);
                let hot = &mut self.hot[slot as usize];
                hot.pending.push(Piece::PLACEHOLDER, true);
                Self::touch(hot, slot, &mut self.dirty);
            }
        }
        from
    }

    /// Marks a connection for the next flush.
    fn touch(hot: &mut HotState, slot: u32, dirty: &mut Vec<u32>) {
        if !hot.dirty {
            hot.dirty = true;
            dirty.push(slot);
        }
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
        !self.dirty.is_empty() || !self.full.is_empty() || !self.making.is_empty()
    }

    /// Removes and returns the calls for the core, in order. Once the core has taken them, the
    /// owner reports that with [`Connections::taken`].
    pub fn take_calls(&mut self) -> Vec<Call> {
        self.counted = 0;
        std::mem::take(&mut self.calls)
    }

    /// Ends the connection whose door panicked; the others go on.
    pub fn panicked(&mut self, now: Now, id: ConnId) {
        // Calls of the panicked door are counted nowhere: `taken` would be off by them.
        self.calls.truncate(self.counted);
        self.lost(now, id, "Internal error");
    }

    /// Expects a TLS handshake; nothing is written before it is done.
    pub fn begin_tls(&mut self, now: Now, id: ConnId) {
        if let Some(connection) = self.get(id) {
            connection.door = Door::handshake(now.instant, connection.expires);
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

    /// Removes and returns the connections that requested a WebSocket upgrade, with the HTTP
    /// request. The owner does the handshake and then calls [`Connections::upgraded`] or
    /// [`Connections::lost`].
    pub fn take_upgrades(&mut self) -> Vec<(ConnId, Vec<u8>)> {
        std::mem::take(&mut self.upgrades)
    }

    /// Starts over after a layer (PROXY header, TLS): the bytes that follow choose the door.
    pub fn resume(&mut self, now: Now, id: ConnId) {
        let settings = self.settings.clone();
        if let Some(connection) = self.get(id) {
            // One registration deadline covers all layers; it does not start over with them.
            let (expires, peer) = (connection.expires, &connection.peer);
            connection.door = Door::new(now.instant, expires, peer, &settings);
            self.arm(id.slot);
        }
    }

    /// Ends the WebSocket handshake: from here on each message is a line of IRC.
    pub fn upgraded(&mut self, now: Now, id: ConnId) {
        if let Some(connection) = self.get(id) {
            connection.door = Door::web(now.instant, connection.expires);
            self.arm(id.slot);
        }
    }

    /// Replaces the address of a connection by the one that a PROXY header names.
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
            self.run_door(now, id, |door, cx| door.resettle(cx, &before));
        }
    }

    /// Removes and returns the events for the log.
    pub fn take_log_events(&mut self) -> Vec<LogEvent> {
        std::mem::take(&mut self.log_events)
    }

    /// Returns the time when [`Connections::tick`] is due.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.timers.next()
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
            } else if connection.closing {
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
                self.run_door(now, id, |door, cx| door.tick(cx));
                self.note_stall(id);
            }
        }
    }
}

fn is_quit(call: &Call) -> bool {
    matches!(&call.request, Request::Do(Change::Quit { .. }))
}
