//! Probe of the stream: whether this node is cut off from it, whether it was deleted, and who leads it.

use std::time::{Duration, Instant};

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::stream::{InfoError, Stream};
use tokio::sync::{mpsc, watch};

use super::LinkEvent;

/// Pause between two probes.
const PAUSE: Duration = Duration::from_millis(250);
/// Time for an answer, and for the acknowledgement of a message.
const PATIENCE: Duration = Duration::from_millis(600);
/// Probes in a row after which the stream counts as deleted: servers that have just been started may not know it at once.
const SURE: u32 = 40;

/// State of the stream, as it was told last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamState {
    /// Sequence number of its last message.
    pub last_sequence: u64,
    /// NATS server that leads it; none for one on its own, and while there is none.
    pub leader: Option<String>,
    /// Copies on other servers.
    pub copies: Vec<StreamCopy>,
}

/// Copy of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamCopy {
    /// NATS server.
    pub server: String,
    /// True if it has all that the leader has.
    pub is_current: bool,
}

/// Outcome of a probe.
enum Outcome {
    /// The stream is there.
    There,
    /// It does not answer, or has no leader.
    Away,
    /// It was deleted.
    Deleted,
}

/// Probe of a node.
pub(super) struct Probe {
    pub stream: Stream,
    /// True while a server is connected.
    pub connected: watch::Receiver<bool>,
    /// Time since when a message waits for its acknowledgement.
    pub pending: watch::Receiver<Option<Instant>>,
    pub state: watch::Sender<StreamState>,
}

impl Probe {
    /// Reports each change, until the node is gone or the stream is deleted.
    pub async fn run(self, events: mpsc::Sender<LinkEvent>) {
        let (mut is_cut_off, mut deleted) = (false, 0_u32);
        loop {
            let (reaches, is_deleted) = match self.probe().await {
                Outcome::There => (true, false),
                Outcome::Away => (false, false),
                Outcome::Deleted => (false, true),
            };
            deleted = if is_deleted { deleted + 1 } else { 0 };
            if deleted > SURE {
                let why = LinkEvent::Broken("the stream was deleted".into());
                let _ = events.send(why).await;
                return;
            }
            if reaches == is_cut_off {
                is_cut_off = !reaches;
                if events.send(LinkEvent::CutOff(is_cut_off)).await.is_err() {
                    return;
                }
            }
            if events.is_closed() {
                return;
            }
            // The pace of the probes; a connection that is lost shows in one.
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn probe(&self) -> Outcome {
        if !*self.connected.borrow() {
            return Outcome::Away;
        }
        let pending = *self.pending.borrow();
        let is_late = pending.is_some_and(|since| since.elapsed() > PATIENCE);
        let asked = tokio::time::timeout(PATIENCE, self.ask()).await;
        match asked.unwrap_or(Outcome::Away) {
            // It answers, and keeps nothing.
            Outcome::There if is_late => Outcome::Away,
            other => other,
        }
    }

    /// Asks the stream for its state, which is noted.
    async fn ask(&self) -> Outcome {
        let info = match self.stream.get_info().await {
            Ok(info) => info,
            Err(error) if is_gone(&error) => return Outcome::Deleted,
            Err(_) => return Outcome::Away,
        };
        let cluster = info.cluster.unwrap_or_default();
        let copies = cluster.replicas.into_iter().map(|copy| StreamCopy {
            server: copy.name,
            is_current: copy.current && !copy.offline,
        });
        // A server on its own leads, and says nothing of it.
        let leads = cluster.leader.is_some() || cluster.name.is_none();
        self.state.send_replace(StreamState {
            last_sequence: info.state.last_sequence,
            leader: cluster.leader,
            copies: copies.collect(),
        });
        match leads {
            true => Outcome::There,
            false => Outcome::Away,
        }
    }
}

/// Returns whether JetStream says that there is no such stream.
fn is_gone(error: &InfoError) -> bool {
    let source = std::error::Error::source(error);
    let said = source.and_then(|source| source.downcast_ref::<async_nats::jetstream::Error>());
    said.is_some_and(|said| said.error_code() == ErrorCode::STREAM_NOT_FOUND)
}
