//! Running of a dialect for a connection, and what comes of it: calls, output, close.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

use parlour_core::{Call, Change, Now, Request, limits};

use super::connection::UNREAD_REPLIES_MAX;
use super::flow::Flow;
use super::output::Piece;
use super::{ConnId, Connections, PRIVATE_BUFFER_MAX};
use crate::bridged::BridgeRequest;
use crate::context::Context;
use crate::cost::Cost;
use crate::dialect::Dialect;
use crate::lazy_reply::BoxedLazyReply;
use crate::log_event::LogEvent;

/// Milliseconds that a closing connection has to read its last bytes.
const LINGER: u64 = 5_000;
/// Last words to a connection whose dialect panicked.
const PANICKED: &str = "Internal error; this connection is closed";

/// Output of a dialect that has run.
#[derive(Default)]
struct Output {
    bytes: Vec<u8>,
    breaks: Vec<usize>,
    lazy_replies: Vec<(usize, BoxedLazyReply)>,
}

impl Connections {
    /// Runs the dialect of a connection, then applies the results: calls, output, close. A dialect
    /// that panics ends its connection; the others go on.
    pub(super) fn run(
        &mut self,
        now: Now,
        id: ConnId,
        act: impl FnOnce(&mut dyn Dialect, &mut Context<'_>),
    ) {
        let before = self.calls.len();
        let settings = self.settings.clone();
        let Some(connection) = self
            .connections
            .get_mut(id.slot as usize)
            .and_then(Option::as_mut)
        else {
            return;
        };
        // A closing connection gets no further, so nothing follows its last bytes.
        if connection.id != id || connection.flow.is_closing() {
            return;
        }
        // A dialect may be run without room: to answer the core, on a timer. It just must not read
        // on.
        let room = if connection.has_room() {
            limits::CALLS_IN_FLIGHT - connection.in_flight
        } else {
            0
        };
        let pace = settings.pace.filter(|_| !connection.peer.exempt);
        let mut cx = Context {
            now: now.instant,
            time: now.time,
            settings: &settings,
            peer: &connection.peer,
            session: connection.session,
            // If the dialect panics, only the capacity is lost.
            out: std::mem::take(&mut self.scratch),
            breaks: Vec::new(),
            lazy_replies: Vec::new(),
            bridge: None,
            upgrade: None,
            call_limit: before + room,
            out_limit: UNREAD_REPLIES_MAX,
            spent: 0,
            spend_limit: pace.map_or(Cost::MAX, |pace| connection.debt.room(pace, now.instant)),
            calls: &mut self.calls,
            store_unwritable: self.store_unwritable,
            log: &mut self.log_events,
            next: None,
            close: None,
        };
        let is_open = connection.flow.is_open();
        run_guarded(&mut connection.dialect, &mut cx, before, is_open, act);
        let Context {
            out,
            breaks,
            lazy_replies,
            bridge,
            upgrade,
            close,
            spent,
            ..
        } = cx;
        if let Some((service, bytes)) = bridge {
            self.bridge_requests
                .push(BridgeRequest { id, service, bytes });
        }
        if let Some(kept_alive) = upgrade {
            self.upgrades.push((id, kept_alive));
        }
        if let Some(pace) = pace {
            connection.charge(pace, now.instant, spent);
        }
        let made = &self.calls[before..];
        connection.in_flight += made.len();
        self.in_flight += made.len();
        // Set before the core answers, so that no second QUIT follows.
        if connection.flow.is_open() && made.iter().any(is_quit) {
            connection.flow = Flow::Quitting;
        }
        if let Some(reason) = close {
            let at = now.instant.plus(LINGER);
            connection.flow = Flow::Closing { at, reason };
        }
        let output = Output {
            bytes: out,
            breaks,
            lazy_replies,
        };
        self.finish_run(id.slot, output);
    }

    /// Applies what a run has changed of a connection, and queues its output.
    fn finish_run(&mut self, slot: u32, output: Output) {
        let Some(connection) = &mut self.connections[slot as usize] else {
            return;
        };
        let is_closing = connection.flow.is_closing();
        if connection.unregistered && (is_closing || connection.dialect.nick().is_some()) {
            connection.unregistered = false;
            self.settings.unregistered.fetch_sub(1, Ordering::Relaxed);
        }
        connection.unwritten += output.bytes.len();
        // Before `write`, which separates messages by the key that the dialect has now.
        let hot = &mut self.hot[slot as usize];
        hot.key = connection.dialect.key();
        hot.current = connection.dialect.current();
        if is_closing {
            // The flush closes the connection, so it is needed even if nothing is left to write.
            self.due.write(hot, slot);
        }
        let rest = self.write_lazy(slot, &output.bytes, output.lazy_replies);
        self.write(slot, &output.bytes[rest..], &output.breaks);
        self.scratch = output.bytes;
        self.scratch.clear();
        self.arm(slot);
    }

    /// Queues bytes for one connection.
    fn write(&mut self, slot: u32, bytes: &[u8], breaks: &[usize]) {
        if bytes.is_empty() {
            return;
        }
        let alone = self.hot[slot as usize].key.is_unframed();
        // Connections share the buffer; each gets only pieces of it.
        let private = self.private_buffer();
        let piece = self
            .buffers
            .append(private, |out| out.extend_from_slice(bytes));
        let hot = &mut self.hot[slot as usize];
        if alone {
            let mut start = piece.start;
            let ends = breaks
                .iter()
                .map(|&end| piece.start + end as u32)
                .chain([piece.end]);
            for end in ends.filter(|&end| end > piece.start) {
                if end > start {
                    hot.pending.push(
                        Piece {
                            start,
                            end,
                            ..piece
                        },
                        true,
                    );
                    start = end;
                }
            }
        } else {
            // In a byte stream the ends of messages do not matter; adjacent pieces merge.
            hot.pending.push(piece, false);
        }
        self.due.write(hot, slot);
    }

    /// Returns the buffer for output to single connections.
    pub(super) fn private_buffer(&mut self) -> u32 {
        let private = match self.private {
            Some(private) if self.buffers.has_room(private, PRIVATE_BUFFER_MAX) => private,
            _ => self.buffers.open(),
        };
        self.private = Some(private);
        private
    }

    /// Queues lazy replies, each after the bytes before its offset in `out`. Returns the offset of
    /// the rest of `out`.
    fn write_lazy(&mut self, slot: u32, out: &[u8], laters: Vec<(usize, BoxedLazyReply)>) -> usize {
        let mut from = 0;
        for (at, later) in laters {
            self.write(slot, &out[from..at], &[]);
            from = at;
            if let Some(connection) = &mut self.connections[slot as usize] {
                connection.outbox.push_lazy_reply(later);
                let hot = &mut self.hot[slot as usize];
                hot.pending.push(Piece::PLACEHOLDER, true);
                self.due.write(hot, slot);
            }
        }
        from
    }
}

/// Runs a dialect. If it panics, what it did is taken back and the connection closes. A session that
/// is still open then quits, as with any other close.
fn run_guarded(
    dialect: &mut Box<dyn Dialect>,
    cx: &mut Context<'_>,
    calls_before: usize,
    is_open: bool,
    act: impl FnOnce(&mut dyn Dialect, &mut Context<'_>),
) {
    let mut quit = "Connection closed";
    // What a panic leaves half done concerns this connection alone, which ends.
    if catch_unwind(AssertUnwindSafe(|| act(&mut **dialect, cx))).is_err() {
        quit = "Internal error";
        cx.calls.truncate(calls_before);
        (cx.out, cx.breaks, cx.lazy_replies) = Default::default();
        cx.log.push(LogEvent::Panicked(Some(cx.session)));
        // Should the last words panic as well, there are none.
        if catch_unwind(AssertUnwindSafe(|| dialect.farewell(cx, PANICKED))).is_err() {
            cx.out.clear();
        }
        cx.close = Some("internal error".into());
    }
    if let Some(next) = cx.next.take() {
        *dialect = next;
    }
    if cx.close.is_some() && is_open && dialect.has_session() {
        // The core may know the session, though it never became a user.
        cx.quit(quit);
    }
}

fn is_quit(call: &Call) -> bool {
    matches!(&call.request, Request::Do(Change::Quit { .. }))
}
