//! Sessions of this node: the request in progress, and those that wait behind it.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::history::{Party, Selector};
use crate::names::Folded;
use crate::request::Redaction;
use crate::state::Backlog;
use crate::{Call, CallId, Change, Name};

/// Session of this node. At most one of its requests is in progress; later ones wait in order.
#[derive(Debug, Default)]
pub(crate) struct LocalSession {
    /// Backlog that its user missed before it attached.
    pub backlog: Option<Backlog>,
    /// Request in progress.
    pub pending: Pending,
    /// Calls queued meanwhile; at most [`crate::limits::CALLS_WAITING`].
    pub queued: VecDeque<Call>,
}

/// Request in progress, which keeps the next call waiting.
#[derive(Debug, Default)]
pub(crate) enum Pending {
    /// No request in progress.
    #[default]
    None,
    /// Change that is passing through the journal.
    Journal,
    /// Task outside the core.
    Outside {
        /// Call that it answers.
        call: CallId,
        /// True if [`crate::Effect::Done`] is to follow.
        done: bool,
        /// Continuation for the result.
        waiting: Box<Continuation>,
    },
}

/// Continuation of a request, once its task is done.
#[derive(Debug)]
pub(crate) enum Continuation {
    /// Reply with the messages of this target.
    History(Selector, Name),
    /// Reply with the conversations of this party: at most so many; true for the newest.
    Conversations(Party, usize, bool),
    /// Reply with the messages of several logs, read as this party, except in these targets.
    Replay(Party, Vec<Name>),
    /// Reply with the messages found by a search.
    Search,
    /// Deletion of the message, if it was found and may be deleted.
    Redaction(Redaction),
    /// Proposal of the change, after its secrets were checked or hashed.
    Secrets {
        /// Change to propose.
        change: Change,
        /// Address that the secret came from.
        from: Name,
        /// Account concerned.
        account: Option<Folded>,
    },
    /// Proposal of the change, after the mail was sent.
    Mail(Change),
    /// Reply with a SCRAM challenge.
    Challenge,
    /// Reply with the result of REHASH.
    Rehash,
}
