//! Probe of the stream: whether this node is cut off from it, and who leads it.

use std::time::{Duration, Instant};

use async_nats::jetstream::stream::Stream;
use tokio::sync::{mpsc, watch};

use super::LinkEvent;

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

/// Pause between two probes.
const PAUSE: Duration = Duration::from_millis(250);
/// Time for an answer, and for the acknowledgement of a message.
const PATIENCE: Duration = Duration::from_millis(600);

/// Reports each change of it, until the node is gone.
pub(super) async fn watch(
    stream: Stream,
    connected: watch::Receiver<bool>,
    pending: watch::Receiver<Option<Instant>>,
    state: watch::Sender<StreamState>,
    events: mpsc::Sender<LinkEvent>,
) {
    let mut is_cut_off = false;
    loop {
        let is_late = pending
            .borrow()
            .is_some_and(|since| since.elapsed() > PATIENCE);
        let reaches = *connected.borrow() && !is_late && answers(&stream, &state).await;
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

/// Returns whether the stream answers, and has a leader; notes what it says.
async fn answers(stream: &Stream, state: &watch::Sender<StreamState>) -> bool {
    let Ok(Ok(info)) = tokio::time::timeout(PATIENCE, stream.get_info()).await else {
        return false;
    };
    let cluster = info.cluster.unwrap_or_default();
    let copies = cluster.replicas.into_iter().map(|copy| StreamCopy {
        server: copy.name,
        is_current: copy.current && !copy.offline,
    });
    // A server on its own leads, and says nothing of it.
    let leads = cluster.leader.is_some() || cluster.name.is_none();
    state.send_replace(StreamState {
        last_sequence: info.state.last_sequence,
        leader: cluster.leader,
        copies: copies.collect(),
    });
    leads
}
