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

#[derive(Default)]
/// Lingering connections of a shard, each with its time limit.
pub(super) struct Lingering {
    sockets: Slab<(Stream, Instant, DescriptorPermit)>,
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
            drain(&mut stream, &mut [0; 4096]);
            return;
        }
        if self.sockets.len() < MOST {
            let until = Instant::now() + self.patience();
            self.sockets.insert((stream, until, permit));
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
        for (_, (_, until, _)) in &mut self.sockets {
            *until = by.min(*until);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.sockets.is_empty()
    }

    /// Returns the earliest time limit.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.sockets.iter().map(|(_, (_, until, _))| *until).min()
    }

    /// Discards received bytes; drops the connection if the peer has closed it.
    pub fn readable(&mut self, place: usize, buffer: &mut [u8]) {
        let Some((stream, ..)) = self.sockets.get_mut(place) else {
            return;
        };
        if drain(stream, buffer) {
            self.sockets.remove(place);
        }
    }

    /// Closes the connections whose time limit has passed.
    pub fn tick(&mut self, now: Instant) {
        self.sockets.retain(|_, (_, until, _)| *until > now);
    }
}

/// Discards received bytes, up to a limit. Returns whether the connection is finished.
fn drain(stream: &mut Stream, buffer: &mut [u8]) -> bool {
    // Bounded: a peer that never stops sending must not occupy the shard.
    for _ in 0..64 {
        match stream.read(buffer) {
            Ok(0) => return true,
            Ok(_) => {}
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
