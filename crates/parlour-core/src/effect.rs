//! What a step of the core brings about.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::history::{ConversationsQuery, HistoryQuery, ReplayQuery, SearchQuery};
use crate::login::SecretsTask;
use crate::{CallId, ChannelId, Event, Proposal, Record, Reply, SessionId, Ticket};

/// All that came of one or more steps, in order.
#[derive(Debug, Default)]
pub struct Effects {
    /// What is to be put into the journal.
    pub proposals: Vec<Proposal>,
    /// What sessions are to see, in the order in which they are to see it.
    pub out: Vec<Effect>,
    /// What is to be kept before anything of `out` is seen.
    pub records: Vec<Record>,
    /// The sessions whose calls were taken up: one entry a call.
    pub taken: Vec<SessionId>,
    /// What is to be done outside once `records` are kept.
    pub tasks: Vec<(Ticket, Task)>,
}

/// Something that is done outside the core; its answer comes back with the ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// To look something up in the store.
    History(HistoryQuery),
    /// To look up what was said in several logs.
    Replay(ReplayQuery),
    /// To look for messages by what they hold.
    Search(SearchQuery),
    /// To look up with whom somebody talked.
    Conversations(ConversationsQuery),
    /// To do something with secrets, in turn with others.
    Secrets {
        /// What.
        secrets: SecretsTask,
        /// Whose turn it takes: the address that they came from, of IPv6 the network of 64 bits.
        place: crate::Name,
    },
    /// To send a code by mail: where, for which account.
    Mail {
        /// The address.
        to: crate::Name,
        /// The account's name.
        account: crate::Name,
        /// The code.
        code: crate::Secret,
    },
    /// To read the configuration again.
    Rehash,
}

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailResult {
    /// The mail server has taken it.
    Sent,
    /// It takes none for that address.
    Refused,
    /// It cannot be reached, or does not take it now.
    Unavailable,
}

impl Effects {
    pub(crate) fn event(&mut self, audience: Audience, cause: Option<Cause>, event: Arc<Event>) {
        self.out.push(Effect::Event {
            audience,
            cause,
            event,
        });
    }
}

/// Whose request brought something about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The session that asked.
    pub session: SessionId,
    /// Its request.
    pub call: CallId,
}

/// Who gets an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// All sessions that have entered a channel.
    Channel(ChannelId),
    /// All sessions that have entered one of the channels, and others besides; each once.
    Neighbours {
        /// The channels.
        channels: Box<[ChannelId]>,
        /// Sessions that get it in any case.
        sessions: Box<[SessionId]>,
        /// Sessions that monitor the one whose doing it is: those of them get it that want
        /// such events of whom they monitor.
        watchers: Box<[SessionId]>,
    },
    /// These sessions.
    Sessions(Box<[SessionId]>),
}

/// Something for the doors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Something happened.
    Event {
        /// Who gets it.
        audience: Audience,
        /// Whose request it was. For that session it is the echo of its own doing.
        cause: Option<Cause>,
        /// What it is.
        event: Arc<Event>,
    },
    /// An answer to a session's request.
    Reply(Cause, Reply),
    /// The session belongs to the channel's audience from here on.
    Enter(SessionId, ChannelId),
    /// The session belongs to the channel's audience no longer.
    Leave(SessionId, ChannelId),
    /// Nothing more comes of this request; only if the call asked to be told.
    Done(Cause),
    /// The session has ended; its connection is to be closed with these words.
    Close(SessionId, crate::Name),
}
