//! Sockets of the simulation's clients.

use std::collections::BTreeMap;
use std::io::{self, IoSlice};

use parlour_doors::{ConnId, Sink};

/// Connection to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Client {
    pub(crate) shard: usize,
    pub(crate) id: ConnId,
}

/// Output that a client's socket has taken.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    /// All writes, in order.
    pub writes: Vec<Vec<u8>>,
    pub closed: bool,
}

/// Sockets of all clients.
#[derive(Default)]
pub(crate) struct Wires {
    /// Shard that writes now.
    pub shard: usize,
    pub wires: BTreeMap<Client, Wire>,
    /// Number of bytes that a socket still takes; none if it takes everything.
    pub room: BTreeMap<Client, usize>,
}

impl Sink for Wires {
    fn write(&mut self, id: ConnId, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let client = Client {
            shard: self.shard,
            id,
        };
        let mut bytes: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
        if let Some(room) = self.room.get_mut(&client) {
            bytes.truncate(*room);
            *room -= bytes.len();
        }
        let count = bytes.len();
        if count == 0 {
            return Ok(0);
        }
        self.wires.entry(client).or_default().writes.push(bytes);
        Ok(count)
    }

    fn finished(&mut self, id: ConnId) {
        self.wires
            .entry(Client {
                shard: self.shard,
                id,
            })
            .or_default()
            .closed = true;
    }
}
