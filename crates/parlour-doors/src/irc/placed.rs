//! Answers of the door itself, each in its place among the replies of the core.
//!
//! The door keeps the answer and sends a barrier ([`parlour_core::Question::Barrier`]); it writes
//! the answer when the barrier comes back.

use std::collections::VecDeque;

use parlour_core::CallId;

use super::error_reply::ErrorReply;
use crate::irc::service::Service;

/// Answer of the door that waits for its place.
#[derive(Debug)]
pub(super) enum PlacedReply {
    /// Nothing: only the order counts.
    Nothing,
    /// Error to write.
    Error(ErrorReply),
    /// Line to answer then.
    Line(String),
    /// Lines that a service sends then.
    Service(Service, Vec<String>),
    /// Message of the client to a service, to echo (echo-message).
    Own {
        /// Target of the message.
        target: String,
        /// Text of the message.
        text: String,
    },
}

/// Answers that wait, in the order of their barriers; at most as many as calls in flight.
#[derive(Debug, Default)]
pub(super) struct PlacedReplies(VecDeque<(CallId, PlacedReply)>);

impl PlacedReplies {
    /// Adds an answer to the barrier of a call that is about to be sent.
    pub fn push(&mut self, call: CallId, reply: PlacedReply) {
        self.0.push_back((call, reply));
    }

    /// Removes the first answer of a call, whose barrier has come back. Replies come in the order of
    /// the calls: an answer from before, whose barrier was refused, is dropped.
    pub fn take(&mut self, call: CallId) -> Option<PlacedReply> {
        let at = self.0.iter().position(|(of, _)| *of == call)?;
        let taken = self.0.drain(..=at).next_back().map(|(_, reply)| reply);
        if self.0.is_empty() {
            // Nearly all connections have none, nearly always.
            self.0 = VecDeque::new();
        }
        taken
    }

    /// Returns whether the first answer of a call is the echo of the client's own message.
    pub fn is_own(&self, call: CallId) -> bool {
        let first = self.0.iter().find(|(of, _)| *of == call);
        matches!(first, Some((_, PlacedReply::Own { .. })))
    }
}
