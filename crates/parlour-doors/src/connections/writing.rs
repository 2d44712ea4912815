//! Writing of queued output, and disconnection of slow readers.

use parlour_core::{Instant, Now};

use crate::LogEvent;

use super::lazy_reply::write_waiting;
use super::output::Outbox;
use super::{ConnId, Connections, Sink};

/// Bytes of output in all buffers after which it gathers no longer.
const GATHERED_MAX: usize = 1024 * 1024;

impl Connections {
    /// Writes all output that is due, as far as each connection accepts it.
    pub fn flush(&mut self, now: Now, sink: &mut impl Sink) {
        let is_over = |by: Instant| by <= now.instant;
        if self.buffers.size() > GATHERED_MAX || self.due.deadline().is_some_and(is_over) {
            self.due.end_gathering(&mut self.hot);
        }
        // A disconnected slow reader gets a last message, which is due as well.
        while self.due.is_any() {
            self.write_due(now, sink);
        }
        if self.due.gathers() {
            // What gathers is in the buffers.
            return;
        }
        // From here on the old buffer numbers are invalid; `flushes` tells the channels.
        self.private = None;
        self.flushes += 1;
        self.buffers.recycle();
    }

    fn write_due(&mut self, now: Now, sink: &mut impl Sink) {
        for slot in self.due.take() {
            let hot = &mut self.hot[slot as usize];
            // First: what comes up while writing must list the slot again.
            self.due.forget(hot);
            let Some(connection) = &mut self.connections[slot as usize] else {
                hot.pending = Default::default();
                continue;
            };
            let alone = hot.key.is_unframed();
            connection.unwritten = 0;
            let (id, outbox) = (connection.id, &mut connection.outbox);
            let sent = outbox
                .send(id, &mut hot.pending, &self.buffers, alone, sink)
                .and_then(|()| write_waiting_if_free(outbox, id, alone, sink));
            // Only after the write: what the peer accepts at once never counts as slow.
            let too_slow =
                outbox.size() > self.settings.send_queue && !connection.flow.is_closing();
            self.after_write(now, id, sent, too_slow, sink);
        }
    }

    /// Writes more, since the transport reports that the connection accepts it.
    pub fn writable(&mut self, now: Now, id: ConnId, sink: &mut impl Sink) {
        self.write_more(now, id, sink);
    }

    /// Writes the queue of a connection, as far as it is accepted, and resumes its input.
    pub(super) fn write_more(&mut self, now: Now, id: ConnId, sink: &mut impl Sink) {
        let Some(slot) = self.hot.get(id.slot as usize) else {
            return;
        };
        let alone = slot.key.is_unframed();
        let Some(connection) = self.get(id) else {
            return;
        };
        connection.making = false;
        let before = connection.outbox.taken();
        let sent = write_waiting(&mut connection.outbox, id, alone, sink);
        if connection.outbox.taken() > before {
            // A peer that reads is alive, even while its own input is not read.
            connection.dialect.is_there(now.instant);
        }
        self.after_write(now, id, sent, false, sink);
        self.resume_if_room(now, id);
    }

    fn after_write(
        &mut self,
        now: Now,
        id: ConnId,
        sent: std::io::Result<()>,
        too_slow: bool,
        sink: &mut impl Sink,
    ) {
        if let Err(error) = sent {
            self.lost(now, id, &format!("Write error: {error}"));
            return sink.finished(id);
        }
        if too_slow {
            self.disconnect_slow_reader(now, id);
        }
        self.list_making(id);
        let told = self.hot[id.slot as usize].pending.is_empty();
        if let Some(connection) = self.get(id)
            && connection.flow.is_closing()
            && connection.outbox.is_empty()
            && told
            && sink.is_drained(id)
        {
            sink.finished(id);
            self.drop_connection(id, "closed");
        }
    }

    /// Returns the number of bytes that readers have not taken yet.
    pub fn queued(&self) -> usize {
        let connections = self.connections.iter().flatten();
        connections.map(|c| c.outbox.size()).sum()
    }

    /// Disconnects a slow reader; its queue is discarded.
    fn disconnect_slow_reader(&mut self, now: Now, id: ConnId) {
        const REASON: &str = "SendQ exceeded: you did not read what was sent to you";
        let Some(connection) = self.get(id) else {
            return;
        };
        connection.outbox.clear();
        let quits = !connection.flow.is_open() || !connection.dialect.has_session();
        let session = connection.session;
        self.log_events.push(LogEvent::SlowReader(session));
        self.run(now, id, |dialect, cx| {
            // Ends the line that may have been cut off.
            cx.out.extend_from_slice(b"\r\n");
            dialect.farewell(cx, REASON);
            if !quits {
                cx.quit("SendQ exceeded");
            }
            cx.close = Some(REASON.into());
        });
    }
}

/// Begins the lazy reply that is first in the queue.
fn write_waiting_if_free(
    outbox: &mut Outbox,
    id: ConnId,
    alone: bool,
    sink: &mut impl Sink,
) -> std::io::Result<()> {
    if outbox.can_continue() {
        write_waiting(outbox, id, alone, sink)
    } else {
        Ok(())
    }
}
