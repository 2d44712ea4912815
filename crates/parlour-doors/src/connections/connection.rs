//! One connection: what every delivery touches, and all else.

use parlour_core::{ChannelId, Instant, SessionId, limits};

use super::output::{Outbox, Pending};
use super::pace::{Debt, Pace};
use super::{ANSWERED_BELOW, ConnId, Peer};
use crate::cost::Cost;
use crate::door::{Door, RenderKey};

/// What a delivery to a channel touches of each member; kept small and side by side.
#[derive(Debug, Default)]
pub(super) struct HotState {
    /// How events look to it.
    pub key: RenderKey,
    /// Whether it is among those to write to.
    pub dirty: bool,
    /// The last event that was given to it.
    pub stamp: u64,
    /// The channel that a plain client looks at.
    pub current: Option<ChannelId>,
    /// What it is to get at the next flush.
    pub pending: Pending,
}

/// A connection.
pub(super) struct Connection {
    pub id: ConnId,
    pub session: SessionId,
    pub peer: Peer,
    pub door: Door,
    /// When it has to have become a session, whatever layers it talks through.
    pub expires: Instant,
    /// The channels whose audience it belongs to.
    pub channels: Vec<ChannelId>,
    /// Its calls that the core has not taken.
    pub in_flight: usize,
    /// Whether it has more to say than it may.
    pub stalled: bool,
    /// Whether it is looked at again when the core has taken something up.
    pub listed: bool,
    /// The peer sends no more.
    pub ended: bool,
    /// A QUIT of it is on its way to the core.
    pub quitting: bool,
    /// It is dead, and why.
    pub lost: Option<String>,
    /// It counts among those that are not registered.
    pub unregistered: bool,
    /// Its last words are written; nothing more is read.
    pub closing: bool,
    pub close_reason: Option<String>,
    /// When its last words count as not to be read any more.
    close_at: Instant,
    /// What it has not taken yet.
    pub outbox: Outbox,
    /// Bytes for it alone that the next flush is to write.
    pub unwritten: usize,
    /// Whether it is listed as one whose answer goes on.
    pub making: bool,
    /// What it owes for what it has said.
    pub debt: Debt,
    /// It has said more than it may: it is read on then.
    pub paced_until: Option<Instant>,
    /// The earliest timer that runs for it.
    pub armed: Option<Instant>,
}

impl Connection {
    pub fn new(id: ConnId, session: SessionId, peer: Peer, door: Door, expires: Instant) -> Self {
        Connection {
            id,
            session,
            peer,
            door,
            expires,
            channels: Vec::new(),
            in_flight: 0,
            stalled: false,
            listed: false,
            ended: false,
            quitting: false,
            lost: None,
            unregistered: true,
            closing: false,
            close_reason: None,
            close_at: Instant(0),
            outbox: Outbox::default(),
            unwritten: 0,
            making: false,
            debt: Debt::default(),
            paced_until: None,
            armed: None,
        }
    }

    /// Whether more of it is to be read and done: it has not asked for more than it may, and it
    /// reads what it is answered.
    pub fn has_room(&self) -> bool {
        self.in_flight < limits::CALLS_IN_FLIGHT
            && self.reads_answers()
            && self.paced_until.is_none()
    }

    /// What it asked for costs so much.
    pub fn keep_pace(&mut self, pace: Pace, now: Instant, spent: Cost) {
        self.debt.add(pace, now, spent);
        if spent > 0 && self.debt.room(pace, now) == 0 {
            self.paced_until = Some(self.debt.has_room_at(pace));
        }
    }

    /// Whether it has read most of what it was answered.
    pub fn reads_answers(&self) -> bool {
        self.outbox.size() + self.unwritten < ANSWERED_BELOW && !self.outbox.is_making()
    }

    /// Whether something for it waits for the next flush.
    pub fn is_to_be_written(&self) -> bool {
        self.unwritten > 0 || self.outbox.has_unplaced()
    }

    /// Whether its QUIT is on its way.
    pub fn quits(&self) -> bool {
        self.quitting
    }

    pub fn begin_close(&mut self, at: Instant, reason: String) {
        self.closing = true;
        self.close_at = at;
        self.close_reason = Some(reason);
    }

    pub fn deadline(&self) -> Option<Instant> {
        if self.closing {
            Some(self.close_at)
        } else {
            [self.door.deadline(), self.paced_until]
                .into_iter()
                .flatten()
                .min()
        }
    }

    /// The channel that a plain client looks at.
    pub fn current(&self) -> Option<ChannelId> {
        match &self.door {
            Door::Plain(door) => door.current(),
            _ => None,
        }
    }
}
