//! Delivery of the core's effects to the connections.

use crate::error_text::{CUT_OFF_FOR_NOW, NOT_CUT_OFF_ANY_MORE, STORE_UNWRITABLE};
use parlour_core::{Effect, Now, SessionId};

use super::{ConnId, Connections};

/// Announcement when it can be written again.
const STORE_WRITABLE_AGAIN: &str = "What waited is kept now; all is well again.";

impl Connections {
    /// Notes that the core has taken calls of these sessions, one entry per call, and resumes the
    /// connections that waited for it. The effects of the calls are delivered before.
    pub fn taken(&mut self, now: Now, sessions: &[SessionId]) {
        // Calls of sessions that are gone count too: they were in flight for the shard.
        self.in_flight = self.in_flight.saturating_sub(sessions.len());
        for &session in sessions {
            if let Some(slot) = self.slot_of(session)
                && let Some(connection) = &mut self.connections[slot as usize]
            {
                connection.in_flight = connection.in_flight.saturating_sub(1);
            }
        }
        // Taken first: a connection that stalls again is listed for the next time.
        for id in std::mem::take(&mut self.stalled) {
            if let Some(connection) = self.get(id) {
                connection.listed = false;
                self.resume_input(now, id);
            }
        }
    }

    /// Delivers effects of the core, in their order.
    pub fn deliver(&mut self, now: Now, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Event {
                    audience,
                    cause,
                    event,
                } => self.event(now, audience, *cause, event),
                Effect::Reply(cause, reply) => {
                    if let Some(id) = self.id_of(cause.session) {
                        self.run(now, id, |dialect, cx| dialect.reply(cx, cause.call, reply));
                    }
                }
                Effect::Done(cause) => {
                    if let Some(id) = self.id_of(cause.session) {
                        self.run(now, id, |dialect, cx| dialect.done(cx, cause.call));
                    }
                }
                Effect::Enter(session, channel) => self.enter(*session, *channel),
                Effect::Leave(session, channel) => self.leave(*session, *channel),
                Effect::Close(session, reason) => {
                    if let Some(id) = self.id_of(*session) {
                        self.run(now, id, |dialect, cx| {
                            dialect.farewell(cx, reason);
                            cx.close = Some(reason.to_string());
                        });
                    }
                }
            }
        }
    }

    fn id_of(&self, session: SessionId) -> Option<ConnId> {
        let slot = self.slot_of(session)?;
        self.connections[slot as usize].as_ref().map(|c| c.id)
    }

    /// Sets whether the store can be written, and announces it to all users. While it cannot, pings
    /// are answered without the core, and new connections are told of the delay.
    pub fn set_writable(&mut self, now: Now, writable: bool) {
        self.store_unwritable = !writable;
        let text = if writable {
            STORE_WRITABLE_AGAIN
        } else {
            STORE_UNWRITABLE
        };
        self.announce(now, text);
    }

    /// Announces to all users that the node is cut off from the others, or reaches them again.
    pub fn announce_cut_off(&mut self, now: Now, is_cut_off: bool) {
        let text = if is_cut_off {
            CUT_OFF_FOR_NOW
        } else {
            NOT_CUT_OFF_ANY_MORE
        };
        self.announce(now, text);
    }

    fn announce(&mut self, now: Now, text: &str) {
        for id in self.ids() {
            self.run(now, id, |dialect, cx| dialect.announce(cx, text));
        }
    }

    /// Closes every connection, with `reason` as the last words.
    pub fn close_all(&mut self, now: Now, reason: &str) {
        for id in self.ids() {
            self.run(now, id, |dialect, cx| {
                dialect.farewell(cx, reason);
                cx.close = Some(reason.to_owned());
            });
        }
    }

    pub(super) fn ids(&self) -> Vec<ConnId> {
        self.connections.iter().flatten().map(|c| c.id).collect()
    }
}
