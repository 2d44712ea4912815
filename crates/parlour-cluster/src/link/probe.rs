//! Probe of the stream: whether this node is cut off from it.

use std::time::{Duration, Instant};

use async_nats::jetstream::stream::Stream;
use tokio::sync::{mpsc, watch};

use super::LinkEvent;

/// Pause between two probes.
const PAUSE: Duration = Duration::from_millis(250);
/// Time for an answer, and for the acknowledgement of a message.
const PATIENCE: Duration = Duration::from_millis(600);

/// Reports each change of it, until the node is gone.
pub(super) async fn watch(
    stream: Stream,
    connected: watch::Receiver<bool>,
    pending: watch::Receiver<Option<Instant>>,
    events: mpsc::Sender<LinkEvent>,
) {
    let mut is_cut_off = false;
    loop {
        let is_late = pending
            .borrow()
            .is_some_and(|since| since.elapsed() > PATIENCE);
        let reaches = *connected.borrow() && !is_late && answers(&stream).await;
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

/// Returns whether the stream answers, and has a leader.
async fn answers(stream: &Stream) -> bool {
    match tokio::time::timeout(PATIENCE, stream.get_info()).await {
        Ok(Ok(info)) => info.cluster.is_none_or(|cluster| cluster.leader.is_some()),
        Ok(Err(_)) | Err(_) => false,
    }
}
