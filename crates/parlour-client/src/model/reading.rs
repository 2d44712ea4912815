//! Read state of a buffer: what is unread, and up to where it was read.

use super::{Buffer, BufferKind, Line, LineId};

impl Buffer {
    /// Returns the time of the newest message.
    pub(crate) fn newest_said(&self) -> Option<u64> {
        let said = |line: &&Line| line.is_message() && line.state.is_sent();
        self.lines.iter().rev().find(said).map(|line| line.time)
    }

    /// Resets the unread counts, unless the user marked the buffer unread.
    pub(super) fn read(&mut self) {
        if !self.kept_unread {
            (self.unread, self.mentions) = (0, 0);
        }
    }

    /// Removes a message from the unread counts, if it was counted, before it is redacted.
    pub(super) fn uncount(&mut self, msgid: &str) {
        let direct = self.kind == BufferKind::Person;
        let others = self.lines.iter().rev().filter(|l| l.is_message() && !l.own);
        // The unread messages are the newest so many of other users.
        let mut unread = others.take(self.unread);
        let is_it = |line: &&Line| line.msgid.as_deref() == Some(msgid) && !line.redacted;
        if let Some(line) = unread.find(is_it) {
            let mention = line.mention || direct;
            self.unread = self.unread.saturating_sub(1);
            self.mentions = self.mentions.saturating_sub(usize::from(mention));
        }
    }

    /// Returns the time of the newest line that was read.
    pub(crate) fn seen_until(&self) -> Option<u64> {
        let mut left = self.unread;
        let mut oldest = None;
        let said = self.lines.iter().rev();
        for line in said.filter(|line| line.is_message() && line.state.is_sent()) {
            if left == 0 {
                return Some(line.time).max(self.marker);
            }
            left -= usize::from(!line.own);
            oldest = Some(line.time.saturating_sub(1));
        }
        // None of the lines present was read.
        oldest.max(self.marker)
    }

    /// Marks a line and those after it as unread, until the user comes back to the buffer.
    pub(crate) fn mark_unread(&mut self, from: LineId) {
        let Some(at) = self.position(from) else {
            return;
        };
        let direct = self.kind == BufferKind::Person;
        let others = || self.lines.range(at..).filter(|l| l.is_message() && !l.own);
        self.unread = others().count();
        self.mentions = others().filter(|l| l.mention || direct).count();
        self.unread_from = Some(from);
        self.kept_unread = true;
    }

    /// Ends the display of the buffer: lines that come now are unread.
    pub(super) fn leave(&mut self) {
        if !std::mem::take(&mut self.kept_unread) {
            self.unread_from = None;
        }
        self.shrink();
    }

    /// Applies a read marker, set by this client or another.
    pub(super) fn marked(&mut self, time: u64) {
        // Markers may arrive out of order, but never move back.
        self.marker = Some(self.marker.map_or(time, |before| before.max(time)));
        if self.kept_unread {
            return;
        }
        let later = |line: &&Line| line.is_message() && !line.own && line.time > time;
        let unread = self.lines.iter().filter(later).count();
        if unread < self.unread {
            let direct = self.kind == BufferKind::Person;
            let mentions = self.lines.iter().filter(later);
            self.mentions = mentions.filter(|line| line.mention || direct).count();
            self.unread = unread;
            self.unread_from = self.lines.iter().find(later).map(|line| line.id);
        }
    }
}
