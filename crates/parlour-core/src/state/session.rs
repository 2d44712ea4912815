//! Sessions: connections that are registered or about to be.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::SessionPreferences;
use crate::history::{Party, Selector};
use crate::names::Folded;
use crate::request::{AwayState, Redaction};
use crate::{Call, CallId, Change, MsgId, Name, UserId};

/// Session. At most one of its requests is in progress; later ones wait in order.
#[derive(Debug)]
pub(crate) struct Session {
    /// User, once registered.
    pub user: Option<UserId>,
    /// Address, once registered.
    pub address: Name,
    /// Host shown without an account.
    pub host: Name,
    /// Account that it is logged into, possibly before registration.
    pub account: Option<Name>,
    /// Account authenticated by SCRAM whose login the client has still to accept, and the address
    /// it came from.
    pub proved: Option<(Party, Name)>,
    /// Away state.
    pub away: AwayState,
    /// Subscriptions of the session.
    pub preferences: SessionPreferences,
    /// Backlog that its user missed before it attached.
    pub backlog: Option<Backlog>,
    /// Request in progress.
    pub pending: Pending,
    /// Calls queued meanwhile; at most [`crate::limits::CALLS_WAITING`].
    pub queued: VecDeque<Call>,
}

impl Default for Session {
    fn default() -> Self {
        Session {
            user: None,
            address: "".into(),
            host: "".into(),
            account: None,
            proved: None,
            away: AwayState::default(),
            preferences: SessionPreferences::default(),
            backlog: None,
            pending: Pending::None,
            queued: VecDeque::new(),
        }
    }
}

impl Session {
    /// Returns whether it has no user, login or queued call, and may be removed.
    pub fn is_unused(&self) -> bool {
        self.user.is_none()
            && self.account.is_none()
            && self.proved.is_none()
            && self.queued.is_empty()
    }
}

/// Backlog of a user who had no connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backlog {
    /// Id at which the last connection ended.
    pub since: MsgId,
    /// Id at which this session attached; from then on it gets private messages live.
    pub attached: MsgId,
    /// Id at which it entered the channels; from then on it gets their messages live.
    pub entered: MsgId,
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
        waiting: Continuation,
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
