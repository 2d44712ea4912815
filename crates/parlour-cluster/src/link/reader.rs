//! Reader of the stream: each message once, in order, from a sequence number on, and of the one stream that the node has
//! followed so far.

use std::time::{Duration, Instant};

use async_nats::Client;
use async_nats::jetstream::consumer::{DeliverPolicy, pull::OrderedConfig};
use async_nats::jetstream::stream::{LastRawMessageErrorKind, Stream};
use futures_util::StreamExt;
use parlour_core::Time;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::LinkEvent;
use super::probe::StreamState;

/// Time for which the stream may lack what the node has read: a server that has just begun to lead may not have all
/// of it at once.
const SURE: Duration = Duration::from_secs(10);
/// Time without a message after which the stream is read anew, if it does not end with the one that was read last.
const STILL: Duration = Duration::from_secs(1);
/// Pause before the stream is read again after an error.
const AGAIN: Duration = Duration::from_millis(200);

/// Reader of a node.
pub(super) struct Reader {
    stream: Stream,
    /// Sequence number of the message that comes next.
    next: u64,
    /// Time of the message before that, in nanoseconds; none if the node had it from elsewhere.
    last: Option<i128>,
    events: mpsc::Sender<LinkEvent>,
    /// State of the stream, as it was told last.
    told: watch::Receiver<StreamState>,
    /// True while a server is connected.
    connected: watch::Receiver<bool>,
}

/// End of reading.
enum End {
    /// End for good: the node is gone, or was told that it cannot go on.
    Over,
    /// The stream lacks what the node has read: the reason.
    PutBack(String),
}

impl Reader {
    /// Creates one that begins with the message `next`.
    pub fn new(
        stream: Stream,
        next: u64,
        events: mpsc::Sender<LinkEvent>,
        (told, connected): (watch::Receiver<StreamState>, watch::Receiver<bool>),
    ) -> Reader {
        Reader {
            stream,
            next,
            last: None,
            events,
            told,
            connected,
        }
    }

    /// Passes the messages on until the node is gone. After an error it begins where it was.
    pub async fn run(mut self) {
        let mut put_back_since = None;
        loop {
            match self.read().await {
                Ok(End::Over) => return,
                Ok(End::PutBack(why)) => {
                    let since = *put_back_since.get_or_insert_with(Instant::now);
                    if since.elapsed() >= SURE {
                        let _ = self.events.send(LinkEvent::Broken(why)).await;
                        return;
                    }
                }
                Err(error) => {
                    put_back_since = None;
                    tracing::debug!("cluster: the stream is read again: {error}");
                }
            }
            // JetStream tells nobody that it answers again, or has the rest of the stream: it is asked again.
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Reads from the next message on.
    async fn read(&mut self) -> Result<End, async_nats::Error> {
        self.connected.borrow_and_update();
        let state = self.stream.get_info().await?.state;
        let (first, last, next) = (state.first_sequence, state.last_sequence, self.next);
        let has = format!(
            "the stream has the messages {first} to {last}, and this node has to go on with {next}"
        );
        if first > next {
            let why = format!("{has}: it was trimmed while this node was away");
            let _ = self.events.send(LinkEvent::Broken(why)).await;
            return Ok(End::Over);
        }
        if last + 1 < next || first < next && !self.has_last().await? {
            let why = format!("{has}: it was deleted, or put back to an earlier state");
            return Ok(End::PutBack(why));
        }
        let from = DeliverPolicy::ByStartSequence {
            start_sequence: next,
        };
        let consumer = self.stream.create_consumer(OrderedConfig {
            deliver_policy: from,
            ..OrderedConfig::default()
        });
        let mut messages = consumer.await?.messages().await?;
        loop {
            let message = match timeout(STILL, messages.next()).await {
                Ok(message) => message.ok_or("it has ended")??,
                // It has more, or less than was read. A consumer that was lost with its server is noticed by the
                // library after half a minute only.
                Err(_) if self.told.borrow().last_sequence + 1 != self.next => {
                    return Err("it stands still".into());
                }
                Err(_) => continue,
            };
            // The library goes on by itself with whatever the servers have when they are back.
            if self.connected.has_changed()? {
                return Err("the servers were away".into());
            }
            let info = message.info()?;
            let sequence = info.stream_sequence;
            if sequence < self.next {
                continue;
            }
            let time = info.published.unix_timestamp_nanos();
            // An order that misses one says so itself.
            (self.next, self.last) = (sequence + 1, Some(time));
            let event = LinkEvent::Message {
                sequence,
                time: Time(u64::try_from(time / 1_000_000).unwrap_or_default()),
                bytes: message.payload.clone(),
            };
            if self.events.send(event).await.is_err() {
                return Ok(End::Over);
            }
        }
    }

    /// Returns whether the stream has the message that was read last.
    async fn has_last(&self) -> Result<bool, async_nats::Error> {
        let Some(time) = self.last else {
            return Ok(true);
        };
        match self.stream.get_raw_message(self.next - 1).await {
            Ok(message) => Ok(message.time.unix_timestamp_nanos() == time),
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// Passes the signs of life of all nodes on.
pub(super) async fn listen(client: Client, subject: String, events: mpsc::Sender<LinkEvent>) {
    loop {
        if let Ok(mut signs) = client.subscribe(subject.clone()).await {
            while let Some(sign) = signs.next().await {
                if events.send(LinkEvent::Alive(sign.payload)).await.is_err() {
                    return;
                }
            }
        }
        if events.is_closed() {
            return;
        }
        // Nothing tells when the servers answer again.
        tokio::time::sleep(AGAIN).await;
    }
}
