//! Connections that have more to say than they may: until the core has taken what they said, or
//! until they have read what they were answered.

use parlour_core::Now;

use super::{ConnId, Connections};

impl Connections {
    /// Remembers a connection that could say more than it may at once.
    pub(super) fn note_stall(&mut self, id: ConnId) {
        let Some(connection) = self.get(id) else {
            return;
        };
        if connection.stalled {
            return;
        }
        let reads = connection.reads_answers();
        connection.stalled = !connection.has_room() || connection.ended || connection.door.waits();
        // Who is paced is gone on with by the clock.
        if !connection.stalled || connection.paced_until.is_some() {
            return;
        }
        if reads {
            self.list_stalled(id);
        } else if connection.is_to_be_written() {
            self.full.push(id);
        }
        // Else it is gone on with when it takes more.
    }

    /// Looks at a connection again when the core has taken something up.
    fn list_stalled(&mut self, id: ConnId) {
        if let Some(connection) = self.get(id)
            && !std::mem::replace(&mut connection.listed, true)
        {
            self.stalled.push(id);
        }
    }

    /// Goes on with a connection that has more to say, once it has read what it was answered.
    pub(super) fn has_read(&mut self, now: Now, id: ConnId) {
        let Some(connection) = self.get(id) else {
            return;
        };
        if !connection.stalled || connection.paced_until.is_some() {
            return;
        }
        if !connection.reads_answers() {
            if connection.is_to_be_written() {
                self.full.push(id);
            }
            return;
        }
        if connection.has_room() {
            self.go_on(now, id);
        } else {
            self.list_stalled(id);
        }
    }

    /// Goes on with a connection that had more to say than it might.
    pub(super) fn go_on(&mut self, now: Now, id: ConnId) {
        let Some(connection) = self.get(id) else {
            return;
        };
        connection.stalled = false;
        if connection.ended {
            self.finish_input(now, id);
        } else {
            self.cx(now, id, |door, cx| door.proceed(cx));
            self.note_stall(id);
        }
    }

    /// Goes on with those whose answers were so much that they had to be written first; what
    /// comes of it is to be flushed. Who finds more than `most` bytes before them waits for
    /// another time.
    pub fn go_on_written(&mut self, now: Now, most: usize) {
        let mut written = std::mem::take(&mut self.full).into_iter();
        while self.unflushed() < most
            && let Some(id) = written.next()
        {
            self.has_read(now, id);
        }
        // Whoever comes again comes behind them.
        let again = std::mem::replace(&mut self.full, written.collect());
        self.full.extend(again);
    }
}
