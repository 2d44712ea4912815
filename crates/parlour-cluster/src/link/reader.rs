//! Reader of the stream: each message once, in order, from a sequence number on.

use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream::consumer::{DeliverPolicy, pull::OrderedConfig};
use async_nats::jetstream::stream::Stream;
use futures_util::StreamExt;
use parlour_core::Time;
use tokio::sync::{mpsc, watch};

use super::LinkEvent;
use super::probe::LastRead;

/// Pause before the stream is read again after an error.
const AGAIN: Duration = Duration::from_millis(200);

/// Passes the messages on until the node is gone. After an error it begins where it was.
pub(super) async fn follow(
    stream: Stream,
    from: u64,
    outlets: (mpsc::Sender<LinkEvent>, watch::Sender<LastRead>),
) {
    let mut next = from;
    loop {
        match read(&stream, &mut next, &outlets).await {
            Ok(()) => return,
            Err(error) => tracing::debug!("cluster: the stream is read again: {error}"),
        }
        // Nothing tells when the servers answer again.
        tokio::time::sleep(AGAIN).await;
    }
}

/// Reads from `next` on, and counts it up. Returns when nobody takes the messages any more.
async fn read(
    stream: &Stream,
    next: &mut u64,
    (events, last_read): &(mpsc::Sender<LinkEvent>, watch::Sender<LastRead>),
) -> Result<(), async_nats::Error> {
    let state = stream.get_info().await?.state;
    let (first, last) = (state.first_sequence, state.last_sequence);
    if first > *next || last + 1 < *next {
        let why = format!(
            "the stream has the messages {first} to {last}, and this node has to go on with {next}: it was deleted, put back or trimmed"
        );
        let _ = events.send(LinkEvent::Broken(why)).await;
        return Ok(());
    }
    let consumer = stream
        .create_consumer(OrderedConfig {
            deliver_policy: DeliverPolicy::ByStartSequence {
                start_sequence: *next,
            },
            ..OrderedConfig::default()
        })
        .await?;
    let mut messages = consumer.messages().await?;
    while let Some(message) = messages.next().await {
        let message = message?;
        let info = message.info()?;
        let sequence = info.stream_sequence;
        if sequence < *next {
            continue;
        }
        // An order that misses one says so itself.
        *next = sequence + 1;
        let time = info.published.unix_timestamp_nanos();
        last_read.send_replace(Some((sequence, time)));
        let time = time / 1_000_000;
        let event = LinkEvent::Message {
            sequence,
            time: Time(u64::try_from(time).unwrap_or_default()),
            bytes: message.payload.clone(),
        };
        if events.send(event).await.is_err() {
            return Ok(());
        }
    }
    Err("it has ended".into())
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
