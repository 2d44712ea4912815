//! One socket, plain or TLS, and all of a shard's.

use std::io::{self, ErrorKind, IoSlice, Read as _, Write as _};
use std::net::Shutdown;
use std::sync::Arc;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use parlour_doors::{ConnId, Sink};
use rustls::{ServerConfig, ServerConnection};

use super::linger::Lingering;

/// Bytes of a TLS connection that rustls may hold before the socket takes them.
const TLS_BUFFER: usize = 64 * 1024;
/// The first byte of TLS: a handshake record (RFC 8446 §5.1).
const TLS_HANDSHAKE: u8 = 0x16;
/// The byte after it: the major version, 3 since SSL 3.0.
const TLS_MAJOR: u8 = 0x03;

/// What reading brought.
pub(super) enum Read {
    /// So many bytes are in the buffer.
    Bytes(usize),
    /// There is nothing to read now.
    Nothing,
    /// Nothing yet, but there may be more.
    More,
    /// A TLS handshake has begun.
    Handshake,
    /// It is done.
    Secured,
    /// The other side sends no more.
    End,
    /// The connection is dead.
    Broken(String),
}

/// How bytes travel on a socket.
enum Transport {
    /// Nothing has come yet.
    Untold,
    Plain,
    Tls(Box<Tls>),
}

struct Tls {
    connection: ServerConnection,
    secured: bool,
    ended: bool,
}

pub(super) struct Socket {
    id: ConnId,
    stream: TcpStream,
    transport: Transport,
    /// It is among those that have bytes to read.
    pub listed: bool,
}

impl Socket {
    pub fn read(&mut self, buffer: &mut [u8], config: &Arc<ServerConfig>) -> Read {
        if let Transport::Tls(tls) = &mut self.transport {
            return tls.read(&mut self.stream, buffer);
        }
        match self.stream.read(buffer) {
            Ok(0) => Read::End,
            Ok(count) => {
                if matches!(self.transport, Transport::Untold) {
                    return self.first(&buffer[..count], config);
                }
                Read::Bytes(count)
            }
            Err(error) => broken(&error),
        }
    }

    /// Looks whether the first bytes are TLS.
    fn first(&mut self, bytes: &[u8], config: &Arc<ServerConfig>) -> Read {
        let tls = bytes[0] == TLS_HANDSHAKE && bytes.get(1).is_none_or(|&major| major == TLS_MAJOR);
        if !tls {
            self.transport = Transport::Plain;
            return Read::Bytes(bytes.len());
        }
        match ServerConnection::new(config.clone()) {
            Ok(mut connection) => {
                connection.set_buffer_limit(Some(TLS_BUFFER));
                let mut tls = Tls {
                    connection,
                    secured: false,
                    ended: false,
                };
                let fed = tls.feed(bytes, &mut self.stream);
                self.transport = Transport::Tls(Box::new(tls));
                match fed {
                    Ok(()) => Read::Handshake,
                    Err(reason) => Read::Broken(reason),
                }
            }
            Err(error) => Read::Broken(format!("TLS: {error}")),
        }
    }

    fn write(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        match &mut self.transport {
            Transport::Tls(tls) => tls.write(parts, &mut self.stream),
            Transport::Untold | Transport::Plain => loop {
                let written = match parts {
                    [part] => self.stream.write(part),
                    parts => self.stream.write_vectored(parts),
                };
                match written {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(0),
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    other => return other,
                }
            },
        }
    }
}

fn broken(error: &io::Error) -> Read {
    match error.kind() {
        ErrorKind::WouldBlock => Read::Nothing,
        ErrorKind::Interrupted => Read::More,
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
            Read::Broken("Connection reset by peer".into())
        }
        _ => Read::Broken(format!("Read error: {error}")),
    }
}

impl Tls {
    fn read(&mut self, stream: &mut TcpStream, buffer: &mut [u8]) -> Read {
        // What is decrypted comes first.
        match self.connection.reader().read(buffer) {
            Ok(0) => return Read::End,
            Ok(count) => return Read::Bytes(count),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => return Read::End,
        }
        if self.ended {
            return Read::End;
        }
        match self.connection.read_tls(stream) {
            Ok(0) => {
                self.ended = true;
                return Read::More;
            }
            Ok(_) => {}
            Err(error) => return broken(&error),
        }
        if let Err(reason) = self.process(stream) {
            return Read::Broken(reason);
        }
        if !self.secured && !self.connection.is_handshaking() {
            self.secured = true;
            return Read::Secured;
        }
        Read::More
    }

    /// Takes bytes that were read from the socket already.
    fn feed(&mut self, mut bytes: &[u8], stream: &mut TcpStream) -> Result<(), String> {
        while !bytes.is_empty() {
            self.connection
                .read_tls(&mut bytes)
                .map_err(|error| format!("TLS: {error}"))?;
            self.process(stream)?;
        }
        Ok(())
    }

    fn process(&mut self, stream: &mut TcpStream) -> Result<(), String> {
        let state = self.connection.process_new_packets();
        // An alert, or the server's part of the handshake.
        let sent = self.push(stream);
        state.map_err(|error| format!("TLS: {error}"))?;
        sent.map_err(|error| format!("Write error: {error}"))
    }

    fn write(&mut self, parts: &[IoSlice<'_>], stream: &mut TcpStream) -> io::Result<usize> {
        self.push(stream)?;
        let taken = self.connection.writer().write_vectored(parts)?;
        self.push(stream)?;
        Ok(taken)
    }

    /// Writes what is encrypted, as far as the socket takes it.
    fn push(&mut self, stream: &mut TcpStream) -> io::Result<()> {
        while self.connection.wants_write() {
            match self.connection.write_tls(stream) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The sockets of a shard, by slot.
pub(super) struct Sockets {
    registry: Registry,
    list: Vec<Option<Socket>>,
    pub lingering: Lingering,
}

impl Sockets {
    pub fn new(registry: Registry) -> Self {
        Sockets {
            registry,
            list: Vec::new(),
            lingering: Lingering::default(),
        }
    }

    pub fn insert(&mut self, id: ConnId, mut stream: TcpStream) -> io::Result<()> {
        let slot = id.slot as usize;
        self.registry.register(
            &mut stream,
            Token(slot),
            Interest::READABLE | Interest::WRITABLE,
        )?;
        if self.list.len() <= slot {
            self.list.resize_with(slot + 1, || None);
        }
        self.list[slot] = Some(Socket {
            id,
            stream,
            transport: Transport::Untold,
            listed: false,
        });
        Ok(())
    }

    pub fn id(&self, slot: usize) -> Option<ConnId> {
        self.list.get(slot)?.as_ref().map(|socket| socket.id)
    }

    pub fn get(&mut self, id: ConnId) -> Option<&mut Socket> {
        self.list
            .get_mut(id.slot as usize)?
            .as_mut()
            .filter(|socket| socket.id == id)
    }

    /// Notes that there is something to read.
    pub fn mark_readable(&mut self, slot: usize, ready: &mut Vec<ConnId>) {
        if let Some(Some(socket)) = self.list.get_mut(slot)
            && !socket.listed
        {
            socket.listed = true;
            ready.push(socket.id);
        }
    }

    /// Writes what TLS holds back, now that the socket takes more. An error shows at the
    /// next write.
    pub fn push(&mut self, id: ConnId) {
        if let Some(Socket {
            stream,
            transport: Transport::Tls(tls),
            ..
        }) = self.get(id)
            && let Err(error) = tls.push(stream)
        {
            tracing::debug!("a connection takes nothing any more: {error}");
        }
    }

    /// Closes a socket at once.
    pub fn remove(&mut self, id: ConnId) {
        if self.get(id).is_some() {
            self.list[id.slot as usize] = None;
        }
    }
}

impl Sink for Sockets {
    fn write(&mut self, id: ConnId, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        match self.get(id) {
            Some(socket) => socket.write(parts),
            None => Err(ErrorKind::NotConnected.into()),
        }
    }

    fn is_drained(&mut self, id: ConnId) -> bool {
        match self.get(id) {
            Some(Socket {
                transport: Transport::Tls(tls),
                ..
            }) => !tls.connection.wants_write(),
            _ => true,
        }
    }

    fn finished(&mut self, id: ConnId) {
        if self.get(id).is_none() {
            return;
        }
        let Some(Socket {
            mut stream,
            transport,
            ..
        }) = self.list[id.slot as usize].take()
        else {
            return;
        };
        if let Transport::Tls(mut tls) = transport {
            tls.connection.send_close_notify();
            if tls.push(&mut stream).is_err() {
                return;
            }
        }
        let token = Token(super::FIRST_LINGERING + self.lingering.next_place());
        if stream.shutdown(Shutdown::Write).is_ok()
            && self
                .registry
                .reregister(&mut stream, token, Interest::READABLE)
                .is_ok()
        {
            self.lingering.insert(stream);
        }
    }
}
