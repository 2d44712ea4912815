//! One registered connection, or one that is about to be.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::SessionPreferences;
use crate::history::{Party, Selector};
use crate::names::Folded;
use crate::request::{AwayState, Redaction};
use crate::{Call, CallId, Change, MsgId, Name, UserId};

/// A session. It has at most one request on its way; later ones wait in order.
#[derive(Debug)]
pub(crate) struct Session {
    /// Whose it is, once registered.
    pub user: Option<UserId>,
    /// The address that it comes from, once it has said who it is.
    pub address: Name,
    /// The host that it would be shown with without an account.
    pub host: Name,
    /// The account that it is logged into, maybe before it is registered.
    pub account: Option<Name>,
    /// The account that it has shown to be its own, before it agrees to be logged in, and the address
    /// that it showed it from.
    pub proved: Option<(Party, Name)>,
    /// Whether anybody is at it.
    pub away: AwayState,
    /// What it wants to know of others.
    pub preferences: SessionPreferences,
    /// What its user has missed before it came.
    pub backlog: Option<Backlog>,
    /// What it waits for.
    pub pending: Pending,
    /// Calls that came meanwhile; at most [`crate::limits::CALLS_WAITING`].
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
    /// Whether it is no user's, and nothing more is asked of it.
    pub fn is_nobody(&self) -> bool {
        self.user.is_none()
            && self.account.is_none()
            && self.proved.is_none()
            && self.queued.is_empty()
    }
}

/// What somebody has missed who had no connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backlog {
    /// When their last connection had ended.
    pub since: MsgId,
    /// When this one was attached: from then on it hears what is said in private.
    pub attached: MsgId,
    /// When it entered the channels: from then on it hears what is said there.
    pub entered: MsgId,
}

/// What keeps a session's next call waiting.
#[derive(Debug, Default)]
pub(crate) enum Pending {
    /// Nothing.
    #[default]
    None,
    /// A change is on its way through the journal.
    Journal,
    /// Something outside the core answers.
    Outside {
        /// Whose answer it is.
        call: CallId,
        /// Whether the session is to be told when all is done.
        done: bool,
        /// What becomes of the answer.
        waiting: Continuation,
    },
}

/// What a session does with an answer from outside.
#[derive(Debug)]
pub(crate) enum Continuation {
    /// Shows the messages that were found in this target's history.
    History(Selector, Name),
    /// Shows the conversations of this side that were found: so many, the newest rather than the
    /// oldest.
    Conversations(Party, usize, bool),
    /// Shows what was said in several logs, as of this side of private ones, but not in these
    /// places.
    Replay(Party, Vec<Name>),
    /// Shows the messages that were found by what they hold.
    Search,
    /// Takes the message back, if it was found and may be taken back.
    Redaction(Redaction),
    /// Proposes the change, once what was to be done with its secrets is done.
    Secrets {
        /// What is wished for.
        change: Change,
        /// The address that it came from.
        from: Name,
        /// The account that it is about.
        account: Option<Folded>,
    },
    /// Proposes the change, once a mail is sent.
    Mail(Change),
    /// Shows how SCRAM begins.
    Challenge,
    /// Says whether the configuration was read.
    Rehash,
}
