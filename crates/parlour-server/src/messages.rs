//! Messages between the threads: what each one takes from the others.

use std::sync::{Arc, mpsc};

use parlour_cluster::LinkEvent;
use parlour_core::history::{ConversationsQuery, HistoryQuery, ReplayQuery, SearchQuery};
use parlour_core::login::SecretsTask;
use parlour_core::{
    Call, Effect, MsgId, Name, Record, Secret, SessionId, Settings, TaskResult, Ticket,
};
use parlour_doors::DoorSettings;
use parlour_store::CatchUp;

use crate::cluster::ClusterStatus;
use crate::listen;
use crate::rules::{ListenerRules, NetworkRules};
use crate::service_sessions::Outlet;
use crate::upload_worker::UploadChange;
use crate::worker::StopMessage;

/// Message to the core thread.
pub(crate) enum CoreMsg {
    /// Calls from the sessions of one shard, in order.
    Calls(Vec<Call>),
    /// Result of a task.
    Done(Ticket, TaskResult),
    /// New settings.
    Settings(Arc<Settings>),
    /// Service session to open, and where its effects go.
    OpenService(SessionId, Arc<dyn Outlet>),
    /// Call of a service session, whose end is reported (`done`).
    ServiceCall(Call),
    /// Event of the link to the cluster's stream.
    Stream(LinkEvent),
    /// Question for the state of the cluster; none for a server on its own.
    DescribeCluster(mpsc::Sender<Option<ClusterStatus>>),
    /// The server is about to be taken out of service: no new clients are to be sent to it.
    Drain,
    /// The commit in flight is done.
    Committed,
    /// The store has become unwritable, or writable again.
    Writable(bool),
    /// Stop the server, with this reason for the clients.
    Stop(String),
}

/// Message to a shard.
pub(crate) enum ShardMsg {
    /// Effects for its sessions, and the number of their calls that are done.
    Deliver {
        /// Effects, in the core's order.
        effects: Vec<Effect>,
        /// Sessions whose calls the core has taken up, one entry per call.
        taken: Vec<SessionId>,
    },
    /// The store has become unwritable (false), or writable again.
    Writable(bool),
    /// The node has been cut off from the others for a while (true), or reaches them again.
    CutOff(bool),
    /// New settings.
    Settings(ShardSettings),
    /// Close all connections with this reason, and end.
    Stop(String),
}

/// Settings of a shard.
pub(crate) struct ShardSettings {
    pub doors: Arc<DoorSettings>,
    pub network: Arc<NetworkRules>,
    pub listeners: Vec<(listen::Listener, ListenerRules)>,
}

/// Message to the journal's thread.
pub(crate) enum JournalMsg {
    /// Commit these records, with which everything up to this place is stored.
    Commit(Vec<Record>, MsgId),
    /// The server is stopping: give up on a commit that fails a few more times.
    LimitRetries,
    /// End the thread.
    Stop,
}

impl StopMessage for JournalMsg {
    fn stop() -> Self {
        JournalMsg::Stop
    }
}

/// Message to the store writer.
pub(crate) enum WriterMsg {
    /// The journal has entries that the database lacks.
    CatchUp(CatchUp),
    /// The search index has processed removals up to this `removed.seq`.
    RemovalsIndexed(i64),
    /// End the thread.
    Stop,
}

impl StopMessage for WriterMsg {
    fn stop() -> Self {
        WriterMsg::Stop
    }
}

/// Message to the store reader.
pub(crate) enum ReaderMsg {
    /// Look up history.
    History(Ticket, HistoryQuery),
    /// Look up the conversations of a party.
    Conversations(Ticket, ConversationsQuery),
    /// Look up the backlog of several logs.
    Replay(Ticket, ReplayQuery),
    /// End the thread.
    Stop,
}

impl StopMessage for ReaderMsg {
    fn stop() -> Self {
        ReaderMsg::Stop
    }
}

/// Message to the indexer.
pub(crate) enum IndexerMsg {
    /// The index is behind the database.
    NewRecords,
    /// End the thread.
    Stop,
}

impl StopMessage for IndexerMsg {
    fn stop() -> Self {
        IndexerMsg::Stop
    }
}

/// Message to the searcher.
pub(crate) enum SearchMsg {
    /// Run a search.
    Search(Ticket, SearchQuery),
    /// End the thread.
    Stop,
}

impl StopMessage for SearchMsg {
    fn stop() -> Self {
        SearchMsg::Stop
    }
}

/// Message to the password worker.
pub(crate) enum PasswordMsg {
    /// Do this task when it is its place's turn.
    Work {
        ticket: Ticket,
        secrets: SecretsTask,
        place: Name,
    },
    /// End the thread.
    Stop,
}

impl StopMessage for PasswordMsg {
    fn stop() -> Self {
        PasswordMsg::Stop
    }
}

/// Message to the config reloader.
pub(crate) enum ReloadMsg {
    /// Reload the configuration; the result goes to the ticket, if there is one.
    Rehash(Option<Ticket>),
    /// Follow the rules of the chat that another node of the cluster has put in force.
    Follow(Arc<Settings>),
    /// End the thread.
    Stop,
}

impl StopMessage for ReloadMsg {
    fn stop() -> Self {
        ReloadMsg::Stop
    }
}

/// Message to the worker of the uploads.
pub(crate) enum UploadMsg {
    /// Changes that were committed.
    Changes(Vec<UploadChange>),
    /// End the thread.
    Stop,
}

impl StopMessage for UploadMsg {
    fn stop() -> Self {
        UploadMsg::Stop
    }
}

/// Message to the mailer.
pub(crate) enum MailMsg {
    /// Send a mail.
    Send {
        /// Ticket of the task.
        ticket: Ticket,
        /// Address of the recipient.
        to: Name,
        /// Account that is being registered.
        account: Name,
        /// Confirmation code.
        code: Secret,
    },
    /// End the thread.
    Stop,
}

impl StopMessage for MailMsg {
    fn stop() -> Self {
        MailMsg::Stop
    }
}
