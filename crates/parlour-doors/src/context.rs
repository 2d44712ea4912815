//! What a door may do while it is its turn: write, ask the core, end the connection.

use parlour_core::{Call, CallId, Change, Instant, Question, Request, SessionId, Time};

use crate::connections::lazy_reply::{BoxedLazyReply, LazyReply};
use crate::connections::{LogEvent, Peer};
use crate::cost::{self, Cost};
use crate::settings::DoorSettings;

/// A door's turn with one connection.
pub(crate) struct Context<'a> {
    /// The moment, on the clock that only goes forward.
    pub now: Instant,
    /// The time that people read.
    pub time: Time,
    /// The settings of all doors.
    pub settings: &'a DoorSettings,
    /// Who is at the other end.
    pub peer: &'a Peer,
    /// The connection's session.
    pub session: SessionId,
    /// Bytes for the connection.
    pub out: Vec<u8>,
    /// Ends of messages in `out` that must each be a write of their own.
    pub breaks: Vec<usize>,
    /// Answers that are made as they are read, each with its place in `out`.
    pub laters: Vec<(usize, BoxedLazyReply)>,
    /// Requests for the core.
    pub calls: &'a mut Vec<Call>,
    /// How many requests `calls` may hold before the door has to stop reading.
    pub call_limit: usize,
    /// How many bytes `out` may hold before the door has to stop reading.
    pub out_limit: usize,
    /// What the requests cost.
    pub spent: Cost,
    /// What they may cost before the door has to stop reading.
    pub spend_limit: Cost,
    /// Whether nothing is kept now, so that nothing that the core does is seen: the disk is full, say.
    pub standstill: bool,
    /// What the log is to say.
    pub log: &'a mut Vec<LogEvent>,
    /// A request that wants to become a WebSocket, as it has come so far.
    pub upgrade: Option<Vec<u8>>,
    /// That the connection is to be closed once all is written.
    pub close: Option<String>,
}

impl Context<'_> {
    /// Asks the core. With `done`, the door is told when all came of it.
    pub fn call(&mut self, id: CallId, done: bool, request: Request) {
        self.spent += cost::of(&request);
        self.calls.push(Call {
            session: self.session,
            id,
            done,
            request,
        });
    }

    /// Asks the core to change something.
    pub fn change(&mut self, id: CallId, change: Change) {
        self.call(id, false, Request::Do(change));
    }

    /// Asks the core something.
    pub fn ask(&mut self, id: CallId, question: Question) {
        self.call(id, false, Request::Ask(question));
    }

    /// Puts an answer in line that is made as it is read.
    pub fn later(&mut self, later: impl LazyReply + 'static) {
        self.laters.push((self.out.len(), Box::new(later)));
    }

    /// Whether the door may go on reading what has arrived.
    pub fn may_read(&self) -> bool {
        self.calls.len() < self.call_limit
            && self.out.len() < self.out_limit
            && self.spent < self.spend_limit
            && self.laters.is_empty()
            && self.close.is_none()
    }
}
