//! Sockets of a shard, by slot.

use std::io::{self, ErrorKind, IoSlice};
use std::net::Shutdown;

use mio::{Interest, Registry, Token};
use parlour_doors::{ConnId, Sink};

use super::linger::Lingering;
use super::socket::Socket;

/// Sockets of a shard; the slot of a connection is its mio token.
pub(super) struct Sockets {
    registry: Registry,
    // Boxed: a list that grows by doubling has room for as many again.
    list: Vec<Option<Box<Socket>>>,
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

    /// Registers a socket with the poll and puts it into its slot.
    pub fn insert(&mut self, mut socket: Socket) -> io::Result<()> {
        let slot = socket.id.slot as usize;
        // Registered for writing from the start: an event comes each time the socket takes output
        // again.
        self.registry.register(
            &mut socket.stream,
            Token(slot),
            Interest::READABLE | Interest::WRITABLE,
        )?;
        if self.list.len() <= slot {
            self.list.resize_with(slot + 1, || None);
        }
        self.list[slot] = Some(Box::new(socket));
        Ok(())
    }

    /// Returns the id of the connection that has the slot now.
    pub fn id(&self, slot: usize) -> Option<ConnId> {
        self.list.get(slot)?.as_ref().map(|socket| socket.id)
    }

    /// Returns the socket of a connection. Slots are reused: the whole id must match.
    pub fn get(&mut self, id: ConnId) -> Option<&mut Socket> {
        self.list
            .get_mut(id.slot as usize)?
            .as_deref_mut()
            .filter(|socket| socket.id == id)
    }

    /// Adds a socket to `ready`, unless it is listed already.
    pub fn mark_readable(&mut self, slot: usize, ready: &mut Vec<ConnId>) {
        if let Some(Some(socket)) = self.list.get_mut(slot)
            && !socket.listed
        {
            socket.listed = true;
            ready.push(socket.id);
        }
    }

    /// Notes that the peer sends no more than what has arrived.
    pub fn note_end(&mut self, slot: usize) {
        if let Some(Some(socket)) = self.list.get_mut(slot) {
            socket.ends = true;
        }
    }

    /// Writes what the layers have queued, now that the socket takes more. An error shows at the
    /// next write.
    pub fn push(&mut self, id: ConnId) {
        if let Some(socket) = self.get(id)
            && let Err(error) = socket.push()
        {
            tracing::debug!("a connection takes nothing any more: {error}");
        }
    }

    /// Closes a socket at once, without lingering.
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
        self.get(id).is_none_or(Socket::is_drained)
    }

    fn finished(&mut self, id: ConnId) {
        if self.get(id).is_none() {
            return;
        }
        let Some(mut socket) = self.list[id.slot as usize].take() else {
            return;
        };
        if socket.end().is_err() {
            return;
        }
        // The count of the address ends here; that of the descriptor when lingering ends.
        let (mut stream, permit) = (socket.stream, socket.permit);
        let token = Token(super::FIRST_LINGERING + self.lingering.next_place());
        if stream.shutdown(Shutdown::Write).is_ok()
            && self
                .registry
                .reregister(&mut stream, token, Interest::READABLE)
                .is_ok()
        {
            self.lingering.insert(stream, permit);
        }
    }
}
