//! Shard: one thread, one poll, and its connections.

mod bridges;
mod encrypted;
mod linger;
mod proxy;
mod socket;
mod sockets;
mod stream;
mod web;

use std::io::{self, Write};
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};
use parlour_core::{NodeId, Now};
use parlour_doors::{ConnId, Connections, LogEvent, Peer};
use parlour_web::Backend;

use crate::bridge::ReadyBridges;
use crate::clock;
use crate::gate::{Admission, Gate};
use crate::listen;
use crate::mailbox::Mailbox;
use crate::messages::{CoreMsg, ShardMsg, ShardSettings};
use crate::metrics::Metrics;
use crate::rules::{ListenerRules, NetworkRules, ProxyHeader};
use crate::services::Services;
use socket::{Read, Socket};
use sockets::Sockets;
use stream::{Listener, Stream};

/// Capacity of a shard's mailbox: beyond it, the core waits for the shard.
pub(crate) const DELIVERIES: usize = 64;

/// Token of the mailbox's waker.
pub(crate) const WAKE: Token = Token(usize::MAX);
/// Token of the first listener; listeners count down from here, connections up from 0.
const FIRST_LISTENER: usize = usize::MAX - 1;
/// Number of tokens reserved for listeners.
const MAX_LISTENERS: usize = 1024;
/// Token of the first lingering connection; they count up from here.
const FIRST_LINGERING: usize = 1 << 40;

/// Bytes read from one connection before it is the next one's turn.
const READ_TURN: usize = 64 * 1024;
/// Rendered bytes beyond which output is flushed before more is rendered.
const UNFLUSHED: usize = 4 * 1024 * 1024;
/// Effects delivered between two checks of the rendered bytes.
const EFFECTS_AT_ONCE: usize = 64;
/// Time limit for connections to read their last lines when the server stops; those that read have
/// them at once.
const GOODBYE: Duration = Duration::from_secs(2);
/// Pause in accepting when the system is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// State of a shard.
pub(crate) struct Shard {
    poll: Poll,
    listeners: Vec<(Listener, ListenerRules)>,
    sockets: Sockets,
    connections: Connections,
    network: Arc<NetworkRules>,
    gate: Arc<Gate>,
    inbox: Arc<Mailbox<ShardMsg>>,
    core: Arc<Mailbox<CoreMsg>>,
    services: Services,
    bridges: ReadyBridges,
    backend: Arc<dyn Backend>,
    metrics: Arc<Metrics>,
    /// Connections with bytes to read.
    ready: Vec<ConnId>,
    /// Time to accept again, after a failure for lack of file descriptors.
    accept_again: Option<Instant>,
    buffer: Vec<u8>,
}

/// Connections of a shard to the other threads.
pub(crate) struct Links {
    pub inbox: Arc<Mailbox<ShardMsg>>,
    pub core: Arc<Mailbox<CoreMsg>>,
    pub services: Services,
    /// The chat, for requests of HTTP.
    pub backend: Arc<dyn Backend>,
    pub metrics: Arc<Metrics>,
    /// Bridges with something for this shard; woken like the inbox.
    pub bridges: ReadyBridges,
}

impl Shard {
    pub fn new(
        (node, number): (NodeId, u8),
        poll: Poll,
        settings: ShardSettings,
        gate: Arc<Gate>,
        links: Links,
    ) -> io::Result<Shard> {
        let Links {
            inbox,
            core,
            services,
            backend,
            metrics,
            bridges,
        } = links;
        let registry = poll.registry().try_clone()?;
        let mut connections = Connections::new(settings.doors, number);
        connections.set_node(node);
        let mut shard = Shard {
            poll,
            listeners: Vec::new(),
            sockets: Sockets::new(registry),
            connections,
            network: settings.network,
            gate,
            inbox,
            core,
            services,
            bridges,
            backend,
            metrics,
            ready: Vec::new(),
            accept_again: None,
            buffer: vec![0; READ_TURN],
        };
        shard.listen(settings.listeners)?;
        Ok(shard)
    }

    /// Replaces the listeners.
    fn listen(&mut self, listeners: Vec<(listen::Listener, ListenerRules)>) -> io::Result<()> {
        // Dropping is not enough: another handle keeps the socket open, and so its registration.
        for (mut listener, _) in std::mem::take(&mut self.listeners) {
            self.poll.registry().deregister(&mut listener)?;
        }
        for (index, (listener, rules)) in listeners.into_iter().enumerate() {
            let mut listener = Listener::from(listener);
            let token = Token(FIRST_LISTENER - index);
            self.poll
                .registry()
                .register(&mut listener, token, Interest::READABLE)?;
            self.listeners.push((listener, rules));
        }
        Ok(())
    }

    /// Runs until it is stopped.
    pub fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(1024);
        let mut messages = Vec::new();
        let mut stop_by: Option<Instant> = None;
        loop {
            let timeout = self.timeout(stop_by);
            if let Err(error) = self.poll.poll(&mut events, timeout)
                && error.kind() != io::ErrorKind::Interrupted
            {
                return Err(error);
            }
            for event in &events {
                self.event(event);
            }
            // After the events: a wake-up that came with them finds its messages here.
            self.inbox.take_now(&mut messages);
            for message in messages.drain(..) {
                if let ShardMsg::Stop(words) = &message {
                    self.listeners.clear();
                    self.connections.close_all(clock::now(), words);
                    self.sockets.lingering.stop(Instant::now());
                    stop_by = Some(Instant::now() + GOODBYE);
                } else {
                    self.message(message);
                }
            }
            // The poll is edge-triggered and reports a listener only once: accept without an event.
            if self.accept_again.is_some_and(|at| Instant::now() >= at) {
                self.accept_again = None;
                (0..self.listeners.len()).for_each(|index| self.accept(index));
            }
            self.continue_bridges();
            self.read_ready();
            self.settle();
            if stop_by.is_some_and(|by| {
                self.connections.is_empty() && self.sockets.lingering.is_empty()
                    || Instant::now() >= by
            }) {
                return Ok(());
            }
        }
    }

    /// Returns how long the poll may sleep: not at all if there is work left.
    fn timeout(&self, stop_by: Option<Instant>) -> Option<Duration> {
        if self.connections.has_output()
            || self
                .ready
                .iter()
                .any(|&id| self.connections.wants_input(id))
        {
            return Some(Duration::ZERO);
        }
        let now = Instant::now();
        let connections = self
            .connections
            .next_deadline()
            .map(|at| Duration::from_millis(at.since(clock::instant())));
        let stop = stop_by.map(|by| by.saturating_duration_since(now));
        let accept = self
            .accept_again
            .map(|at| at.saturating_duration_since(now));
        let linger = self
            .sockets
            .lingering
            .next_deadline()
            .map(|at| at.saturating_duration_since(now));
        [connections, stop, accept, linger]
            .into_iter()
            .flatten()
            .min()
    }

    /// Handles a readiness event.
    fn event(&mut self, event: &mio::event::Event) {
        let Token(token) = event.token();
        if event.token() == WAKE {
            return;
        }
        if token > FIRST_LISTENER - MAX_LISTENERS {
            let index = FIRST_LISTENER - token;
            if index < self.listeners.len() {
                self.accept(index);
            }
            return;
        }
        if token >= FIRST_LINGERING {
            return self
                .sockets
                .lingering
                .readable(token - FIRST_LINGERING, &mut self.buffer);
        }
        // The connection of this event may be closed, and its slot reused, since the poll: a
        // needless read or write does no harm.
        let Some(id) = self.sockets.id(token) else {
            return;
        };
        // Flow control holds its input back; the bytes still prove that the client is alive.
        if event.is_readable() && !event.is_read_closed() && !self.connections.wants_input(id) {
            self.connections.note_activity(clock::now(), id);
        }
        if event.is_read_closed() || event.is_error() {
            self.sockets.note_end(token);
        }
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            self.sockets.mark_readable(token, &mut self.ready);
        }
        if event.is_writable() {
            self.sockets.push(id);
            self.connections
                .writable(clock::now(), id, &mut self.sockets);
            // Input held back because of too much output is read now.
            self.sockets.mark_readable(token, &mut self.ready);
        }
    }

    /// Handles a message.
    fn message(&mut self, message: ShardMsg) {
        let now = clock::now();
        match message {
            ShardMsg::Deliver { effects, taken } => {
                for some in effects.chunks(EFFECTS_AT_ONCE) {
                    self.connections.deliver(now, some);
                    self.flush_if_much(now);
                }
                // After the effects: a session's next call may follow only when the replies are
                // delivered.
                self.connections.taken(now, &taken);
            }
            ShardMsg::Writable(writable) => self.connections.set_writable(now, writable),
            ShardMsg::CutOff(is_cut_off) => self.connections.announce_cut_off(now, is_cut_off),
            ShardMsg::Settings(settings) => {
                self.network = settings.network;
                self.connections.resettle(now, settings.doors);
                if let Err(error) = self.listen(settings.listeners) {
                    tracing::error!("a shard cannot listen any more: {error}");
                }
                // Connections that arrived between the two registrations raise no event.
                (0..self.listeners.len()).for_each(|index| self.accept(index));
            }
            ShardMsg::Stop(_) => {}
        }
    }

    /// Accepts all waiting connections of a listener: the poll is edge-triggered.
    fn accept(&mut self, index: usize) {
        loop {
            let (listener, rules) = &self.listeners[index];
            let rules = *rules;
            match listener.accept() {
                Ok((stream, address)) => self.welcome(stream, address, rules),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    tracing::warn!("a connection cannot be accepted now: {error}");
                    self.accept_again = Some(Instant::now() + ACCEPT_PAUSE);
                    return;
                }
            }
        }
    }

    /// Opens an accepted connection, or refuses it because of a limit.
    fn welcome(&mut self, stream: Stream, address: IpAddr, rules: ListenerRules) {
        if let Err(error) = stream.set_nodelay() {
            tracing::debug!("a connection has gone before it was welcomed: {error}");
            return;
        }
        let permit = match self.gate.permit() {
            Ok(permit) => permit,
            Err(why) => return refuse_connection(stream, address, why),
        };
        let proxy = rules.proxy(&self.network, address);
        // A proxy is not subject to the limits of an address: its clients are.
        let admission = if proxy == ProxyHeader::None {
            match self.admit(address) {
                Ok(admission) => admission,
                Err(why) => return refuse_connection(stream, address, why),
            }
        } else {
            None
        };
        let mut peer = Peer::at(address);
        peer.exempt = self.network.is_exempt(address);
        (peer.doors, peer.irc_port) = (rules.doors, rules.irc_port);
        let id = self.connections.open(clock::now(), peer);
        if proxy == ProxyHeader::Required {
            // The proxy gets no greeting: nothing is sent before its header.
            self.connections.begin_tls(clock::now(), id);
        }
        let socket = Socket::new(id, stream, rules, proxy, (permit, admission));
        if let Err(error) = self.sockets.insert(socket) {
            self.connections.lost(clock::now(), id, &error.to_string());
            return;
        }
        // The first bytes have often arrived already.
        self.sockets
            .mark_readable(id.slot as usize, &mut self.ready);
    }

    /// Admits a connection from this address; `None` if the address is exempt.
    ///
    /// # Errors
    /// The reason for the client, if a limit is reached.
    fn admit(&self, from: IpAddr) -> Result<Option<Admission>, &'static str> {
        if self.network.is_exempt(from) {
            return Ok(None);
        }
        let admission = self.gate.admit(from, self.network.gate, Instant::now());
        admission.map(Some)
    }

    /// Reads from each readable connection, as far as flow control allows.
    fn read_ready(&mut self) {
        let now = clock::now();
        let mut later = Vec::new();
        let mut ready = std::mem::take(&mut self.ready).into_iter();
        // Too much output: the rest is read in the next round, after a flush.
        while self.connections.unflushed() < UNFLUSHED
            && let Some(id) = ready.next()
        {
            if self.sockets.get(id).is_none() {
                continue;
            }
            if !self.connections.wants_input(id) {
                // Stays listed: an edge-triggered poll would not report its bytes again.
                later.push(id);
                continue;
            }
            // A panic of a layer below the dialects (TLS, WebSocket) affects this connection only.
            let outcome = catch_unwind(AssertUnwindSafe(|| self.read(now, id)));
            match outcome {
                Ok(true) => later.push(id),
                Ok(false) => {
                    // Everything is read: the next event lists it again.
                    if let Some(socket) = self.sockets.get(id) {
                        socket.listed = false;
                    }
                }
                Err(_) => {
                    let session = self.connections.session_of(id);
                    log(&LogEvent::Panicked(Some(session)));
                    self.connections.lost(now, id, "Internal error");
                    self.sockets.remove(id);
                }
            }
        }
        self.ready.extend(ready);
        self.ready.append(&mut later);
    }

    /// Reads from a connection once. Returns true if there may be more.
    fn read(&mut self, now: Now, id: ConnId) -> bool {
        let Some(socket) = self.sockets.get(id) else {
            return false;
        };
        let mut read = socket.read(&mut self.buffer, &self.network);
        if let Read::From(address) = read {
            if let Some(address) = address
                && let Err(why) = self.comes_from(id, address)
            {
                if let Some(socket) = self.sockets.get(id) {
                    socket.turn_away(why);
                }
                self.connections.lost(now, id, why);
                self.sockets.remove(id);
                return false;
            }
            let Some(socket) = self.sockets.get(id) else {
                return false;
            };
            self.connections.resume(now, id);
            read = socket.after_header(&mut self.buffer, &self.network);
        }
        match read {
            Read::From(_) => true,
            Read::Bytes(count) => {
                self.connections.receive(now, id, &self.buffer[..count]);
                self.link_bridges(now);
                true
            }
            Read::Last(count) => {
                self.connections.receive(now, id, &self.buffer[..count]);
                self.link_bridges(now);
                false
            }
            Read::Nothing => false,
            Read::More => true,
            Read::Handshake => {
                self.connections.begin_tls(now, id);
                true
            }
            Read::Secured(certificate) => {
                self.connections.secured(now, id, certificate);
                true
            }
            Read::End => {
                self.connections.ended(now, id);
                false
            }
            Read::Broken(reason) => {
                self.connections.lost(now, id, &reason);
                self.sockets.remove(id);
                false
            }
        }
    }

    /// Sets the client's address as a proxy tells it.
    ///
    /// # Errors
    /// The reason for the client, if it may not connect from there.
    pub(super) fn comes_from(&mut self, id: ConnId, address: IpAddr) -> Result<(), &'static str> {
        if !Peer::may_be_claimed(address) {
            return Err("A proxy cannot name an address of this machine");
        }
        let admission = self.admit(address)?;
        let exempt = self.network.is_exempt(address);
        self.connections.set_peer_address(id, address, exempt);
        if let Some(socket) = self.sockets.get(id) {
            // Replaces, and so releases, the count of an earlier address.
            socket.admission = admission;
        }
        Ok(())
    }

    /// Flushes the output if there is too much of it.
    fn flush_if_much(&mut self, now: Now) {
        if self.connections.unflushed() > UNFLUSHED {
            self.connections.flush(now, &mut self.sockets);
        }
    }

    /// Ends a round: timers, output, calls to the core, log events.
    fn settle(&mut self) {
        let now = clock::now();
        self.connections.tick(now, &mut self.sockets);
        self.link_bridges(now);
        // Flushed first, so that replies made piece by piece see how much the sockets still take.
        self.connections.flush(now, &mut self.sockets);
        self.connections
            .continue_lazy_replies(now, UNFLUSHED, &mut self.sockets);
        self.connections.resume_written(now, UNFLUSHED);
        self.connections.flush(now, &mut self.sockets);
        self.finish_upgrades(now);
        self.sockets.lingering.tick(Instant::now());
        // Last, since timers and resumed input raise calls too: one message for the whole round.
        let calls = self.connections.take_calls();
        if !calls.is_empty() {
            self.core.post_anyway(CoreMsg::Calls(calls));
        }
        for note in self.connections.take_log_events() {
            if let LogEvent::SlowReader(_) = note {
                self.metrics.slow_readers.inc();
            }
            log(&note);
        }
    }
}

/// Refuses a connection, with the reason as an IRC ERROR, before its protocol is known.
fn refuse_connection(mut stream: Stream, from: IpAddr, why: &str) {
    tracing::info!("a connection from {from} was turned away: {why}");
    // Best effort: the connection ends in any case.
    let _ = stream.write(format!("ERROR :{why}\r\n").as_bytes());
}

/// Logs an event: connects, registrations, renames and disconnects; never messages.
fn log(note: &LogEvent) {
    let show = Connections::format_session;
    match note {
        LogEvent::Opened(session, host) => {
            tracing::info!("{}: connected from {host}", show(*session))
        }
        LogEvent::Registered {
            session,
            nick,
            host,
            door,
        } => {
            tracing::info!(
                "{}: is {nick} from {host}, by the {door} door",
                show(*session)
            );
        }
        LogEvent::Panicked(Some(session)) => tracing::error!(
            "{}: ended because of an internal error; please report it",
            show(*session)
        ),
        LogEvent::Panicked(None) => tracing::error!(
            "an event was not shown to some because of an internal error; please report it"
        ),
        LogEvent::SlowReader(session) => {
            tracing::warn!(
                "{}: does not read what it is sent, and is let go",
                show(*session)
            );
        }
        LogEvent::Renamed(session, old, new) => {
            tracing::info!("{}: {old} is {new} now", show(*session))
        }
        LogEvent::Closed {
            session,
            nick,
            reason,
        } => {
            let nick = nick.as_deref().unwrap_or("(no nick)");
            let reason = one_line(reason);
            tracing::info!("{}: {nick} has gone: {reason}", show(*session));
        }
    }
}

/// Removes control characters from a reason, which is the user's own text: it must stay one line of
/// the log.
fn one_line(reason: &str) -> String {
    reason.chars().filter(|c| !c.is_control()).collect()
}
