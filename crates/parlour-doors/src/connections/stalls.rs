//! Stalled connections: input waits until the core takes calls, or until replies are read.

use parlour_core::Now;

use super::{ConnId, Connections};

impl Connections {
    /// Lists a connection that has reached a limit for the event that resumes it: a list, a timer,
    /// or the transport that reports when it accepts more. Without one it would sleep forever.
    pub(super) fn note_stall(&mut self, id: ConnId) {
        let Some(connection) = self.get(id) else {
            return;
        };
        if connection.stalled {
            return;
        }
        let reads = connection.reads_replies();
        connection.stalled = !connection.has_room() || connection.ended || connection.door.waits();
        // The timer resumes a rate-limited connection.
        if !connection.stalled || connection.paced_until.is_some() {
            return;
        }
        if reads {
            self.list_stalled(id);
        } else if connection.has_own_output() {
            self.full.push(id);
        }
        // Else `write_more` resumes it, when the transport accepts more.
    }

    /// Lists a connection to be resumed when the core has taken calls.
    fn list_stalled(&mut self, id: ConnId) {
        if let Some(connection) = self.get(id)
            && !std::mem::replace(&mut connection.listed, true)
        {
            self.stalled.push(id);
        }
    }

    /// Resumes a stalled connection if its replies are read.
    pub(super) fn resume_if_read(&mut self, now: Now, id: ConnId) {
        let Some(connection) = self.get(id) else {
            return;
        };
        if !connection.stalled || connection.paced_until.is_some() {
            return;
        }
        if !connection.reads_replies() {
            if connection.has_own_output() {
                self.full.push(id);
            }
            return;
        }
        if connection.has_room() {
            self.resume_input(now, id);
        } else {
            self.list_stalled(id);
        }
    }

    /// Resumes a stalled connection.
    pub(super) fn resume_input(&mut self, now: Now, id: ConnId) {
        let Some(connection) = self.get(id) else {
            return;
        };
        connection.stalled = false;
        if connection.ended {
            self.finish_input(now, id);
        } else {
            // `proceed` may reach a limit again.
            self.run_door(now, id, |door, cx| door.proceed(cx));
            self.note_stall(id);
        }
    }

    /// Resumes the connections whose replies had to be written first, until `most` bytes are
    /// rendered; the rest wait for the next call. A flush must follow.
    pub fn resume_written(&mut self, now: Now, most: usize) {
        let mut written = std::mem::take(&mut self.full).into_iter();
        while self.unflushed() < most
            && let Some(id) = written.next()
        {
            self.resume_if_read(now, id);
        }
        // Those that stall again come after those that are still waiting.
        let again = std::mem::replace(&mut self.full, written.collect());
        self.full.extend(again);
    }
}
