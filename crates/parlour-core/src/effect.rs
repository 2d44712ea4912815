//! Effects of the core's steps.

use serde::{Deserialize, Serialize};

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::history::{
    ConversationsQuery, ConversationsResult, HistoryQuery, HistoryResult, ReadFailed, ReplayQuery,
    ReplayResult, SearchQuery, SearchResult,
};
use crate::login::{SecretsResult, SecretsTask};
use crate::{CallId, ChannelId, Event, Proposal, Record, Reply, SessionId, Ticket};

/// Effects of one or more steps, in order.
#[derive(Debug, Default)]
pub struct Effects {
    /// Proposals for the journal.
    pub proposals: Vec<Proposal>,
    /// Effects for sessions, in order of delivery.
    pub out: Vec<Effect>,
    /// Records to commit before any of `out` is delivered; deferrable ones may follow later.
    pub records: Vec<Record>,
    /// Sessions whose calls were taken up, one entry per call.
    pub taken: Vec<SessionId>,
    /// Tasks to start outside the core once `records` are committed.
    pub tasks: Vec<(Ticket, Task)>,
}

/// Work done outside the core; the result comes back with the ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Query of one log.
    History(HistoryQuery),
    /// Query of several logs.
    Replay(ReplayQuery),
    /// Search for messages by their text.
    Search(SearchQuery),
    /// Query of the conversations of a user.
    Conversations(ConversationsQuery),
    /// Check or hash of secrets; places take turns.
    Secrets {
        /// Task itself.
        secrets: SecretsTask,
        /// Address that the secrets came from, of IPv6 its /64: the unit that takes turns.
        place: crate::Name,
    },
    /// Mail with a verification code.
    Mail {
        /// Mail address.
        to: crate::Name,
        /// Name of the account.
        account: crate::Name,
        /// Verification code.
        code: crate::Secret,
    },
    /// Reload of the configuration (REHASH).
    Rehash,
}

/// Result of a task, of the same kind as the task.
#[derive(Debug)]
pub enum TaskResult {
    /// Messages of one log.
    History(HistoryResult),
    /// Conversations (CHATHISTORY TARGETS).
    Conversations(ConversationsResult),
    /// Messages of several logs.
    Replay(ReplayResult),
    /// Messages found by their content.
    Search(SearchResult),
    /// Secrets checked or hashed.
    Secrets(SecretsResult),
    /// Mail sent, or not.
    Mail(MailResult),
    /// Configuration reloaded: the notice for the server operator, or the error.
    Rehash(Result<crate::Name, crate::Name>),
}

impl Task {
    /// Returns the result of a task that its worker has no room for.
    pub fn refused(&self) -> TaskResult {
        match self {
            Task::History(_) => TaskResult::History(Err(ReadFailed)),
            Task::Conversations(_) => TaskResult::Conversations(Err(ReadFailed)),
            Task::Replay(_) => TaskResult::Replay(Err(ReadFailed)),
            Task::Search(_) => TaskResult::Search(Err(ReadFailed)),
            Task::Secrets { .. } => TaskResult::Secrets(SecretsResult::Busy),
            Task::Mail { .. } => TaskResult::Mail(MailResult::Unavailable),
            Task::Rehash => TaskResult::Rehash(Err("there are too many requests".into())),
        }
    }
}

/// Result of sending a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailResult {
    /// Accepted by the mail server.
    Sent,
    /// Rejected by the mail server for this address.
    Refused,
    /// Mail server unreachable, or temporarily not accepting the mail.
    Unavailable,
}

impl Effect {
    /// Returns whether it is for a session of no connection alone.
    pub fn is_for_service(&self) -> bool {
        match self {
            Effect::Reply(cause, _) | Effect::Done(cause) => cause.session.is_service(),
            Effect::Enter(session, _) | Effect::Leave(session, _) | Effect::Close(session, _) => {
                session.is_service()
            }
            Effect::Event { .. } => false,
        }
    }
}

/// Request that caused an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Session that made the request.
    pub session: SessionId,
    /// Number of the request.
    pub call: CallId,
}

/// Audience of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// All sessions that have entered a channel.
    Channel(ChannelId),
    /// All sessions that have entered one of the channels, and further ones; each once.
    Neighbours {
        /// Channels of the user.
        channels: Box<[ChannelId]>,
        /// Sessions that get the event in any case.
        sessions: Box<[SessionId]>,
        /// Sessions that monitor the user; only those with `extended-monitor` get the event.
        watchers: Box<[SessionId]>,
    },
    /// Listed sessions only.
    Sessions(Box<[SessionId]>),
}

/// Effect for the doors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Event to deliver.
    Event {
        /// Recipients of the event.
        audience: Audience,
        /// Request that caused it; for its session the event is the echo of its own action.
        cause: Option<Cause>,
        /// Event, shared by all recipients.
        event: Arc<Event>,
    },
    /// Reply to a session's request.
    Reply(Cause, Reply),
    /// Addition of a session to the channel's audience.
    Enter(SessionId, ChannelId),
    /// Removal of a session from the channel's audience.
    Leave(SessionId, ChannelId),
    /// End of a request's effects; sent only if the call asked for it.
    Done(Cause),
    /// End of a session; its connection is to be closed with this message.
    Close(SessionId, crate::Name),
}
