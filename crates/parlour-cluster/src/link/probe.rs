//! Probe of the stream: whether this node is cut off from it, whether it is still the one that the node has
//! followed, and who leads it.

use std::time::{Duration, Instant};

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::stream::{InfoError, LastRawMessageErrorKind, Stream};
use tokio::sync::{mpsc, watch};

use super::LinkEvent;

/// Pause between two probes.
const PAUSE: Duration = Duration::from_millis(250);
/// Time for an answer, and for the acknowledgement of a message.
const PATIENCE: Duration = Duration::from_millis(600);
/// Probes between two looks at the last message.
const LOOK_EVERY: u32 = 20;
/// Probes in a row after which the stream counts as another one: servers that have just been started, or have just begun
/// to lead, may not have all of it at once.
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

/// Last message that the node has read: its sequence number, and the stream's time in nanoseconds.
pub(super) type LastRead = Option<(u64, i128)>;

/// Outcome of a probe.
enum Outcome {
    /// The stream is there.
    There,
    /// It does not answer, or has no leader.
    Away,
    /// It is another one than the node has followed: the reason.
    Another(String),
}

/// Probe of a node.
pub(super) struct Probe {
    pub stream: Stream,
    /// True while a server is connected.
    pub connected: watch::Receiver<bool>,
    /// Time since when a message waits for its acknowledgement.
    pub pending: watch::Receiver<Option<Instant>>,
    pub last_read: watch::Receiver<LastRead>,
    pub state: watch::Sender<StreamState>,
}

impl Probe {
    /// Reports each change, until the node is gone or the stream is another one.
    pub async fn run(self, events: mpsc::Sender<LinkEvent>) {
        let (mut is_cut_off, mut round, mut others) = (false, 0_u32, 0_u32);
        loop {
            // Before this node goes on, and now and then.
            let looks = is_cut_off || round.is_multiple_of(LOOK_EVERY);
            round = round.wrapping_add(1);
            let (reaches, another) = match self.probe(looks).await {
                Outcome::There => (true, None),
                Outcome::Away => (false, None),
                Outcome::Another(why) => (false, Some(why)),
            };
            match another {
                Some(why) if others >= SURE => {
                    let _ = events.send(LinkEvent::Broken(why)).await;
                    return;
                }
                Some(_) => others += 1,
                None => others = 0,
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

    async fn probe(&self, looks: bool) -> Outcome {
        if !*self.connected.borrow() {
            return Outcome::Away;
        }
        let pending = *self.pending.borrow();
        let is_late = pending.is_some_and(|since| since.elapsed() > PATIENCE);
        let asked = tokio::time::timeout(PATIENCE, self.ask(looks || is_late)).await;
        match asked.unwrap_or(Outcome::Away) {
            // It answers, and keeps nothing.
            Outcome::There if is_late => Outcome::Away,
            other => other,
        }
    }

    /// Asks the stream for its state, which is noted, and if `looks` for the last message that was read.
    async fn ask(&self, looks: bool) -> Outcome {
        let info = match self.stream.get_info().await {
            Ok(info) => info,
            Err(error) if is_gone(&error) => {
                return Outcome::Another("the stream was deleted".into());
            }
            Err(_) => return Outcome::Away,
        };
        let (first, last) = (info.state.first_sequence, info.state.last_sequence);
        let cluster = info.cluster.unwrap_or_default();
        let copies = cluster.replicas.into_iter().map(|copy| StreamCopy {
            server: copy.name,
            is_current: copy.current && !copy.offline,
        });
        // A server on its own leads, and says nothing of it.
        let leads = cluster.leader.is_some() || cluster.name.is_none();
        self.state.send_replace(StreamState {
            last_sequence: last,
            leader: cluster.leader,
            copies: copies.collect(),
        });
        match leads {
            true if looks => self.look(first).await,
            true => Outcome::There,
            false => Outcome::Away,
        }
    }

    /// Looks whether the stream has the last message that was read; `first` is the first that it has.
    async fn look(&self, first: u64) -> Outcome {
        let last_read = *self.last_read.borrow();
        let Some((sequence, time)) = last_read.filter(|(sequence, _)| *sequence >= first) else {
            return Outcome::There;
        };
        let put_back = || {
            Outcome::Another(format!(
                "the stream does not have message {sequence} any more, which this node has taken: it was put back to an earlier state"
            ))
        };
        match self.stream.get_raw_message(sequence).await {
            Ok(message) if message.time.unix_timestamp_nanos() == time => Outcome::There,
            Ok(_) => put_back(),
            Err(error) => match error.kind() {
                LastRawMessageErrorKind::NoMessageFound => put_back(),
                LastRawMessageErrorKind::InvalidSubject
                | LastRawMessageErrorKind::JetStream(_)
                | LastRawMessageErrorKind::Other => Outcome::Away,
            },
        }
    }
}

/// Returns whether JetStream says that there is no such stream.
fn is_gone(error: &InfoError) -> bool {
    let source = std::error::Error::source(error);
    let said = source.and_then(|source| source.downcast_ref::<async_nats::jetstream::Error>());
    said.is_some_and(|said| said.error_code() == ErrorCode::STREAM_NOT_FOUND)
}
