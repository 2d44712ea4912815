//! Link to the stream: NATS JetStream, on a thread of its own.

mod durability;
mod first;
mod objects;
mod probe;
mod publisher;
mod reader;
mod reconnect;
mod stream;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::jetstream::{self, Context, stream::Stream};
use async_nats::{Client, ConnectOptions, Event, ServerAddr};
use bytes::Bytes;
use parlour_core::Time;
use percent_encoding::percent_decode_str;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::MissedTickBehavior;

pub use objects::{Bucket, ObjectError, ObjectInfo};
pub use probe::{StreamCopy, StreamState};

/// Time for a connection, after which the next server is tried.
const CONNECT: Duration = Duration::from_secs(2);
/// Time between two pings of the server, the third of which counts as lost with the two before it: a host that is gone
/// is left before the other nodes give this one up.
const PING: Duration = Duration::from_millis(250);
/// Time for an answer of JetStream.
pub(crate) const ANSWER: Duration = Duration::from_secs(5);
/// Time between two signs of life.
const TICK: Duration = Duration::from_millis(250);
/// Events that wait for the node; beyond them, the stream is read no further.
const WAITING: usize = 128;

/// Bytes of a message that NATS servers have to take: more than any single change has.
const LEAST_PAYLOAD: usize = 512 * 1024;
/// Bytes of a message beside what is published: headers and the like.
const BESIDES: usize = 4 * 1024;

/// Settings of a link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkSettings {
    /// Addresses of NATS servers.
    pub servers: Vec<String>,
    /// Name of the cluster: several may use the same NATS servers.
    pub cluster: String,
    /// Name of this node.
    pub node: String,
    /// Copies of the stream among the NATS servers.
    pub replicas: usize,
    /// Credentials file (JWT and key) of NATS.
    pub credentials: Option<PathBuf>,
    /// Certificates of the authority that signed those of the NATS servers.
    pub authority: Option<PathBuf>,
    /// Certificate and key of this node.
    pub certificate: Option<(PathBuf, PathBuf)>,
}

/// Event of a link.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkEvent {
    /// Message of the stream.
    Message {
        /// Sequence number.
        sequence: u64,
        /// Time that the stream gave it.
        time: Time,
        /// Message as it was published.
        bytes: Bytes,
    },
    /// Sign of life of a node.
    Alive(Bytes),
    /// The stream cannot be reached any more (true), or again.
    CutOff(bool),
    /// The stream cannot be followed any more: the reason.
    Broken(String),
    /// Time to give a sign of life, and to look at those of others.
    Tick,
}

/// Failure of a link.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The runtime cannot start.
    #[error("the cluster's thread cannot start: {0}")]
    Runtime(std::io::Error),
    /// A file of the settings cannot be read.
    #[error("{path} cannot be read: {source}")]
    File {
        /// File.
        path: PathBuf,
        /// Error of the system.
        source: std::io::Error,
    },
    /// No server answers.
    #[error("no NATS server of {servers} answers: {source}")]
    Connect {
        /// Addresses.
        servers: String,
        /// Reason.
        source: async_nats::ConnectError,
    },
    /// JetStream refuses, or is not on.
    #[error(
        "{what}: {source}; is JetStream enabled on the NATS servers, and are there as many of them as replicas in [cluster] says?"
    )]
    JetStream {
        /// Step that failed.
        what: &'static str,
        /// Reason.
        source: async_nats::Error,
    },
    /// The stream is not there, and must not be created.
    #[error("there is no stream {0}")]
    Missing(String),
    /// A NATS server acknowledges what it has not synced.
    #[error(
        "the NATS server {0} acknowledges messages before they are on disk: set sync_interval: always in its jetstream block"
    )]
    Unsynced(String),
    /// The NATS servers take no messages as large as those of a cluster.
    #[error(
        "the NATS servers take messages of {found} bytes at the most; a cluster needs max_payload to be {wanted} or more"
    )]
    TooSmall {
        /// Bytes that they take.
        found: usize,
        /// Bytes that are needed.
        wanted: usize,
    },
    /// The stream has settings under which messages could be lost.
    #[error("the stream {stream} has {what}; correct it, or use another name for the cluster")]
    Unsafe {
        /// Name of the stream.
        stream: String,
        /// Setting.
        what: String,
    },
}

/// Link to the stream.
pub struct Link {
    runtime: Handle,
    /// Ends the runtime, on a thread of its own: whoever lets go of the link last may not wait.
    _runtime: oneshot::Sender<()>,
    client: Client,
    context: Context,
    stream: Stream,
    objects: objects::Buckets,
    names: Names,
    /// True while a server is connected.
    connected: watch::Receiver<bool>,
    publisher: publisher::Publisher,
    /// State of the stream.
    state: watch::Sender<StreamState>,
}

/// Names of the cluster at NATS.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// Stream.
    pub stream: String,
    /// Subject of its messages.
    pub subject: String,
    /// Subject of signs of life.
    pub alive: String,
    /// Bucket of snapshots.
    pub snapshots: String,
    /// Bucket of uploaded files.
    pub files: String,
}

impl Names {
    /// Returns the names of a cluster.
    fn of(cluster: &str) -> Names {
        Names {
            stream: format!("PARLOUR_{cluster}"),
            subject: format!("parlour.{cluster}.journal"),
            alive: format!("parlour.{cluster}.alive"),
            snapshots: format!("parlour_{cluster}"),
            files: format!("parlour_{cluster}_files"),
        }
    }
}

impl Link {
    /// Connects to the NATS servers. Creates the stream if it is not there and `may_create` is set.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub fn connect(settings: &LinkSettings, may_create: bool) -> Result<Link, LinkError> {
        let (end, runtime) = start_runtime().map_err(LinkError::Runtime)?;
        let (connected, is_connected) = watch::channel(true);
        let names = Names::of(&settings.cluster);
        let options = options(settings, connected)?;
        let (client, context, stream, objects) = runtime.block_on(async {
            let client = options
                .connect(settings.servers.clone())
                .await
                .map_err(|source| LinkError::Connect {
                    servers: shown(&settings.servers),
                    source,
                })?;
            let found = client.server_info().max_payload;
            if found < LEAST_PAYLOAD {
                let wanted = LEAST_PAYLOAD;
                return Err(LinkError::TooSmall { found, wanted });
            }
            durability::check(&client).await?;
            let mut context = jetstream::new(client.clone());
            context.set_timeout(ANSWER);
            let stream = stream::open(&context, &names, settings.replicas, may_create).await?;
            let objects = objects::Buckets::open(&context, &names, settings.replicas).await?;
            Ok::<_, LinkError>((client, context, stream, objects))
        })?;
        let publisher = publisher::Publisher::start(&runtime, context.clone(), &names);
        Ok(Link {
            runtime,
            _runtime: end,
            client,
            context,
            stream,
            objects,
            names,
            connected: is_connected,
            publisher,
            state: watch::Sender::default(),
        })
    }

    /// Returns whether a NATS server is connected.
    pub fn is_connected(&self) -> bool {
        *self.connected.borrow()
    }

    /// Returns the bytes that a message may have.
    pub fn message_bytes(&self) -> usize {
        self.client
            .server_info()
            .max_payload
            .saturating_sub(BESIDES)
    }

    /// Returns the origin of the stream, by which one knows what belongs to it and not to another one of its name.
    pub fn origin(&self) -> String {
        stream::origin(self.stream.cached_info())
    }

    /// Returns the sequence numbers of the first and of the last message that the stream has; 0 if it never
    /// had one.
    ///
    /// # Errors
    /// The stream does not answer.
    pub fn reach(&self) -> Result<(u64, u64), LinkError> {
        let info = self.runtime.block_on(self.stream.get_info());
        let state = info
            .map_err(|source| failed("the stream does not answer", source))?
            .state;
        Ok((state.first_sequence, state.last_sequence))
    }

    /// Follows the stream from a sequence number on.
    pub fn follow(&self, from: u64) -> mpsc::Receiver<LinkEvent> {
        let (events, receiver) = mpsc::channel(WAITING);
        let stream = self.stream.clone();
        let known = (self.state.subscribe(), self.connected.clone());
        let reader = reader::Reader::new(stream, from, events.clone(), known);
        self.runtime.spawn(reader.run());
        let alive = reader::listen(
            self.client.clone(),
            self.names.alive.clone(),
            events.clone(),
        );
        self.runtime.spawn(alive);
        self.runtime.spawn(tick(events.clone()));
        let probe = probe::Probe {
            stream: self.stream.clone(),
            connected: self.connected.clone(),
            pending: self.publisher.pending(),
            state: self.state.clone(),
        };
        self.runtime.spawn(probe.run(events));
        receiver
    }

    /// Returns the sequence number of the stream's last message, as it was told last.
    pub fn last_sequence(&self) -> u64 {
        self.state.borrow().last_sequence
    }

    /// Returns the state of the stream, as it was told last.
    pub fn stream_state(&self) -> StreamState {
        self.state.borrow().clone()
    }

    /// Publishes a message, again and again until the stream has it. The same `id` is stored once. Messages
    /// are published one after the other.
    pub fn publish(&self, id: String, bytes: Vec<u8>) {
        self.publisher.publish(id, bytes.into());
    }

    /// Waits until all is published, for a second at the most.
    pub fn finish(&self) {
        self.publisher.finish(&self.runtime);
    }

    /// Gives a sign of life, if a server is connected: one that comes later is none.
    pub fn alive(&self, bytes: Vec<u8>) {
        if !self.is_connected() {
            return;
        }
        let (client, subject) = (self.client.clone(), self.names.alive.clone());
        self.runtime.spawn(async move {
            // The next one follows.
            let _ = client.publish(subject, bytes.into()).await;
        });
    }

    /// Deletes the messages of the stream before a sequence number, which a snapshot holds.
    ///
    /// # Errors
    /// The stream does not answer.
    pub fn trim(&self, before: u64) -> Result<(), LinkError> {
        let purge = self.stream.purge().sequence(before);
        let purged = self.runtime.block_on(async { purge.await });
        purged
            .map(|_| ())
            .map_err(|source| failed("the stream cannot be trimmed", source))
    }
}

/// Starts the runtime of a link, on a thread of its own. Returns what ends it, and a handle of it.
fn start_runtime() -> std::io::Result<(oneshot::Sender<()>, Handle)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (end, is_over) = oneshot::channel();
    let handle = runtime.handle().clone();
    std::thread::Builder::new()
        .name("cluster".into())
        .spawn(move || {
            // Until the link is dropped.
            let _: Result<(), _> = runtime.block_on(is_over);
        })?;
    Ok((end, handle))
}

/// Ticks until the node is gone.
async fn tick(events: mpsc::Sender<LinkEvent>) {
    let mut interval = tokio::time::interval(TICK);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        if events.send(LinkEvent::Tick).await.is_err() {
            return;
        }
    }
}

/// Returns addresses without the passwords in them.
fn shown(servers: &[String]) -> String {
    let shown = servers.iter().map(|server| match server.rsplit_once('@') {
        Some((_, host)) => host,
        None => server,
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// Returns the options of the connection.
fn options(
    settings: &LinkSettings,
    connected: watch::Sender<bool>,
) -> Result<ConnectOptions, LinkError> {
    let connected = Arc::new(connected);
    let chooser = reconnect::Chooser::default();
    // What was told last of a connection that fails.
    let told = Arc::new(Mutex::new(String::new()));
    let mut options = ConnectOptions::new()
        .name(format!("parlour {}", settings.node))
        .connection_timeout(CONNECT)
        .ping_interval(PING)
        .reconnect_to_server_callback(move |known, _| {
            let chosen = chooser.choose(&known);
            async { chosen }
        })
        .reconnect_delay_callback(|tries| Duration::from_millis(50 * tries.min(10) as u64))
        .event_callback(move |event| {
            let (connected, told) = (connected.clone(), told.clone());
            async move {
                match event {
                    Event::Connected => {
                        tracing::info!("a NATS server is connected");
                        note(&told, &event);
                        let _ = connected.send(true);
                    }
                    Event::Disconnected | Event::Closed => {
                        tracing::warn!("the connection to the NATS server is lost");
                        let _ = connected.send(false);
                    }
                    other => note(&told, &other),
                }
            }
        });
    // The library reads none of them from the addresses.
    let addresses = settings.servers.iter();
    let addresses = addresses.filter_map(|server| server.parse::<ServerAddr>().ok());
    if let Some(address) = addresses.into_iter().find(ServerAddr::has_user_pass) {
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let user = decoded(address.username().unwrap_or_default());
        options = match address.password() {
            Some(password) => options.user_and_password(user, decoded(password)),
            None => options.token(user),
        };
    }
    if let Some(path) = &settings.credentials {
        let read = std::fs::read_to_string(path).and_then(|text| options.credentials(&text));
        options = read.map_err(|source| LinkError::File {
            path: path.clone(),
            source,
        })?;
    }
    if let Some(path) = &settings.authority {
        options = options
            .add_root_certificates(path.clone())
            .require_tls(true);
    }
    if let Some((certificate, key)) = &settings.certificate {
        options = options
            .add_client_certificate(certificate.clone(), key.clone())
            .require_tls(true);
    }
    Ok(options)
}

/// Logs what becomes of the connection, unless it is the same as before.
fn note(told: &Mutex<String>, event: &Event) {
    let text = event.to_string();
    // It is replaced as a whole: a panic leaves it intact.
    let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
    if *told != text {
        if let Event::ClientError(_) | Event::ServerError(_) = event {
            tracing::warn!("the connection to NATS: {text}");
        }
        *told = text;
    }
}

/// Returns the error of a step.
pub(crate) fn failed(what: &'static str, source: impl Into<async_nats::Error>) -> LinkError {
    LinkError::JetStream {
        what,
        source: source.into(),
    }
}
