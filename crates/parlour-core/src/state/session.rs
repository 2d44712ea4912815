//! One registered connection, or one that is about to be.

use alloc::collections::VecDeque;

use crate::{Call, CallId, UserId};

/// A session. It has at most one request on its way; later ones wait in order.
#[derive(Debug, Default)]
pub(crate) struct Session {
    /// Whose it is, once registered.
    pub user: Option<UserId>,
    /// Whether the connection is encrypted.
    pub secure: bool,
    /// What it waits for.
    pub pending: Pending,
    /// Calls that came meanwhile; at most [`crate::limits::CALLS_WAITING`].
    pub waiting: VecDeque<Call>,
}

impl Session {
    /// Whether it is no user's, and nothing more is asked of it.
    pub fn is_nobody(&self) -> bool {
        self.user.is_none() && self.waiting.is_empty()
    }
}

/// What keeps a session's next call waiting.
#[derive(Debug, Default)]
pub(crate) enum Pending {
    /// Nothing.
    #[default]
    None,
    /// A change is on its way through the journal.
    Journal,
    /// The store looks something up.
    Lookup {
        /// Whose answer it is.
        call: CallId,
        /// Whether the session is to be told when all is done.
        done: bool,
        /// The target as it was asked for.
        target: crate::Name,
    },
}
