//! Continuation of lazy replies, piece by piece.

use std::io;

use parlour_core::Now;

use super::output::Outbox;
use super::{ConnId, Connections, Sink};

/// Bytes of a reply that are generated before other connections have their turn.
pub(super) const LAZY_PIECE_BYTES: usize = 32 * 1024;

impl Connections {
    /// Continues lazy replies by one piece each, until about `most` bytes are written.
    pub fn continue_lazy_replies(&mut self, now: Now, most: usize, sink: &mut impl Sink) {
        let list = std::mem::take(&mut self.making);
        let turns = (most / LAZY_PIECE_BYTES).max(1);
        for (index, id) in list.into_iter().enumerate() {
            if index >= turns {
                // Still flagged as `making`, so that `list_making` does not list it twice.
                self.making.push(id);
            } else {
                self.write_more(now, id, sink);
            }
        }
    }

    /// Lists a connection whose lazy reply can be continued without waiting for the transport.
    pub(super) fn list_making(&mut self, id: ConnId) {
        if let Some(connection) = self.get(id)
            && connection.outbox.can_continue()
            && !std::mem::replace(&mut connection.making, true)
        {
            self.making.push(id);
        }
    }
}

/// Writes the queue up to the first lazy reply, then one generated piece of it.
pub(super) fn write_waiting(
    outbox: &mut Outbox,
    id: ConnId,
    alone: bool,
    sink: &mut impl Sink,
) -> io::Result<()> {
    outbox.resume(id, alone, sink)?;
    if outbox.make(LAZY_PIECE_BYTES)? {
        outbox.resume(id, alone, sink)?;
    }
    Ok(())
}
