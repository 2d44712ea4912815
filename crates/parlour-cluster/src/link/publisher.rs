//! Publisher: one message after the other, each until the stream has it.

use std::time::{Duration, Instant};

use async_nats::HeaderMap;
use async_nats::jetstream::Context;
use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};

use super::Names;

/// Time for an acknowledgement, after which the message is published again.
const PATIENCE: Duration = Duration::from_secs(2);
/// Pause before a message that was refused is published again.
const AGAIN: Duration = Duration::from_millis(100);

/// Message on its way, or a sign that all before it are published.
enum Outgoing {
    Message { id: String, bytes: Bytes },
    Finish(oneshot::Sender<()>),
}

/// Time to finish in.
const FINISH: Duration = Duration::from_secs(1);

/// Publisher of a node.
pub(super) struct Publisher {
    outgoing: mpsc::UnboundedSender<Outgoing>,
    pending: watch::Receiver<Option<Instant>>,
}

impl Publisher {
    /// Starts it.
    pub fn start(runtime: &Handle, context: Context, names: &Names) -> Publisher {
        let (outgoing, inbox) = mpsc::unbounded_channel();
        let (pending, is_pending) = watch::channel(None);
        runtime.spawn(run(context, names.clone(), inbox, pending));
        Publisher {
            outgoing,
            pending: is_pending,
        }
    }

    /// Publishes a message after those before it.
    pub fn publish(&self, id: String, bytes: Bytes) {
        // The task runs as long as the runtime.
        let _ = self.outgoing.send(Outgoing::Message { id, bytes });
    }

    /// Waits until all is published.
    pub fn finish(&self, runtime: &Handle) {
        let (done, is_done) = oneshot::channel();
        if self.outgoing.send(Outgoing::Finish(done)).is_ok() {
            // Best effort: the other nodes notice as well.
            let _ = runtime.block_on(async { tokio::time::timeout(FINISH, is_done).await });
        }
    }

    /// Returns since when a message waits for its acknowledgement.
    pub fn pending(&self) -> watch::Receiver<Option<Instant>> {
        self.pending.clone()
    }
}

async fn run(
    context: Context,
    names: Names,
    mut inbox: mpsc::UnboundedReceiver<Outgoing>,
    pending: watch::Sender<Option<Instant>>,
) {
    while let Some(outgoing) = inbox.recv().await {
        let (id, bytes) = match outgoing {
            Outgoing::Message { id, bytes } => (id, bytes),
            Outgoing::Finish(done) => {
                let _ = done.send(());
                continue;
            }
        };
        pending.send_replace(Some(Instant::now()));
        let mut is_told = false;
        loop {
            let published = tokio::time::timeout(PATIENCE, publish(&context, &names, &id, &bytes));
            match published.await {
                Ok(Ok(())) => break,
                Ok(Err(error)) => {
                    tracing::debug!("cluster: {id} is published again: {error}");
                    // Such as of a disk or a stream that is full: nothing else tells the reason.
                    if is_refusal(&error) && !std::mem::replace(&mut is_told, true) {
                        tracing::warn!("the NATS servers do not take a message: {error}");
                    }
                }
                Err(_) => tracing::debug!("cluster: {id} is published again: no answer"),
            }
            // Nothing tells when the servers answer again.
            tokio::time::sleep(AGAIN).await;
        }
        pending.send_replace(None);
    }
}

async fn publish(
    context: &Context,
    names: &Names,
    id: &str,
    bytes: &Bytes,
) -> Result<(), PublishError> {
    let mut headers = HeaderMap::new();
    headers.insert("Nats-Msg-Id", id);
    headers.insert("Nats-Expected-Stream", names.stream.as_str());
    let acknowledgement = context
        .publish_with_headers(names.subject.clone(), headers, bytes.clone())
        .await?;
    acknowledgement.await?;
    Ok(())
}

/// Returns whether JetStream has answered, rather than been away.
fn is_refusal(error: &PublishError) -> bool {
    match error.kind() {
        PublishErrorKind::TimedOut
        | PublishErrorKind::BrokenPipe
        // No server answers for the stream: it has no leader.
        | PublishErrorKind::StreamNotFound => false,
        PublishErrorKind::WrongLastMessageId
        | PublishErrorKind::WrongLastSequence
        | PublishErrorKind::MaxAckPending
        | PublishErrorKind::MaxPayloadExceeded
        | PublishErrorKind::Other => true,
    }
}
