//! What the core brought about, given to the connections that it concerns.

use parlour_core::{Effect, Now, SessionId};

use super::{ConnId, Connections};

/// What everybody is told when nothing can be kept, and when it can again.
pub(crate) const STANDS_STILL: &str =
    "The server cannot write to its disk now. What you say waits until it can; nothing is lost.";
const GOES_ON: &str = "What waited is kept now; all is well again.";

impl Connections {
    /// The core has taken up calls of these sessions, one entry a call, and what came of
    /// them is delivered.
    pub fn taken(&mut self, now: Now, sessions: &[SessionId]) {
        self.in_flight = self.in_flight.saturating_sub(sessions.len());
        for &session in sessions {
            if let Some(slot) = self.slot_of(session)
                && let Some(connection) = &mut self.connections[slot as usize]
            {
                connection.in_flight = connection.in_flight.saturating_sub(1);
            }
        }
        for id in std::mem::take(&mut self.stalled) {
            if let Some(connection) = self.get(id) {
                connection.listed = false;
                self.go_on(now, id);
            }
        }
    }

    /// What the core brought about, in its order.
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
                        self.cx(now, id, |door, cx| door.reply(cx, cause.call, reply));
                    }
                }
                Effect::Done(cause) => {
                    if let Some(id) = self.id_of(cause.session) {
                        self.cx(now, id, |door, cx| door.done(cx, cause.call));
                    }
                }
                Effect::Enter(session, channel) => self.enter(*session, *channel),
                Effect::Leave(session, channel) => self.leave(*session, *channel),
                Effect::Close(session, reason) => {
                    if let Some(id) = self.id_of(*session) {
                        self.cx(now, id, |door, cx| {
                            door.farewell(cx, reason);
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

    /// Whether what comes can be kept from here on. Everybody is told; while it cannot be, whoever
    /// asks for a sign of life gets it, and who connects is told that it takes a while.
    pub fn set_writable(&mut self, now: Now, writable: bool) {
        self.standstill = !writable;
        let text = if writable { GOES_ON } else { STANDS_STILL };
        for id in self.ids() {
            self.cx(now, id, |door, cx| door.announce(cx, text));
        }
    }

    /// Tells every connection that the server ends, and closes it.
    pub fn close_all(&mut self, now: Now, reason: &str) {
        for id in self.ids() {
            self.cx(now, id, |door, cx| {
                door.farewell(cx, reason);
                cx.close = Some(reason.to_owned());
            });
        }
    }

    pub(super) fn ids(&self) -> Vec<ConnId> {
        self.connections.iter().flatten().map(|c| c.id).collect()
    }
}
