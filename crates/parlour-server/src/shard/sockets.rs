//! All sockets of a shard, by slot.

use std::io::{self, ErrorKind, IoSlice};
use std::net::Shutdown;

use mio::{Interest, Registry, Token};
use parlour_doors::{ConnId, Sink};

use super::linger::Lingering;
use super::socket::Socket;

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

    pub fn insert(&mut self, mut socket: Socket) -> io::Result<()> {
        let slot = socket.id.slot as usize;
        self.registry.register(
            &mut socket.stream,
            Token(slot),
            Interest::READABLE | Interest::WRITABLE,
        )?;
        if self.list.len() <= slot {
            self.list.resize_with(slot + 1, || None);
        }
        self.list[slot] = Some(socket);
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

    /// Writes what waits inside, now that the socket takes more. An error shows at the next
    /// write.
    pub fn push(&mut self, id: ConnId) {
        if let Some(socket) = self.get(id)
            && let Err(error) = socket.push()
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
