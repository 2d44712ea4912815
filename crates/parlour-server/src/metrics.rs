//! Metrics of the server: counters that its threads keep, read by `/metrics`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use parlour_store::{DataDir, Sizes};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::cluster::ClusterFigures;
use crate::gate::Gate;
use crate::mailbox::Mailbox;
use crate::messages::{CoreMsg, JournalMsg};

/// First bucket of a commit's duration in seconds, and the number of buckets, each twice the last.
const COMMIT_BUCKETS: (f64, u16) = (0.000_25, 16);
/// First bucket of a commit's size in records, and the number of buckets, each twice the last.
const SIZE_BUCKETS: (f64, u16) = (1.0, 14);

/// Integer gauge that several threads change.
type Level = Gauge<i64, AtomicI64>;
/// Counter that several threads raise.
type Count = Counter<u64, AtomicU64>;

/// Sizes of what is in the data directory.
#[derive(Default)]
struct SizeLevels {
    journal: Level,
    database: Level,
    search: Level,
    uploads: Level,
}

impl SizeLevels {
    fn register(&self, registry: &mut Registry) {
        for (name, help, bytes) in [
            ("journal", "Size of the journal", &self.journal),
            ("store", "Size of the database", &self.database),
            ("search", "Size of the search index", &self.search),
            ("uploads", "Size of the uploaded files", &self.uploads),
        ] {
            registry.register_with_unit(name, help, Unit::Bytes, bytes.clone());
        }
    }

    fn set(&self, sizes: Sizes) {
        for (level, bytes) in [
            (&self.journal, sizes.journal),
            (&self.database, sizes.database),
            (&self.search, sizes.search),
            (&self.uploads, sizes.uploads),
        ] {
            level.set(i64::try_from(bytes).unwrap_or(i64::MAX));
        }
    }
}

/// Figures of one of several nodes.
#[derive(Default)]
struct ClusterLevels {
    nodes: Level,
    sequence: Level,
    lag: Level,
    waiting: Level,
    cut_off: Level,
    version: Level,
}

impl ClusterLevels {
    /// Creates them, and registers them.
    fn registered(registry: &mut Registry) -> ClusterLevels {
        let levels = ClusterLevels::default();
        for (name, help, level) in [
            ("cluster_nodes", "Live nodes of the cluster", &levels.nodes),
            (
                "cluster_sequence",
                "Last message of the stream that this node has taken",
                &levels.sequence,
            ),
            (
                "cluster_lag",
                "Messages of the stream that this node has not taken yet",
                &levels.lag,
            ),
            (
                "cluster_waiting",
                "Changes that have no place in the stream yet",
                &levels.waiting,
            ),
            (
                "cluster_version",
                "Version of the encoding that all nodes write",
                &levels.version,
            ),
            (
                "cluster_cut_off",
                "1 while this node is cut off from the stream or not a member",
                &levels.cut_off,
            ),
        ] {
            registry.register(name, help, level.clone());
        }
        levels
    }
}

/// Metrics of the server.
pub(crate) struct Metrics {
    registry: Registry,
    connections: Level,
    /// Sessions that are registered.
    pub sessions: Level,
    /// Users.
    pub users: Level,
    /// Channels.
    pub channels: Level,
    /// Messages that were delivered, once each.
    pub messages: Count,
    /// Time that commits took.
    pub commit_seconds: Histogram,
    /// Records of each commit.
    pub commit_records: Histogram,
    core_queue: Level,
    writer_queue: Level,
    tail: Level,
    /// Readers that were let go since they did not read.
    pub slow_readers: Count,
    /// Logins that were refused.
    pub logins_refused: Count,
    /// Messages that the search index has not taken in.
    pub index_lag: Level,
    sizes: SizeLevels,
    is_unwritable: AtomicBool,
    is_cut_off: AtomicBool,
    is_draining: AtomicBool,
    /// None for a server on its own.
    cluster: Option<ClusterLevels>,
    gate: Arc<Gate>,
    core: Arc<Mailbox<CoreMsg>>,
    journal: Arc<Mailbox<JournalMsg>>,
}

impl Metrics {
    /// Creates the metrics; connections and queues are looked up when they are read.
    pub fn new(
        gate: Arc<Gate>,
        (core, journal): (Arc<Mailbox<CoreMsg>>, Arc<Mailbox<JournalMsg>>),
        in_cluster: bool,
    ) -> Metrics {
        let mut registry = Registry::with_prefix("parlour");
        let seconds = exponential_buckets(COMMIT_BUCKETS.0, 2.0, COMMIT_BUCKETS.1);
        let records = exponential_buckets(SIZE_BUCKETS.0, 2.0, SIZE_BUCKETS.1);
        let (commit_seconds, commit_records) = (Histogram::new(seconds), Histogram::new(records));
        let metrics = Metrics {
            connections: Level::default(),
            sessions: Level::default(),
            users: Level::default(),
            channels: Level::default(),
            messages: Count::default(),
            commit_seconds,
            commit_records,
            core_queue: Level::default(),
            writer_queue: Level::default(),
            tail: Level::default(),
            slow_readers: Count::default(),
            logins_refused: Count::default(),
            index_lag: Level::default(),
            sizes: SizeLevels::default(),
            is_unwritable: AtomicBool::new(false),
            is_cut_off: AtomicBool::new(false),
            is_draining: AtomicBool::new(false),
            cluster: in_cluster.then(|| ClusterLevels::registered(&mut registry)),
            registry: Registry::default(),
            gate,
            core,
            journal,
        };
        let levels = [
            ("connections", "Open connections", &metrics.connections),
            ("sessions", "Registered sessions", &metrics.sessions),
            ("users", "Users, always-on ones included", &metrics.users),
            ("channels", "Channels", &metrics.channels),
            (
                "core_queue",
                "Messages that wait for the core",
                &metrics.core_queue,
            ),
            (
                "writer_queue",
                "Commits that wait for the store",
                &metrics.writer_queue,
            ),
            (
                "journal_tail_bytes",
                "Bytes of the journal that the database lacks",
                &metrics.tail,
            ),
            (
                "index_lag",
                "Messages that are not searchable yet",
                &metrics.index_lag,
            ),
        ];
        for (name, help, level) in levels {
            registry.register(name, help, level.clone());
        }
        metrics.sizes.register(&mut registry);
        let counts = [
            ("messages", "Messages kept and delivered", &metrics.messages),
            (
                "slow_readers",
                "Readers let go because they did not read",
                &metrics.slow_readers,
            ),
            ("logins_refused", "Logins refused", &metrics.logins_refused),
        ];
        for (name, help, count) in counts {
            registry.register(name, help, count.clone());
        }
        let seconds = metrics.commit_seconds.clone();
        registry.register_with_unit("commit", "Duration of a commit", Unit::Seconds, seconds);
        let records = metrics.commit_records.clone();
        registry.register("commit_records", "Records of a commit", records);
        Metrics {
            registry,
            ..metrics
        }
    }

    /// Notes whether the store can be written.
    pub fn set_writable(&self, is_writable: bool) {
        self.is_unwritable.store(!is_writable, Ordering::Relaxed);
    }

    /// Notes whether the node is cut off from the cluster.
    pub fn set_cut_off(&self, is_cut_off: bool) {
        self.is_cut_off.store(is_cut_off, Ordering::Relaxed);
        if let Some(cluster) = &self.cluster {
            cluster.cut_off.set(i64::from(is_cut_off));
        }
    }

    /// Notes the figures of the cluster.
    pub fn set_cluster(&self, figures: ClusterFigures) {
        let Some(cluster) = &self.cluster else { return };
        for (level, value) in [
            (&cluster.nodes, figures.nodes),
            (&cluster.sequence, figures.sequence),
            (&cluster.lag, figures.lag),
            (&cluster.waiting, figures.waiting),
            (&cluster.version, u64::from(figures.version)),
        ] {
            level.set(i64::try_from(value).unwrap_or(i64::MAX));
        }
    }

    /// Returns whether this node is cut off from the others.
    pub fn is_cut_off(&self) -> bool {
        self.is_cut_off.load(Ordering::Relaxed)
    }

    /// Notes that the server is about to be taken out of service.
    pub fn set_draining(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    /// Returns whether new clients may come: the store can be written, the cluster is there, and the server is
    /// not about to be taken out of service.
    pub fn is_ready(&self) -> bool {
        let reasons = [&self.is_unwritable, &self.is_cut_off, &self.is_draining];
        !reasons.iter().any(|reason| reason.load(Ordering::Relaxed))
    }

    /// Returns all of them in OpenMetrics' text format.
    pub fn encode(&self, data: &DataDir) -> String {
        self.connections.set(self.gate.open() as i64);
        self.core_queue.set(self.core.len() as i64);
        self.writer_queue.set(self.journal.len() as i64);
        self.tail.set(data.tail().bytes() as i64);
        self.sizes.set(data.sizes());
        let mut text = String::new();
        if let Err(error) = encode(&mut text, &self.registry) {
            tracing::error!("the metrics cannot be written: {error}");
        }
        text
    }
}
