//! Engine: all connections, one poll.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use mio::{Events, Interest, Poll, Token};
use rustix::net::RecvFlags;
use rustls::ClientConfig;
use socket2::{Domain, Socket, Type};

use crate::BenchError;
use crate::clock::{self, MILLISECOND, Nanos, SECOND};
use crate::connection::{Connection, Delivery, Notice, Plan, Reading, Stage};
use crate::payload::{MARK, Payload};
use crate::setup::ServerLine;
use crate::tls;
use crate::transport::{Layers, Transport};

/// Bytes read at once.
const READ: usize = 256 * 1024;
/// Room before the bytes read, for the end of the read before.
const HEAD: usize = 2048;
/// Errors of the server that are kept for the figures.
const ERRORS: usize = 5;
/// Connections from one source address: the ports that the system hands out.
const PER_SOURCE: usize = 20_000;

/// Protocol that the connections speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Irc,
    /// pyChat's, whose messages end in these bytes.
    PyChat(&'static [u8]),
}

impl Protocol {
    fn line_end(self) -> &'static [u8] {
        match self {
            Protocol::Irc => b"\r\n",
            Protocol::PyChat(end) => end,
        }
    }
}

/// Server that is loaded, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub address: SocketAddr,
    pub protocol: Protocol,
    /// Length of each payload.
    pub payload: usize,
    pub layers: Layers,
}

/// Counters of all connections.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Totals {
    /// Payloads counted.
    pub marks: u64,
    /// Bytes of connections whose bytes are only counted.
    pub uncopied: u64,
    pub bytes: u64,
    pub reads: u64,
    /// Marks without a payload before them.
    pub malformed: u64,
    pub disconnects: u64,
}

/// All connections.
pub(crate) struct Engine {
    poll: Poll,
    events: Events,
    buffer: Vec<u8>,
    tls: Arc<ClientConfig>,
    pub target: Target,
    pub connections: Vec<Connection>,
    /// Payloads that the last poll brought, where they are parsed.
    pub deliveries: Vec<Delivery>,
    /// Changes of stage that the last poll brought.
    pub notices: Vec<(usize, Notice)>,
    pub totals: Totals,
    /// Connection whose length of a line stands for those whose bytes are only counted.
    pub model: usize,
    /// Time of the last read that brought something.
    pub last_read: Nanos,
    /// First errors of the server.
    pub errors: Vec<String>,
}

impl Engine {
    /// Creates an engine without connections.
    pub fn new(target: Target) -> Result<Engine, BenchError> {
        let poll = Poll::new().map_err(|error| BenchError::System("poll", error))?;
        Ok(Engine {
            poll,
            events: Events::with_capacity(256),
            buffer: vec![0; HEAD + READ],
            tls: tls::config()
                .map_err(|error| BenchError::System("TLS", io::Error::other(error)))?,
            target,
            connections: Vec::new(),
            deliveries: Vec::new(),
            notices: Vec::new(),
            totals: Totals::default(),
            model: 0,
            last_read: clock::now(),
            errors: Vec::new(),
        })
    }

    fn note_error(&mut self, text: String) {
        if self.errors.len() < ERRORS {
            self.errors.push(text);
        }
    }

    /// Returns the errors of the server in one line.
    pub fn errors(&self) -> String {
        self.errors.join(" / ")
    }

    /// Opens a connection and returns its number; it goes its way by [`Engine::poll`].
    pub fn open(&mut self, plan: Plan) -> Result<usize, BenchError> {
        let number = self.connections.len();
        let stream = connect(self.target.address, number / PER_SOURCE);
        let mut stream = stream.map_err(|error| BenchError::System("connect", error))?;
        let interests = Interest::READABLE | Interest::WRITABLE;
        let registry = self.poll.registry();
        let registered = registry.register(&mut stream, Token(number), interests);
        registered.map_err(|error| BenchError::System("poll", error))?;
        let transport = Transport::new(stream, self.target.layers, &self.tls);
        let transport = transport.map_err(|error| BenchError::System("TLS", error))?;
        self.connections.push(Connection {
            stream: Some(transport),
            plan,
            reading: Reading::Setup,
            stage: Stage::Connecting,
            counted: 0,
            bytes: 0,
            tail: Vec::new(),
            line: Vec::new(),
            out: Vec::new(),
            written: 0,
            since: clock::now(),
        });
        Ok(number)
    }

    /// Closes a connection.
    pub fn close(&mut self, number: usize) {
        let connection = &mut self.connections[number];
        // A closed socket leaves the poll by itself.
        connection.stream = None;
        connection.stage = Stage::Closed;
        (connection.out, connection.line) = (Vec::new(), Vec::new());
    }

    /// Queues a message with a payload.
    pub fn queue(&mut self, number: usize, payload: Payload) {
        let Target {
            protocol,
            payload: length,
            ..
        } = self.target;
        let connection = &mut self.connections[number];
        connection.out.extend_from_slice(&connection.plan.prefix);
        payload.write(&mut connection.out, length);
        connection.out.extend_from_slice(protocol.line_end());
    }

    /// Sends a line at once.
    pub fn send(&mut self, number: usize, line: &str) {
        let out = &mut self.connections[number].out;
        out.extend_from_slice(line.as_bytes());
        self.flush(number);
    }

    /// Writes what is queued, as far as the socket takes it.
    pub fn flush(&mut self, number: usize) {
        let connection = &mut self.connections[number];
        let Some(stream) = &mut connection.stream else {
            return;
        };
        while connection.written < connection.out.len() {
            match stream.write(&connection.out[connection.written..]) {
                Ok(written) => connection.written += written,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // The poll reports when it takes more; any other error shows when it is read.
                Err(_) => return,
            }
        }
        connection.out.clear();
        connection.written = 0;
    }

    /// Waits for events, for `timeout` at most, and handles them.
    pub fn poll(&mut self, timeout: Nanos) {
        self.deliveries.clear();
        self.notices.clear();
        let mut events = std::mem::replace(&mut self.events, Events::with_capacity(0));
        let timeout = Some(Duration::from_nanos(timeout));
        if let Err(error) = self.poll.poll(&mut events, timeout)
            && error.kind() != ErrorKind::Interrupted
        {
            self.note_error(error.to_string());
        }
        for event in &events {
            let Token(number) = event.token();
            if event.is_writable() {
                if self.connections[number].stage == Stage::Connecting && !event.is_error() {
                    self.connected(number);
                }
                self.flush(number);
            }
            if event.is_readable() || event.is_read_closed() || event.is_error() {
                self.readable(number, event.is_read_closed() || event.is_error());
            }
        }
        self.events = events;
    }

    fn connected(&mut self, number: usize) {
        match self.target.protocol {
            Protocol::Irc => {
                self.connections[number].stage = Stage::Registering;
                if self.target.layers.websocket
                    && let Some(stream) = &mut self.connections[number].stream
                    && let Err(error) = stream.upgrade()
                    && error.kind() != ErrorKind::WouldBlock
                {
                    return self.gone(number, &error.to_string());
                }
                let nick = &self.connections[number].plan.nick;
                let lines = format!("NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\n");
                self.send(number, &lines);
            }
            Protocol::PyChat(_) => self.connections[number].stage = Stage::Prompt,
        }
    }

    /// Reads until the socket has no more.
    fn readable(&mut self, number: usize, is_ending: bool) {
        loop {
            let connection = &mut self.connections[number];
            let Some(stream) = &mut connection.stream else {
                return;
            };
            let room = &mut self.buffer[HEAD..];
            let read = match connection.reading {
                // Truncated to nothing: the kernel counts the bytes and drops them.
                Reading::Bytes => match stream.plain() {
                    Some(stream) => rustix::net::recv(stream, room, RecvFlags::TRUNC)
                        .map(|(_, count)| count)
                        .map_err(io::Error::from),
                    None => stream.read(room),
                },
                Reading::Setup | Reading::Count | Reading::Parse => stream.read(room),
            };
            self.totals.reads += 1;
            let count = match read {
                Ok(0) => return self.gone(number, "end of file"),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    // A handshake that has gone on may let out what waits.
                    return self.flush(number);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return self.gone(number, &error.to_string()),
            };
            self.totals.bytes += count as u64;
            connection.bytes += count as u64;
            match connection.reading {
                Reading::Bytes => {
                    self.totals.uncopied += count as u64;
                    self.last_read = clock::now();
                }
                Reading::Count => self.count(number, count, is_ending),
                Reading::Parse => self.parse(number, count, is_ending),
                Reading::Setup => {
                    self.last_read = clock::now();
                    match self.target.protocol {
                        Protocol::Irc => self.set_up_irc(number, count),
                        Protocol::PyChat(end) => self.set_up_pychat(number, count, end),
                    }
                }
            }
            // A read that does not fill the buffer has emptied the socket; the poll, which is
            // edge-triggered, reports what comes later.
            if count < READ && !is_ending && self.target.layers.is_plain() {
                return;
            }
        }
    }

    fn gone(&mut self, number: usize, why: &str) {
        let connection = &self.connections[number];
        if connection.stage != Stage::Closed {
            let text = format!(
                "{} closed in {:?}: {why}",
                connection.plan.nick, connection.stage
            );
            self.totals.disconnects += 1;
            self.notices.push((number, Notice::Closed));
            self.note_error(text);
        }
        self.close(number);
    }

    /// Counts the payloads of a read.
    fn count(&mut self, number: usize, count: usize, is_ending: bool) {
        let bytes = &self.buffer[HEAD..HEAD + count];
        let marks = memchr::memchr_iter(MARK, bytes).count() as u64;
        let may_ping = marks == 0 || bytes.starts_with(b"PING");
        self.marked(number, marks);
        if may_ping || is_ending {
            self.look_for_lines(number, count);
        }
    }

    /// Parses the payloads of a read, the first of which may have begun in the read before.
    fn parse(&mut self, number: usize, count: usize, is_ending: bool) {
        let (at, length) = (clock::now(), self.target.payload);
        let connection = &mut self.connections[number];
        let start = HEAD - connection.tail.len();
        self.buffer[start..HEAD].copy_from_slice(&connection.tail);
        let bytes = &self.buffer[start..HEAD + count];
        let (mut marks, mut end) = (0, 0);
        for mark in memchr::memchr_iter(MARK, bytes) {
            marks += 1;
            end = mark + 1;
            let whole = end.checked_sub(length).map(|start| &bytes[start..end]);
            match whole.and_then(Payload::parse) {
                Some(payload) => self.deliveries.push(Delivery {
                    to: number,
                    payload,
                    at,
                }),
                None => self.totals.malformed += 1,
            }
        }
        let rest = (bytes.len() - end).min(length - 1);
        connection.tail.clear();
        let tail = &bytes[bytes.len() - rest..];
        connection.tail.extend_from_slice(tail);
        self.marked(number, marks);
        if marks == 0 || self.buffer[HEAD..].starts_with(b"PING") || is_ending {
            self.look_for_lines(number, count);
        }
    }

    fn marked(&mut self, number: usize, marks: u64) {
        self.totals.marks += marks;
        self.connections[number].counted += marks;
        if marks > 0 {
            self.last_read = clock::now();
        }
    }

    /// Answers PINGs and notes errors among what was read under load.
    fn look_for_lines(&mut self, number: usize, count: usize) {
        if self.target.protocol != Protocol::Irc {
            return;
        }
        let (mut pongs, mut errors) = (Vec::new(), Vec::new());
        for line in self.buffer[HEAD..HEAD + count].split(|&b| b == b'\n') {
            match ServerLine::parse(line) {
                ServerLine::Ping(word) => pongs.extend_from_slice(&pong(word)),
                // A numeric may be part of a line that began before.
                ServerLine::Error(line) if line.starts_with(b"ERROR") => {
                    errors.push(String::from_utf8_lossy(line).into_owned());
                }
                ServerLine::Error(_)
                | ServerLine::Welcome
                | ServerLine::Joined
                | ServerLine::Other => {}
            }
        }
        errors.into_iter().for_each(|error| self.note_error(error));
        if !pongs.is_empty() {
            self.connections[number].out.extend_from_slice(&pongs);
            self.flush(number);
        }
    }

    fn set_up_irc(&mut self, number: usize, count: usize) {
        let connection = &mut self.connections[number];
        let mut text = std::mem::take(&mut connection.line);
        text.extend_from_slice(&self.buffer[HEAD..HEAD + count]);
        let mut errors = Vec::new();
        let mut lines = text.split_inclusive(|&b| b == b'\n');
        for line in &mut lines {
            let Some(line) = line.strip_suffix(b"\n") else {
                connection.line = line.to_vec();
                break;
            };
            match ServerLine::parse(line) {
                ServerLine::Ping(word) => connection.out.extend_from_slice(&pong(word)),
                ServerLine::Welcome if connection.stage == Stage::Registering => {
                    connection.stage = Stage::Registered;
                    self.notices.push((number, Notice::Registered));
                    if let Some(channel) = &connection.plan.channel {
                        let join = format!("JOIN {channel}\r\n");
                        connection.out.extend_from_slice(join.as_bytes());
                        connection.stage = Stage::Joining;
                    }
                }
                ServerLine::Joined if connection.stage == Stage::Joining => {
                    connection.stage = Stage::Ready;
                    self.notices.push((number, Notice::Joined));
                }
                ServerLine::Error(line) => errors.push(String::from_utf8_lossy(line).into_owned()),
                ServerLine::Welcome | ServerLine::Joined | ServerLine::Other => {}
            }
        }
        errors.into_iter().for_each(|error| self.note_error(error));
        self.flush(number);
    }

    fn set_up_pychat(&mut self, number: usize, count: usize, line_end: &[u8]) {
        let bytes = &self.buffer[HEAD..HEAD + count];
        let connection = &mut self.connections[number];
        let nick = connection.plan.nick.clone();
        let has = |text: &[u8]| memchr::memmem::find(bytes, text).is_some();
        match connection.stage {
            Stage::Connecting | Stage::Prompt => {
                connection.stage = Stage::Registering;
                connection.out.extend_from_slice(nick.as_bytes());
                connection.out.extend_from_slice(line_end);
                self.flush(number);
            }
            Stage::Registering if has(b"already been taken") => {
                self.note_error(format!("nick {nick} is taken"));
            }
            Stage::Registering if has(nick.as_bytes()) => {
                connection.stage = Stage::Ready;
                self.notices.push((number, Notice::Registered));
                self.notices.push((number, Notice::Joined));
            }
            Stage::Registering
            | Stage::Registered
            | Stage::Joining
            | Stage::Ready
            | Stage::Closed => {}
        }
    }

    /// Opens connections for all plans, at most `at_once` of them on their way, and waits until they
    /// are where their plans send them.
    ///
    /// # Errors
    /// The server closes one, or they are not ready within `limit` seconds.
    pub fn connect_all(
        &mut self,
        plans: Vec<Plan>,
        at_once: usize,
        limit: u64,
    ) -> Result<(), BenchError> {
        let wanted = plans.len();
        let mut plans = VecDeque::from(plans);
        let (mut under_way, mut ready) = (0, 0);
        let end = clock::now() + limit * SECOND;
        while ready < wanted {
            while under_way < at_once
                && let Some(plan) = plans.pop_front()
            {
                self.open(plan)?;
                under_way += 1;
            }
            self.poll(50 * MILLISECOND);
            for &(number, notice) in &self.notices {
                let stays = self.connections[number].plan.channel.is_none();
                match notice {
                    Notice::Closed => return Err(BenchError::Closed(self.errors())),
                    Notice::Registered if !stays || self.target.protocol != Protocol::Irc => {}
                    Notice::Registered | Notice::Joined => {
                        under_way -= 1;
                        ready += 1;
                    }
                }
            }
            if clock::now() > end {
                return Err(BenchError::Setup {
                    ready,
                    wanted,
                    seconds: limit,
                    errors: self.errors(),
                });
            }
        }
        Ok(())
    }

    /// Waits until nothing has arrived for `quiet`, at most for `limit`.
    pub fn settle(&mut self, quiet: Nanos, limit: Nanos) {
        let start = clock::now();
        self.last_read = start;
        loop {
            self.poll(20 * MILLISECOND);
            let now = clock::now();
            if now - self.last_read > quiet || now - start > limit {
                return;
            }
        }
    }

    /// Begins the load: sets how each connection is read, and counts from here on.
    pub fn begin(&mut self, reading: impl Fn(usize) -> Reading) {
        for (number, connection) in self.connections.iter_mut().enumerate() {
            connection.reading = reading(number);
            connection.tail.clear();
            connection.line = Vec::new();
            (connection.counted, connection.bytes) = (0, 0);
        }
        (
            self.totals.marks,
            self.totals.uncopied,
            self.totals.malformed,
        ) = (0, 0, 0);
    }

    /// Returns the deliveries so far: those counted, and those that the uncopied bytes amount to.
    pub fn deliveries_so_far(&self) -> u64 {
        if self.totals.uncopied == 0 {
            return self.totals.marks;
        }
        let model = &self.connections[self.model];
        let per_byte = model.counted as f64 / model.bytes.max(1) as f64;
        self.totals.marks + (self.totals.uncopied as f64 * per_byte).round() as u64
    }

    /// After the load: reads on until all deliveries are there, or nothing came for 3 s. Returns how
    /// long that took.
    pub fn drain(&mut self, wanted: u64) -> Nanos {
        let start = clock::now();
        self.last_read = start;
        while self.deliveries_so_far() < wanted {
            self.poll(20 * MILLISECOND);
            let now = clock::now();
            if now - self.last_read > 3 * SECOND || now - start > 20 * SECOND {
                break;
            }
        }
        let took = clock::now() - start;
        // Anything beyond what is wanted is a fault as well.
        let until = clock::now() + 100 * MILLISECOND;
        while clock::now() < until {
            self.poll(10 * MILLISECOND);
        }
        took
    }

    /// Returns how many deliveries are missing, and how many are too many, given how many each
    /// connection ought to have; `None` for one that does not count.
    pub fn lost_and_extra(&self, wanted: impl Fn(usize) -> Option<u64>) -> (u64, u64) {
        let (mut lost, mut extra) = (0, 0);
        for (number, connection) in self.connections.iter().enumerate() {
            if let Some(wanted) = wanted(number) {
                lost += wanted.saturating_sub(connection.counted);
                extra += connection.counted.saturating_sub(wanted);
            }
        }
        (lost, extra)
    }
}

/// Returns the answer to a PING.
fn pong(word: &[u8]) -> Vec<u8> {
    [b"PONG ", word, b"\r\n"].concat()
}

/// Connects without waiting. A source other than the first is another address of the loopback, since
/// one address has not ports enough for all connections.
fn connect(to: SocketAddr, source: usize) -> io::Result<mio::net::TcpStream> {
    let socket = Socket::new(
        Domain::for_address(to),
        Type::STREAM,
        Some(socket2::Protocol::TCP),
    )?;
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    if source > 0 && to.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST) {
        let from = Ipv4Addr::new(127, 0, 1, source.min(250) as u8);
        socket.bind(&SocketAddr::from((from, 0)).into())?;
    }
    match socket.connect(&to.into()) {
        Err(error)
            if error.raw_os_error() != Some(rustix::io::Errno::INPROGRESS.raw_os_error()) =>
        {
            Err(error)
        }
        Ok(()) | Err(_) => Ok(mio::net::TcpStream::from_std(socket.into())),
    }
}
