//! Lingering connections: closed on our side and drained, so that the last lines reach the peer. A
//! close with unread input would reset the connection.

use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};

use slab::Slab;

use super::stream::Stream;
use crate::gate::DescriptorPermit;

/// Time limit for the peer to close as well.
const PATIENCE: Duration = Duration::from_secs(2);
/// Time limit while the server stops: enough for the last lines to arrive.
const SHORT_PATIENCE: Duration = Duration::from_millis(200);
/// Limit of the connections that linger at once; beyond it, further ones are closed without
/// lingering.
const MOST: usize = 1024;

/// Limit of the bytes that are read from one of them: a peer that never stops sending must not occupy
/// the shard.
const BYTES: usize = 4 << 20;

/// Connection that lingers.
struct Socket {
    stream: Stream,
    until: Instant,
    /// Bytes that may still be read from it.
    left: usize,
    _permit: DescriptorPermit,
}

/// Lingering connections of a shard.
#[derive(Default)]
pub(super) struct Lingering {
    sockets: Slab<Socket>,
    stopping: bool,
}

impl Lingering {
    /// Returns the key that the next connection gets.
    pub fn next_place(&self) -> usize {
        self.sockets.vacant_key()
    }

    /// Adds a socket to which everything is written and whose sending side is shut down.
    pub fn insert(&mut self, mut stream: Stream, permit: DescriptorPermit) {
        if self.stopping && stream.is_of_this_machine() {
            // Local output has arrived already; only a reset, caused by unread input, could discard
            // it.
            drain(&mut stream, &mut [0; 4096], &mut { BYTES });
            return;
        }
        if self.sockets.len() < MOST {
            let until = Instant::now() + self.patience();
            self.sockets.insert(Socket {
                stream,
                until,
                left: BYTES,
                _permit: permit,
            });
        }
    }

    fn patience(&self) -> Duration {
        match self.stopping {
            true => SHORT_PATIENCE,
            false => PATIENCE,
        }
    }

    /// Shortens all time limits, because the server stops.
    pub fn stop(&mut self, now: Instant) {
        self.stopping = true;
        let by = now + SHORT_PATIENCE;
        for (_, socket) in &mut self.sockets {
            socket.until = by.min(socket.until);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.sockets.is_empty()
    }

    /// Returns the earliest time limit.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.sockets.iter().map(|(_, socket)| socket.until).min()
    }

    /// Discards received bytes; drops the connection if the peer has closed it.
    pub fn readable(&mut self, place: usize, buffer: &mut [u8]) {
        let Some(socket) = self.sockets.get_mut(place) else {
            return;
        };
        if drain(&mut socket.stream, buffer, &mut socket.left) {
            self.sockets.remove(place);
        }
    }

    /// Closes the connections whose time limit has passed.
    pub fn tick(&mut self, now: Instant) {
        self.sockets.retain(|_, socket| socket.until > now);
    }
}

/// Discards received bytes, `left` at the most. Returns whether the connection is finished.
fn drain(stream: &mut Stream, buffer: &mut [u8], left: &mut usize) -> bool {
    while *left > 0 {
        match stream.read(buffer) {
            Ok(0) => return true,
            Ok(count) => *left = left.saturating_sub(count),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return true,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::sync::Arc;

    use super::*;
    use crate::gate::Gate;

    #[test]
    fn a_peer_that_never_stops_sending_is_dropped() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        server.set_nonblocking(true).unwrap();
        let stream = Stream::Tcp(mio::net::TcpStream::from_std(server));
        let permit = Arc::new(Gate::new(None));
        let mut lingering = Lingering::default();
        let place = lingering.next_place();
        lingering.insert(stream, permit.permit().unwrap());
        let (mut sent, mut buffer) = (0, [0; 65_536]);
        while sent < BYTES * 4 && !lingering.is_empty() {
            // Read after each write: it never finds more than one of them.
            client.write_all(&[b'x'; 4096]).unwrap();
            sent += 4096;
            lingering.readable(place, &mut buffer);
        }
        assert!(lingering.is_empty());
    }

    #[test]
    fn a_server_that_stops_waits_for_nobody_who_has_all() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let permit = Arc::new(Gate::new(None));
        let connection = || {
            let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (mut server, _) = listener.accept().unwrap();
            server.write_all(b"ERROR :bye\r\n").unwrap();
            server.shutdown(std::net::Shutdown::Write).unwrap();
            // Unread input would reset the connection and discard the last line.
            client.write_all(b"PRIVMSG #a :still typing\r\n").unwrap();
            server.set_nonblocking(true).unwrap();
            let stream = Stream::Tcp(mio::net::TcpStream::from_std(server));
            (client, stream)
        };
        let mut lingering = Lingering::default();
        let (_before, stream) = connection();
        lingering.insert(stream, permit.permit().unwrap());
        assert!(!lingering.is_empty());
        let now = Instant::now();
        lingering.stop(now);
        lingering.tick(now + SHORT_PATIENCE);
        assert!(lingering.is_empty());
        let (mut client, stream) = connection();
        lingering.insert(stream, permit.permit().unwrap());
        assert!(lingering.is_empty());
        let mut heard = String::new();
        client.read_to_string(&mut heard).unwrap();
        assert_eq!(heard, "ERROR :bye\r\n");
    }
}
