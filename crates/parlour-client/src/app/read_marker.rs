//! Read markers that are sent to the server.

use super::App;
use crate::engine::Feature;
use crate::model::BufferKind;

/// Milliseconds between two MARKREAD commands.
const MARK_EVERY: u64 = 1_000;

impl App {
    /// Sends the read marker of the shown buffer, if the user is there and sees its end.
    pub(super) fn mark_read(&mut self) {
        let buffer = self.model.buffer();
        // `again` is set by marking as unread, which must not be undone by looking on.
        if buffer.kind == BufferKind::Server
            || buffer.scroll.is_some()
            || buffer.detached
            || buffer.kept_unread
            || !self.model.focused
        {
            return;
        }
        let net = buffer.network;
        // What is too early now is sent by a later tick.
        let early = self.monotonic.saturating_sub(self.nets[net].marked) < MARK_EVERY;
        if !early && self.tell_read(self.model.current) {
            self.nets[net].marked = self.monotonic;
        }
    }

    /// Sends the read marker of a buffer. Returns whether there was one to send.
    pub(super) fn tell_read(&mut self, index: usize) -> bool {
        let buffer = &mut self.model.buffers[index];
        let net = &mut self.nets[buffer.network];
        let Some(newest) = buffer.newest_said() else {
            return false;
        };
        let known = buffer.marker.is_some_and(|marker| newest <= marker);
        if known || !net.is_online() || !net.session.supports(Feature::ReadMarkers) {
            return false;
        }
        net.session.mark_read(&buffer.raw_name, newest);
        // Set without waiting for the server's echo, so that the next tick does not send it again.
        buffer.marker = Some(newest);
        true
    }
}
