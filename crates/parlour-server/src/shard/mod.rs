//! A shard: one thread, one poll, its connections.

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
use parlour_core::{Effect, Now, SessionId};
use parlour_doors::{ConnId, Connections, DoorSettings, LogEvent, Peer};

use crate::clock;
use crate::core_thread::CoreMsg;
use crate::gate::{Admission, Gate};
use crate::listen;
use crate::mailbox::Mailbox;
use crate::rules::{ListenerRules, NetworkRules, ProxyHeader};
use socket::{Read, Socket};
use sockets::Sockets;
use stream::{Listener, Stream};

/// For a shard.
pub(crate) enum ShardMsg {
    /// What its sessions are to see, and how many of its calls are done.
    Deliver {
        /// In the core's order.
        effects: Vec<Effect>,
        /// Whose calls the core has taken up, one entry a call.
        taken: Vec<SessionId>,
    },
    /// Whether what comes can be kept from here on.
    Writable(bool),
    /// Other settings are in force.
    Settings(ShardSettings),
    /// Tell everybody, close everything, end.
    Stop(String),
}

/// What a shard goes by.
pub(crate) struct ShardSettings {
    pub doors: Arc<DoorSettings>,
    pub network: Arc<NetworkRules>,
    pub listeners: Vec<(listen::Listener, ListenerRules)>,
}

/// Deliveries that may wait for a shard before the core waits for it.
pub(crate) const DELIVERIES: usize = 64;

pub(crate) const WAKE: Token = Token(usize::MAX);
/// Listeners count down from here, connections up from 0.
const FIRST_LISTENER: usize = usize::MAX - 1;
/// Tokens that are kept for them.
const MAX_LISTENERS: usize = 1024;
/// Connections that linger count up from here.
const FIRST_LINGERING: usize = 1 << 40;

/// Bytes that one connection may send before it is another's turn.
const READ_TURN: usize = 64 * 1024;
/// Rendered bytes after which they are written before more are rendered.
const UNFLUSHED: usize = 4 * 1024 * 1024;
/// Effects that are delivered between two looks at how much that is.
const EFFECTS_AT_ONCE: usize = 64;
/// How long connections may take to read the server's goodbye: those that read have it at once.
const GOODBYE: Duration = Duration::from_secs(2);
/// How long to wait when the system has no descriptor left for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

pub(crate) struct Shard {
    poll: Poll,
    listeners: Vec<(Listener, ListenerRules)>,
    sockets: Sockets,
    connections: Connections,
    network: Arc<NetworkRules>,
    gate: Arc<Gate>,
    inbox: Arc<Mailbox<ShardMsg>>,
    core: Arc<Mailbox<CoreMsg>>,
    /// Connections that have bytes to read.
    ready: Vec<ConnId>,
    /// Accepting failed for want of descriptors; tried again then.
    accept_again: Option<Instant>,
    buffer: Vec<u8>,
}

impl Shard {
    pub fn new(
        number: u8,
        poll: Poll,
        settings: ShardSettings,
        gate: Arc<Gate>,
        inbox: Arc<Mailbox<ShardMsg>>,
        core: Arc<Mailbox<CoreMsg>>,
    ) -> io::Result<Shard> {
        let registry = poll.registry().try_clone()?;
        let mut shard = Shard {
            poll,
            listeners: Vec::new(),
            sockets: Sockets::new(registry),
            connections: Connections::new(settings.doors, number),
            network: settings.network,
            gate,
            inbox,
            core,
            ready: Vec::new(),
            accept_again: None,
            buffer: vec![0; READ_TURN],
        };
        shard.listen(settings.listeners)?;
        Ok(shard)
    }

    /// Listens here, and nowhere else any more.
    fn listen(&mut self, listeners: Vec<(listen::Listener, ListenerRules)>) -> io::Result<()> {
        // Another handle of the same socket lives on elsewhere: dropping this one would leave it
        // registered.
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

    /// Runs until it is told to stop.
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
            if self.accept_again.is_some_and(|at| Instant::now() >= at) {
                self.accept_again = None;
                (0..self.listeners.len()).for_each(|index| self.accept(index));
            }
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
        let Some(id) = self.sockets.id(token) else {
            return;
        };
        if event.is_readable() && !event.is_read_closed() && !self.connections.wants_input(id) {
            self.connections.stirs(clock::now(), id);
        }
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            self.sockets.mark_readable(token, &mut self.ready);
        }
        if event.is_writable() {
            self.sockets.push(id);
            self.connections
                .writable(clock::now(), id, &mut self.sockets);
            // What was not read since too much waited is read now.
            self.sockets.mark_readable(token, &mut self.ready);
        }
    }

    fn message(&mut self, message: ShardMsg) {
        let now = clock::now();
        match message {
            ShardMsg::Deliver { effects, taken } => {
                for some in effects.chunks(EFFECTS_AT_ONCE) {
                    self.connections.deliver(now, some);
                    self.flush_if_much(now);
                }
                self.connections.taken(now, &taken);
            }
            ShardMsg::Writable(writable) => self.connections.set_writable(now, writable),
            ShardMsg::Settings(settings) => {
                self.network = settings.network;
                self.connections.resettle(now, settings.doors);
                if let Err(error) = self.listen(settings.listeners) {
                    tracing::error!("a shard cannot listen any more: {error}");
                }
                (0..self.listeners.len()).for_each(|index| self.accept(index));
            }
            ShardMsg::Stop(_) => {}
        }
    }

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

    fn welcome(&mut self, stream: Stream, address: IpAddr, rules: ListenerRules) {
        if let Err(error) = stream.set_nodelay() {
            tracing::debug!("a connection has gone before it was welcomed: {error}");
            return;
        }
        let permit = match self.gate.permit() {
            Ok(permit) => permit,
            Err(why) => return turn_away(stream, address, why),
        };
        let proxy = rules.proxy(&self.network, address);
        // Who stands in for others is counted by none of their limits.
        let admission = if proxy == ProxyHeader::None {
            match self.admit(address) {
                Ok(admission) => admission,
                Err(why) => return turn_away(stream, address, why),
            }
        } else {
            None
        };
        let mut peer = Peer::at(address);
        peer.exempt = self.network.is_exempt(address);
        (peer.doors, peer.irc_port) = (rules.doors, rules.irc_port);
        let id = self.connections.open(clock::now(), peer);
        if proxy == ProxyHeader::Required {
            // Nothing is said to whoever stands in between.
            self.connections.begin_tls(clock::now(), id);
        }
        let socket = Socket::new(id, stream, rules, proxy, (permit, admission));
        if let Err(error) = self.sockets.insert(socket) {
            self.connections.lost(clock::now(), id, &error.to_string());
            return;
        }
        // Its first bytes are often there already.
        self.sockets
            .mark_readable(id.slot as usize, &mut self.ready);
    }

    /// A pass for a connection from this address, if it needs one; or why it gets none.
    fn admit(&self, from: IpAddr) -> Result<Option<Admission>, &'static str> {
        if self.network.is_exempt(from) {
            return Ok(None);
        }
        let admission = self.gate.admit(from, self.network.gate, Instant::now());
        admission.map(Some)
    }

    /// Reads from each connection that has something, as far as it may go on.
    fn read_ready(&mut self) {
        let now = clock::now();
        let mut later = Vec::new();
        let mut ready = std::mem::take(&mut self.ready).into_iter();
        // The rest is read the next time, when what came of these is written.
        while self.connections.unflushed() < UNFLUSHED
            && let Some(id) = ready.next()
        {
            if self.sockets.get(id).is_none() {
                continue;
            }
            if !self.connections.wants_input(id) {
                later.push(id);
                continue;
            }
            // What panics here is this connection's own affair.
            let outcome = catch_unwind(AssertUnwindSafe(|| self.read(now, id)));
            match outcome {
                Ok(true) => later.push(id),
                Ok(false) => {
                    if let Some(socket) = self.sockets.get(id) {
                        socket.listed = false;
                    }
                }
                Err(_) => {
                    tracing::error!("a connection was ended because of an internal error");
                    self.connections.panicked(now, id);
                    self.sockets.remove(id);
                }
            }
        }
        self.ready.extend(ready);
        self.ready.append(&mut later);
    }

    /// One turn of reading; true if there may be more.
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
                self.upgrade();
                true
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

    /// A connection comes from another address than it seemed; or why it may not.
    fn comes_from(&mut self, id: ConnId, address: IpAddr) -> Result<(), &'static str> {
        if !Peer::may_be_claimed(address) {
            return Err("A PROXY header cannot name an address of this machine");
        }
        let admission = self.admit(address)?;
        let exempt = self.network.is_exempt(address);
        self.connections.comes_from(id, address, exempt);
        if let Some(socket) = self.sockets.get(id) {
            socket.admission = admission;
        }
        Ok(())
    }

    /// Makes WebSockets of those who have asked for it.
    fn upgrade(&mut self) {
        for (id, request) in self.connections.take_upgrades() {
            let now = clock::now();
            let Some(socket) = self.sockets.get(id) else {
                continue;
            };
            match socket.upgrade(&request, &self.network) {
                Ok(()) => self.connections.upgraded(now, id),
                Err(reason) => {
                    self.connections.lost(now, id, &reason);
                    // Its answer is written; it lingers until that is read.
                    parlour_doors::Sink::finished(&mut self.sockets, id);
                }
            }
        }
    }

    /// Writes what has gathered, if it is so much that it should not become more.
    fn flush_if_much(&mut self, now: Now) {
        if self.connections.unflushed() > UNFLUSHED {
            self.connections.flush(now, &mut self.sockets);
        }
    }

    /// Now, output, requests, log.
    fn settle(&mut self) {
        let now = clock::now();
        self.connections.tick(now, &mut self.sockets);
        self.connections.flush(now, &mut self.sockets);
        self.connections
            .go_on_making(now, UNFLUSHED, &mut self.sockets);
        self.connections.go_on_written(now, UNFLUSHED);
        self.connections.flush(now, &mut self.sockets);
        self.sockets.lingering.tick(Instant::now());
        let calls = self.connections.take_calls();
        if !calls.is_empty() {
            self.core.post_unbounded(CoreMsg::Calls(calls));
        }
        for note in self.connections.take_notes() {
            log(&note);
        }
    }
}

/// Tells a connection why it is not let in, as far as that can be said before anything is known
/// of it.
fn turn_away(mut stream: Stream, from: IpAddr, why: &str) {
    tracing::info!("a connection from {from} was turned away: {why}");
    // Whoever does not take it has gone.
    let _ = stream.write(format!("ERROR :{why}\r\n").as_bytes());
}

/// The server's log: who comes, under which name, who goes and why; never what is said.
fn log(note: &LogEvent) {
    let show = Connections::show;
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

/// Parting words are a user's own: without control characters they are one line of the log.
fn one_line(reason: &str) -> String {
    reason.chars().filter(|c| !c.is_control()).collect()
}
