//! Context of a door while it runs: output, calls to the core, close of the connection.

use crate::lazy_reply::BoxedLazyReply;
use crate::lazy_reply::LazyReply;
use crate::log_event::LogEvent;
use parlour_core::{
    Call, CallId, Change, Instant, Question, Request, SessionChange, SessionId, Time,
};

use crate::bridged::Service;
use crate::connections::Peer;
use crate::cost::{self, Cost};
use crate::dialect::Dialect;
use crate::settings::DoorSettings;

/// Context in which a door runs for one connection.
pub(crate) struct Context<'a> {
    /// Current time on the monotonic clock.
    pub now: Instant,
    /// Current time on the wall clock.
    pub time: Time,
    /// Settings of all doors.
    pub settings: &'a DoorSettings,
    /// Peer of the connection.
    pub peer: &'a Peer,
    /// Session id of the connection.
    pub session: SessionId,
    /// Bytes for the connection.
    pub out: Vec<u8>,
    /// Offsets in `out` at which messages end that must each be a write of their own.
    pub breaks: Vec<usize>,
    /// Lazy replies, each with its offset in `out`.
    pub lazy_replies: Vec<(usize, BoxedLazyReply)>,
    /// Calls for the core.
    pub calls: &'a mut Vec<Call>,
    /// Length of `calls` at which the door must stop reading.
    pub call_limit: usize,
    /// Length of `out` at which the door must stop reading.
    pub out_limit: usize,
    /// Cost of the calls so far.
    pub spent: Cost,
    /// Cost at which the door must stop reading.
    pub spend_limit: Cost,
    /// True while the store cannot be written (a full disk, say) and all effects are held back.
    pub store_unwritable: bool,
    /// Events for the log.
    pub log: &'a mut Vec<LogEvent>,
    /// Service that the connection is to be bridged to, and the bytes received so far.
    pub bridge: Option<(Service, Vec<u8>)>,
    /// Set when the connection goes on as a WebSocket; true if it served other requests before.
    pub upgrade: Option<bool>,
    /// Dialect that takes the connection over.
    pub next: Option<Box<dyn Dialect>>,
    /// Reason to close the connection once everything is written.
    pub close: Option<String>,
}

impl Context<'_> {
    /// Sends a request to the core. With `done`, the door is notified when all effects are
    /// delivered.
    pub fn call(&mut self, id: CallId, done: bool, request: Request) {
        self.spent += cost::of(&request);
        self.calls.push(Call {
            session: self.session,
            id,
            done,
            request,
        });
    }

    /// Sends a change to the core.
    pub fn change(&mut self, id: CallId, change: Change) {
        self.call(id, false, Request::Do(change));
    }

    /// Ends the session, for a reason of the server.
    pub fn quit(&mut self, reason: &str) {
        let (reason, by_user) = (reason.into(), false);
        self.change(CallId(0), Change::Quit { reason, by_user });
    }

    /// Changes what the session is told.
    pub fn set(&mut self, id: CallId, change: SessionChange) {
        self.call(id, false, Request::Set(change));
    }

    /// Sends a question to the core.
    pub fn ask(&mut self, id: CallId, question: Question) {
        self.call(id, false, Request::Ask(question));
    }

    /// Queues a lazy reply after the bytes in `out`.
    pub fn queue_lazy_reply(&mut self, later: impl LazyReply + 'static) {
        self.lazy_replies.push((self.out.len(), Box::new(later)));
    }

    /// Returns whether the door may process more input.
    pub fn may_read(&self) -> bool {
        self.calls.len() < self.call_limit
            && self.out.len() < self.out_limit
            && self.spent < self.spend_limit
            // One lazy reply at a time: its lines must not gather in memory.
            && self.lazy_replies.is_empty()
            && self.close.is_none()
    }
}
