//! Flow control: what makes the input of a connection wait, and what resumes it.
//!
//! Invariant: a connection whose input waits is known to exactly one place that resumes it: the list
//! of those that wait for the core, the list of those whose output the next flush writes, the
//! transport that reports when it accepts more, or a timer. Without one it would sleep forever.

use parlour_core::Now;

use super::flow::{Flow, Why};
use super::{ConnId, Connections};

impl Connections {
    /// Notes that the peer sends no more (end of file).
    pub fn ended(&mut self, now: Now, id: ConnId) {
        let Some(connection) = self.get(id) else {
            return;
        };
        let is_listed = match connection.flow {
            Flow::Reading => false,
            Flow::Stalled(_) => true,
            // The transport may report it repeatedly, also while the connection is closing.
            Flow::HalfClosed | Flow::Quitting | Flow::Closing { .. } => return,
        };
        connection.flow = Flow::HalfClosed;
        self.finish_input(now, id);
        if !is_listed {
            self.wait_to_finish(id);
        }
    }

    /// Processes the remaining input of a connection whose peer sends no more, then ends it.
    fn finish_input(&mut self, now: Now, id: ConnId) {
        self.run(now, id, |dialect, cx| {
            if dialect.ended(cx) && cx.close.is_none() {
                let has_session = match &cx.next {
                    Some(next) => next.has_session(),
                    None => dialect.has_session(),
                };
                if has_session {
                    cx.quit("Connection closed");
                } else {
                    cx.close = Some("connection closed".into());
                }
            }
        });
    }

    /// Lists a half-closed connection for the event that resumes it, if input is left.
    fn wait_to_finish(&mut self, id: ConnId) {
        if let Some(connection) = self.get(id)
            && connection.flow == Flow::HalfClosed
        {
            let why = connection.why_stalled().unwrap_or(Why::Core);
            self.wait_for(id, why);
        }
    }

    /// Stalls a connection that has reached a limit.
    pub(super) fn note_stall(&mut self, id: ConnId) {
        if let Some(connection) = self.get(id)
            && connection.flow == Flow::Reading
            && let Some(why) = connection.why_stalled()
        {
            connection.flow = Flow::Stalled(why);
            self.wait_for(id, why);
        }
    }

    /// Lists a connection where it is resumed.
    fn wait_for(&mut self, id: ConnId, why: Why) {
        let Some(connection) = self.get(id) else {
            return;
        };
        match why {
            Why::Core => {
                if !std::mem::replace(&mut connection.listed, true) {
                    self.stalled.push(id);
                }
            }
            Why::Unread if connection.has_own_output() => self.full.push(id),
            // `write_more` resumes it when the transport accepts more; or a timer does.
            Why::Unread | Why::Pace => {}
        }
    }

    /// Resumes a connection whose input waits, if no limit is reached any more.
    pub(super) fn resume_if_room(&mut self, now: Now, id: ConnId) {
        self.pull(now, id);
        let Some(connection) = self.get(id) else {
            return;
        };
        match connection.flow {
            Flow::Stalled(_) | Flow::HalfClosed => {}
            Flow::Reading | Flow::Quitting | Flow::Closing { .. } => return,
        }
        match connection.why_stalled() {
            Some(why) => self.wait_for(id, why),
            None => self.resume_input(now, id),
        }
    }

    /// Resumes the input of a connection.
    pub(super) fn resume_input(&mut self, now: Now, id: ConnId) {
        let Some(connection) = self.get(id) else {
            return;
        };
        match connection.flow {
            Flow::HalfClosed => {
                self.finish_input(now, id);
                self.wait_to_finish(id);
            }
            Flow::Reading | Flow::Stalled(_) => {
                connection.flow = Flow::Reading;
                // `proceed` may reach a limit again.
                self.run(now, id, |dialect, cx| dialect.proceed(cx));
                self.note_stall(id);
            }
            Flow::Quitting | Flow::Closing { .. } => {}
        }
    }

    /// Resumes the connections whose replies had to be written first, until `most` bytes are
    /// rendered; the rest wait for the next call. A flush must follow.
    pub fn resume_written(&mut self, now: Now, most: usize) {
        let mut written = std::mem::take(&mut self.full).into_iter();
        while self.unflushed() < most
            && let Some(id) = written.next()
        {
            self.resume_if_room(now, id);
        }
        // Those that stall again come after those that are still waiting.
        let again = std::mem::replace(&mut self.full, written.collect());
        self.full.extend(again);
    }
}
