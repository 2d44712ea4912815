//! Answers that are made as they are read.

use std::io;

use parlour_core::Now;

use super::output::Outbox;
use super::{ConnId, Connections, Sink};

/// An answer that is made piece by piece: a long one takes no memory for a reader who does not read
/// it, nor does it hold up the others.
pub(crate) trait LazyReply: Send {
    /// Appends the next lines, whole ones and at least one while there is one; about `most` bytes.
    /// Returns whether there are more.
    fn more(&mut self, out: &mut Vec<u8>, most: usize) -> bool;
}

/// An answer that waits in a connection's line of output.
pub(crate) type BoxedLazyReply = Box<dyn LazyReply>;

/// Bytes of an answer that are made at once: after so many, the others have their turn.
pub(super) const MADE_AT_ONCE: usize = 32 * 1024;

impl Connections {
    /// Goes on with answers that are made as they are read, each by one piece, until about `most`
    /// bytes are written.
    pub fn go_on_making(&mut self, now: Now, most: usize, sink: &mut impl Sink) {
        let list = std::mem::take(&mut self.making);
        let turns = (most / MADE_AT_ONCE).max(1);
        for (index, id) in list.into_iter().enumerate() {
            if index >= turns {
                self.making.push(id);
            } else {
                self.write_more(now, id, sink);
            }
        }
    }

    /// Lists a connection whose answer goes on although nothing blocks it.
    pub(super) fn list_making(&mut self, id: ConnId) {
        if let Some(connection) = self.get(id)
            && connection.outbox.goes_on()
            && !std::mem::replace(&mut connection.making, true)
        {
            self.making.push(id);
        }
    }
}

/// Writes what waits in `outbox` up to and with one piece of an answer that is made.
pub(super) fn write_waiting(
    outbox: &mut Outbox,
    id: ConnId,
    alone: bool,
    sink: &mut impl Sink,
) -> io::Result<()> {
    outbox.resume(id, alone, sink)?;
    if outbox.make(MADE_AT_ONCE) {
        outbox.resume(id, alone, sink)?;
    }
    Ok(())
}
