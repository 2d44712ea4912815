//! The connections of one shard: who is in which channel, what each is owed.
//!
//! Sans-IO. The owner feeds bytes ([`Hall::receive`]), effects of the core
//! ([`Hall::deliver`]) and time ([`Hall::tick`]), takes the requests for the core
//! ([`Hall::take_calls`]) and lets it write ([`Hall::flush`]).

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
pub(crate) use delivery::STANDS_STILL;
use fanout::ChannelMembers;
use lazy_reply::BoxedLazyReply;
pub use output::Sink;
use output::{Buffers, Piece};
pub use pace::Pace;
pub use peer::{Doors, Peer};
use timers::Timers;

/// Which connection of a hall: never the same again, though its place is used again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnId {
    /// The place.
    pub slot: u32,
    /// How often the place was taken before.
    pub generation: u32,
}

/// Something for the server's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEvent {
    /// A connection was made.
    Opened(SessionId, Name),
    /// A connection became a session.
    Registered {
        /// Which.
        session: SessionId,
        /// Its nick.
        nick: Name,
        /// Where it comes from.
        host: Name,
        /// By which door.
        door: &'static str,
    },
    /// A user has another nick.
    Renamed(SessionId, Name, Name),
    /// A connection ended.
    Closed {
        /// Which.
        session: SessionId,
        /// Its nick, if it had one.
        nick: Option<Name>,
        /// Why.
        reason: String,
    },
}

/// Milliseconds that the last words to a connection may take to be read.
const LINGER: u64 = 5_000;
/// Calls of one shard that the core has not taken. Beyond, no connection is read: it
/// bounds what waits for the core, at about half a kilobyte a call.
const CALLS_OF_A_SHARD: usize = 16_384;

/// Bytes that wait for a reader above which nothing more is read of it: it is answered as it
/// reads, so that many long answers do not gather. One write buffer of the system, about.
const ANSWERED_BELOW: usize = 64 * 1024;

/// Bytes after which another buffer is opened for what only one connection reads.
const PRIVATE_BUFFER: usize = 1024 * 1024;

const _: () = assert!(CALLS_OF_A_SHARD > limits::CALLS_IN_FLIGHT * 8);

/// The connections of one shard.
pub struct Connections {
    settings: Arc<DoorSettings>,
    shard: u8,
    /// What a delivery touches, by slot.
    hot: Vec<HotState>,
    /// All else, by slot.
    connections: Vec<Option<Connection>>,
    generations: Vec<u32>,
    free: Vec<u32>,
    open: usize,
    channels: HashMap<ChannelId, ChannelMembers>,
    buffers: Buffers,
    /// The buffer for what only one connection reads.
    private: Option<u32>,
    /// The flush that buffers in rooms belong to.
    flushes: u64,
    /// The event that is being delivered, to give it to each connection once.
    stamp: u64,
    dirty: Vec<u32>,
    timers: Timers,
    calls: Vec<Call>,
    /// How many of them are counted in `in_flight`; more were left by a door that panicked.
    counted: usize,
    /// Calls that the core has not taken up yet.
    in_flight: usize,
    /// Connections that have more to say than they may before the core has taken what they said.
    stalled: Vec<ConnId>,
    /// Connections that have more to say than they may before what they were answered is written.
    full: Vec<ConnId>,
    /// Connections whose answers are being made, and take more at once.
    making: Vec<ConnId>,
    notes: Vec<LogEvent>,
    /// Connections that want to become WebSockets, with what they have sent.
    upgrades: Vec<(ConnId, Vec<u8>)>,
    scratch: Vec<u8>,
    /// Nothing can be kept now.
    standstill: bool,
}

/// Bits of a session's number: shard, generation, slot.
const SLOT_BITS: u32 = 28;
const GENERATION_BITS: u32 = 28;

impl Connections {
    /// An empty hall for shard `shard`.
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
            notes: Vec::new(),
            upgrades: Vec::new(),
            scratch: Vec::new(),
            standstill: false,
        }
    }

    /// The shard that a session belongs to.
    pub fn shard_of(session: SessionId) -> u8 {
        (session.0 >> (SLOT_BITS + GENERATION_BITS)) as u8
    }

    /// A session's number, for people: shard, place, and how often it was taken.
    pub fn show(session: SessionId) -> String {
        let slot = session.0 & ((1 << SLOT_BITS) - 1);
        let generation = (session.0 >> SLOT_BITS) & ((1 << GENERATION_BITS) - 1);
        format!("{}.{slot}.{generation}", Self::shard_of(session))
    }

    /// The session that a connection is, or would become.
    pub fn session_of(&self, id: ConnId) -> SessionId {
        self.session(id)
    }

    fn session(&self, id: ConnId) -> SessionId {
        let generation = u64::from(id.generation) & ((1 << GENERATION_BITS) - 1);
        let shard = u64::from(self.shard) << (SLOT_BITS + GENERATION_BITS);
        SessionId(shard | (generation << SLOT_BITS) | u64::from(id.slot))
    }

    /// The slot of a session that is still there.
    fn slot_of(&self, session: SessionId) -> Option<u32> {
        let slot = (session.0 & ((1 << SLOT_BITS) - 1)) as u32;
        let found = self.connections.get(slot as usize)?.as_ref()?;
        (found.session == session).then_some(slot)
    }

    fn get(&mut self, id: ConnId) -> Option<&mut Connection> {
        self.connections
            .get_mut(id.slot as usize)?
            .as_mut()
            .filter(|c| c.id == id)
    }

    /// How many connections are open.
    pub fn len(&self) -> usize {
        self.open
    }

    /// Calls that the core has not taken up.
    pub fn calls_in_flight(&self) -> usize {
        self.in_flight
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.open == 0
    }

    /// A connection was made.
    pub fn open(&mut self, now: Now, mut peer: Peer) -> ConnId {
        peer.cloak(&self.settings);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.hot.push(HotState::default());
            self.connections.push(None);
            self.generations.push(0);
            (self.connections.len() - 1) as u32
        });
        let generation = &mut self.generations[slot as usize];
        *generation += 1;
        let id = ConnId {
            slot,
            generation: *generation,
        };
        let session = self.session(id);
        self.notes
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

    /// Whether bytes of the connection are to be read now.
    pub fn wants_input(&self, id: ConnId) -> bool {
        self.in_flight < CALLS_OF_A_SHARD
            && self
                .connections
                .get(id.slot as usize)
                .and_then(Option::as_ref)
                .is_some_and(|c| {
                    c.id == id && !c.closing && !c.quitting && !c.door.waits() && c.has_room()
                })
    }

    /// Whether the connection only waits for its last words to be read.
    pub fn is_closing(&self, id: ConnId) -> bool {
        let found = self
            .connections
            .get(id.slot as usize)
            .and_then(Option::as_ref);
        found.is_none_or(|c| c.id != id || c.closing)
    }

    /// Bytes arrived.
    pub fn receive(&mut self, now: Now, id: ConnId, bytes: &[u8]) {
        self.cx(now, id, |door, cx| door.receive(cx, bytes));
        self.note_stall(id);
    }

    /// Bytes arrived that are not read for now: at least the other end is there.
    pub fn stirs(&mut self, now: Now, id: ConnId) {
        if let Some(connection) = self.get(id) {
            connection.door.is_there(now.instant);
        }
    }

    /// The peer will send no more.
    pub fn ended(&mut self, now: Now, id: ConnId) {
        let Some(connection) = self.get(id) else {
            return;
        };
        // Said once is enough, and whoever is on the way out need not be told.
        if connection.ended || connection.quits() || connection.closing {
            return;
        }
        connection.ended = true;
        self.finish_input(now, id);
    }

    /// Reads what is left of a connection whose peer sends no more, and ends it then.
    fn finish_input(&mut self, now: Now, id: ConnId) {
        self.cx(now, id, |door, cx| {
            if door.ended(cx) && cx.close.is_none() {
                if door.has_session() {
                    cx.change(
                        parlour_core::CallId(0),
                        Change::Quit("Connection closed".into()),
                    );
                } else {
                    cx.close = Some("connection closed".into());
                }
            }
        });
        if let Some(connection) = self.get(id) {
            let quits = connection.quits();
            connection.ended = !quits && connection.ended;
        }
        self.note_stall(id);
    }

    /// The connection is dead: its session quits, and nothing more is written to it.
    pub fn lost(&mut self, now: Now, id: ConnId, reason: &str) {
        let Some(connection) = self.get(id) else {
            return;
        };
        let told = connection.quits() || !connection.door.has_session();
        connection.lost = Some(reason.to_owned());
        if !told {
            let words = Change::Quit(reason.into());
            self.cx(now, id, |_, cx| cx.change(parlour_core::CallId(0), words));
        }
        self.drop_connection(id, reason);
    }

    /// The connection is gone, or its last words are read.
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
        self.hot[id.slot as usize] = HotState::default();
        self.free.push(id.slot);
        self.open -= 1;
        let reason = connection.close_reason.unwrap_or_else(|| reason.to_owned());
        let nick = connection.door.nick().cloned();
        self.notes.push(LogEvent::Closed {
            session: connection.session,
            nick,
            reason,
        });
    }

    /// Gives a door its turn, and takes up what it did.
    fn cx(&mut self, now: Now, id: ConnId, act: impl FnOnce(&mut Door, &mut Context<'_>)) {
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
        let before = self.calls.len();
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
            out: std::mem::take(&mut self.scratch),
            breaks: Vec::new(),
            laters: Vec::new(),
            upgrade: None,
            call_limit: before + room,
            out_limit: ANSWERED_BELOW,
            spent: 0,
            spend_limit: pace.map_or(Cost::MAX, |pace| connection.debt.room(pace, now.instant)),
            calls: &mut self.calls,
            standstill: self.standstill,
            log: &mut self.notes,
            close: None,
        };
        act(&mut connection.door, &mut cx);
        if cx.close.is_some() && connection.door.has_session() && !connection.quitting {
            // The core may know it, though it never was a user.
            let words = Change::Quit("Connection closed".into());
            cx.change(parlour_core::CallId(0), words);
        }
        let Context {
            out,
            breaks,
            laters,
            upgrade,
            close,
            spent,
            ..
        } = cx;
        if let Some(request) = upgrade {
            self.upgrades.push((id, request));
        }
        if let Some(pace) = pace {
            connection.keep_pace(pace, now.instant, spent);
        }
        let made = self.calls.len() - before;
        connection.in_flight += made;
        connection.quitting |= self.calls[before..].iter().any(is_quit);
        self.in_flight += made;
        self.counted = self.calls.len();
        if connection.unregistered && (close.is_some() || connection.door.nick().is_some()) {
            connection.unregistered = false;
            self.settings.unregistered.fetch_sub(1, Ordering::Relaxed);
        }
        connection.unwritten += out.len();
        let hot = &mut self.hot[id.slot as usize];
        hot.key = connection.door.key();
        hot.current = connection.current();
        if let Some(reason) = close {
            connection.begin_close(now.instant.plus(LINGER), reason);
            // Also where nothing is left to write, the flush is what closes it.
            Self::touch(hot, id.slot, &mut self.dirty);
        }
        let rest = self.write_laters(id.slot, &out, laters);
        self.write(id.slot, &out[rest..], &breaks);
        self.scratch = out;
        self.scratch.clear();
        self.arm(id.slot);
    }

    /// Puts bytes for one connection in line.
    fn write(&mut self, slot: u32, bytes: &[u8], breaks: &[usize]) {
        if bytes.is_empty() {
            return;
        }
        let alone = self.hot[slot as usize]
            .key
            .has(crate::door::RenderKey::UNFRAMED);
        let private = match self.private {
            Some(private) if self.buffers.size_of(private) < PRIVATE_BUFFER => private,
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
            hot.pending.push(piece, false);
        }
        Self::touch(hot, slot, &mut self.dirty);
    }

    /// Puts answers in line that are made when their turn has come, each behind the bytes before its
    /// place in `out`. Returns where the rest of `out` begins.
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
                connection.outbox.put_later(later);
                let hot = &mut self.hot[slot as usize];
                hot.pending.push(Piece::LATER, true);
                Self::touch(hot, slot, &mut self.dirty);
            }
        }
        from
    }

    fn touch(hot: &mut HotState, slot: u32, dirty: &mut Vec<u32>) {
        if !hot.dirty {
            hot.dirty = true;
            dirty.push(slot);
        }
    }

    fn arm(&mut self, slot: u32) {
        if let Some(connection) = &mut self.connections[slot as usize]
            && let Some(at) = connection.deadline()
        {
            self.timers.arm(at, connection.id, &mut connection.armed);
        }
    }

    /// Bytes that are rendered and not yet given to any connection.
    pub fn unflushed(&self) -> usize {
        self.buffers.size()
    }

    /// Whether there is something to flush, or to go on with.
    pub fn has_output(&self) -> bool {
        !self.dirty.is_empty() || !self.full.is_empty() || !self.making.is_empty()
    }

    /// The requests that have come up, for the core, in order. What it has taken up is to be
    /// told with [`Hall::taken`].
    pub fn take_calls(&mut self) -> Vec<Call> {
        self.counted = 0;
        std::mem::take(&mut self.calls)
    }

    /// A door has panicked in its turn: its connection ends, the others go on.
    pub fn panicked(&mut self, now: Now, id: ConnId) {
        self.calls.truncate(self.counted);
        self.lost(now, id, "Internal error");
    }

    /// The connection turns out to begin with TLS: nothing is said before its handshake.
    pub fn begin_tls(&mut self, now: Now, id: ConnId) {
        if let Some(connection) = self.get(id) {
            connection.door = Door::handshake(now.instant, connection.expires);
            self.arm(id.slot);
        }
    }

    /// The handshake is done: what comes now is looked at as if it had just begun.
    pub fn secured(&mut self, now: Now, id: ConnId, certificate: Option<Name>) {
        if let Some(connection) = self.get(id) {
            connection.peer.secure = true;
            connection.peer.certificate = certificate;
        }
        self.resume(now, id);
    }

    /// Connections that want to become WebSockets, with what they have sent: the handshake is
    /// the owner's, who then says [`Hall::upgraded`] or [`Hall::lost`].
    pub fn take_upgrades(&mut self) -> Vec<(ConnId, Vec<u8>)> {
        std::mem::take(&mut self.upgrades)
    }

    /// What came before is done with: what comes now is looked at as if it had just begun.
    pub fn resume(&mut self, now: Now, id: ConnId) {
        let settings = self.settings.clone();
        if let Some(connection) = self.get(id) {
            let (expires, peer) = (connection.expires, &connection.peer);
            connection.door = Door::new(now.instant, expires, peer, &settings);
            self.arm(id.slot);
        }
    }

    /// The handshake of a WebSocket is done: each message is a line of IRC.
    pub fn upgraded(&mut self, now: Now, id: ConnId) {
        if let Some(connection) = self.get(id) {
            connection.door = Door::web(now.instant, connection.expires);
            self.arm(id.slot);
        }
    }

    /// A connection comes from another address than it seemed (PROXY protocol).
    pub fn comes_from(&mut self, id: ConnId, address: IpAddr, exempt: bool) {
        let settings = self.settings.clone();
        if let Some(connection) = self.get(id) {
            connection.peer.exempt = exempt;
            connection.peer.set_address(address);
            connection.peer.cloak(&settings);
        }
    }

    /// Other settings are in force from here on.
    pub fn resettle(&mut self, now: Now, settings: Arc<DoorSettings>) {
        let before = std::mem::replace(&mut self.settings, settings);
        for id in self.ids() {
            self.cx(now, id, |door, cx| door.resettle(cx, &before));
        }
    }

    /// What has come up for the log.
    pub fn take_notes(&mut self) -> Vec<LogEvent> {
        std::mem::take(&mut self.notes)
    }

    /// When [`Hall::tick`] is due.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Now, sink: &mut impl Sink) {
        while let Some((at, id)) = self.timers.due(now.instant) {
            let Some(connection) = self.get(id) else {
                continue;
            };
            // Only the earliest alarm of a connection counts.
            if connection.armed != Some(at) {
                continue;
            }
            connection.armed = None;
            let Some(deadline) = connection.deadline() else {
                continue;
            };
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
                self.go_on(now, id);
                self.arm(id.slot);
            } else {
                self.cx(now, id, |door, cx| door.tick(cx));
                self.note_stall(id);
            }
        }
    }
}

fn is_quit(call: &Call) -> bool {
    matches!(&call.request, Request::Do(Change::Quit(_)))
}
