//! State of one connection, split into the part that every delivery touches and the rest.

use crate::render_key::RenderKey;
use parlour_core::{ChannelId, Instant, SessionId, limits};

use super::conn_id::ConnId;
use super::due::Unwritten;
use super::flow::{Flow, Why};
use super::output::{Outbox, Pending};
use super::pace::{Debt, Pace};
use super::peer::Peer;
use crate::cost::Cost;
use crate::dialect::Dialect;

/// Bytes of pending output above which a connection is not read further. Replies are made only as
/// fast as they are read, so that many long ones do not gather. About one socket buffer.
pub(super) const UNREAD_REPLIES_MAX: usize = 64 * 1024;

/// State that a delivery to a channel touches for each member; kept small and contiguous.
#[derive(Debug, Default)]
pub(super) struct HotState {
    /// Render key: format in which the connection reads events.
    pub key: RenderKey,
    /// State of `pending`.
    pub unwritten: Unwritten,
    /// Number of the last event that was delivered to the connection.
    pub stamp: u64,
    /// Current channel of a plain client.
    pub current: Option<ChannelId>,
    /// Output for the next flush.
    pub pending: Pending,
}

/// Connection of a client.
pub(super) struct Connection {
    pub id: ConnId,
    pub session: SessionId,
    pub peer: Peer,
    pub dialect: Box<dyn Dialect>,
    /// Deadline for registration, whatever layers the connection talks through.
    pub expires: Instant,
    /// Channels whose audience the connection belongs to.
    pub channels: Vec<ChannelId>,
    /// Number of calls that the core has not taken yet.
    pub in_flight: usize,
    /// State of the input.
    pub flow: Flow,
    /// Set while the connection is in the list to resume when the core has taken calls.
    pub listed: bool,
    /// Set while the connection counts as unregistered.
    pub unregistered: bool,
    /// Output that the peer has not taken yet.
    pub outbox: Outbox,
    /// Number of bytes for this connection alone that the next flush writes.
    pub unwritten: usize,
    /// Set while the dialect's output waits elsewhere and is taken as there is room for it.
    pub pulls: bool,
    /// Set while the connection is in the list of lazy replies to continue.
    pub making: bool,
    /// Rate limit state.
    pub debt: Debt,
    /// End of the pause that the rate limit imposes on reading, if there is one.
    pub paced_until: Option<Instant>,
    /// Earliest timer that is set for the connection.
    pub armed: Option<Instant>,
}

impl Connection {
    pub fn new(
        id: ConnId,
        session: SessionId,
        peer: Peer,
        dialect: Box<dyn Dialect>,
        expires: Instant,
    ) -> Self {
        Connection {
            id,
            session,
            peer,
            dialect,
            expires,
            channels: Vec::new(),
            in_flight: 0,
            flow: Flow::Reading,
            listed: false,
            unregistered: true,
            outbox: Outbox::default(),
            unwritten: 0,
            pulls: false,
            making: false,
            debt: Debt::default(),
            paced_until: None,
            armed: None,
        }
    }

    /// Returns whether input may be processed: calls in flight, unread replies and rate limit all
    /// allow it.
    pub fn has_room(&self) -> bool {
        self.in_flight < limits::CALLS_IN_FLIGHT
            && self.reads_replies()
            && self.paced_until.is_none()
    }

    /// Charges the cost of a door's calls to the rate limit.
    pub fn charge(&mut self, pace: Pace, now: Instant, spent: Cost) {
        self.debt.add(pace, now, spent);
        // A run of the door without cost, on a timer or an answer, neither starts nor extends a
        // pause.
        if spent > 0 && self.debt.room(pace, now) == 0 {
            self.paced_until = Some(self.debt.has_room_at(pace));
        }
    }

    /// Returns whether the peer has read most of its replies.
    pub fn reads_replies(&self) -> bool {
        self.outbox.size() + self.unwritten < UNREAD_REPLIES_MAX && !self.outbox.is_making()
    }

    /// Returns whether output of its own waits for the next flush.
    pub fn has_own_output(&self) -> bool {
        self.unwritten > 0 || self.outbox.has_unplaced()
    }

    /// Returns the time when the connection's timer is due.
    pub fn deadline(&self) -> Option<Instant> {
        if let Flow::Closing { at, .. } = self.flow {
            return Some(at);
        }
        let deadlines = [self.dialect.deadline(), self.paced_until];
        deadlines.into_iter().flatten().min()
    }

    /// Returns the limit that input waits for, if one is reached.
    pub fn why_stalled(&self) -> Option<Why> {
        if self.paced_until.is_some() {
            Some(Why::Pace)
        } else if !self.reads_replies() {
            Some(Why::Unread)
        } else if !self.has_room() || self.dialect.waits() {
            Some(Why::Core)
        } else {
            None
        }
    }
}
