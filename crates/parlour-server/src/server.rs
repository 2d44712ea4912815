//! Startup of all parts, and their ordered shutdown.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};

use mio::{Poll, Waker};
use parlour_core::commit_gate::CommitGate;
use parlour_core::{Core, NodeId, Restored};
use parlour_store::{DataDir, Reader, Writer};

use parlour_web::Backend;

use crate::admin::Admin;
use crate::bridge::READY_MAX;
use crate::clock;
use crate::cluster::{Joining, Rest};
use crate::config::address::ListenAddress;
use crate::config::sections::ListenSection;
use crate::config_reloader::{self, ConfigReloader, Effective};
use crate::core_thread::{self, CoreThread, Outlets};
use crate::gate::Gate;
use crate::indexer;
use crate::journal_thread;
use crate::mailbox::Mailbox;
use crate::mailer;
use crate::messages::{
    CoreMsg, IndexerMsg, JournalMsg, MailMsg, PasswordMsg, ReaderMsg, ReloadMsg, SearchMsg,
    ShardMsg, ShardSettings, WriterMsg,
};
use crate::metrics::Metrics;
use crate::password_worker::{self, PasswordWorker};
use crate::placed_by::PlacedBy;
use crate::services::Services;
use crate::shard::{DELIVERIES, Links, Shard, WAKE};
use crate::store_parts::{self, StoreParts};
use crate::store_threads;
use crate::web_parts::WebParts;
use crate::worker::{Inbox, Workers, spawn};
use crate::{Config, ServerError, banner};

/// Limit of the shards: session ids have eight bits for the shard's number.
const MAX_SHARDS: usize = 255;

/// Parameters of a server's start.
#[derive(Clone, Debug, Default)]
pub struct Launch {
    /// Configuration file, if there is one.
    pub file: Option<PathBuf>,
    /// Listening addresses; they replace those of the file.
    pub listen: Vec<ListenAddress>,
    /// Addresses of NATS servers; they replace those of the file.
    pub cluster: Vec<String>,
    /// Name of this node; it replaces that of the file.
    pub node: Option<String>,
    /// Data directory.
    pub data: PathBuf,
}

impl Launch {
    /// Reads the configuration as it is now.
    ///
    /// # Errors
    /// The file cannot be read, or has faults.
    pub fn read(&self) -> Result<Config, ServerError> {
        let mut config = match &self.file {
            Some(path) => {
                check_is_file(path)?;
                Config::read(path)?
            }
            None => Config::default(),
        };
        if !self.listen.is_empty() {
            let listen = self.listen.iter().map(|address| ListenSection {
                address: address.clone(),
                ..ListenSection::default()
            });
            config.listen = listen.collect();
        }
        if !self.cluster.is_empty() {
            config.cluster.urls.clone_from(&self.cluster);
        }
        if let Some(node) = &self.node {
            config.cluster.node.clone_from(node);
        }
        config.check_cluster()?;
        Ok(config)
    }
}

/// Checks that a configuration can be read more than once: at the start, and by REHASH. A pipe is empty then.
fn check_is_file(path: &Path) -> Result<(), ServerError> {
    match std::fs::metadata(path) {
        Ok(about) if !about.is_file() => Err(ServerError::Config(format!(
            "the configuration {} is no file, and is read again later: write it to one",
            path.display()
        ))),
        // Reading tells the reason.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Running server.
pub struct Server {
    addresses: Vec<ListenAddress>,
    fingerprint: String,
    data: PathBuf,
    core: Arc<Mailbox<CoreMsg>>,
    reloader: Arc<Mailbox<ReloadMsg>>,
    /// Journal's thread; it ends with whether everything was committed.
    journal_thread: JoinHandle<bool>,
    workers: Workers,
    shards: Vec<JoinHandle<std::io::Result<()>>>,
    /// Reason for which it has stopped by itself.
    failure: Arc<OnceLock<String>>,
    _admin: Option<Admin>,
    /// Lock on the data directory, held until everything has stopped.
    _data: Arc<DataDir>,
}

/// Handle that controls a running server.
#[derive(Clone)]
pub struct Handle {
    core: Arc<Mailbox<CoreMsg>>,
    reloader: Arc<Mailbox<ReloadMsg>>,
}

impl Handle {
    /// Stops the server: all clients get `words` as the reason, and everything is committed.
    pub fn stop(&self, words: &str) {
        self.core.post_anyway(CoreMsg::Stop(words.to_owned()));
    }

    /// Reloads the configuration; the outcome is logged.
    pub fn rehash(&self) {
        self.reloader.post_anyway(ReloadMsg::Rehash(None));
    }
}

impl Server {
    /// Opens the store, listens, and starts the threads.
    ///
    /// # Errors
    /// [`ServerError`] says why it cannot run; nothing runs then.
    pub fn start(launch: Launch) -> Result<Server, ServerError> {
        let config = launch.read()?;
        let data = launch.data.clone();
        let data_dir = Arc::new(open_data(&data)?);
        // Before the store is opened: a new node takes over a copy of the database.
        let joining = Joining::begin(config.cluster_settings(), &data_dir)?;
        // First, since it creates and migrates what the reader and the index open.
        let is_copy = joining.as_ref().is_some_and(Joining::has_taken_over);
        let durability = config.history.durability.into();
        let (mut writer, journal) = store_parts::open(&data_dir, durability, is_copy)?;
        let mut reloader = ConfigReloader::new(launch);
        let mut in_force = reloader.enforce(&config)?;
        let restored = writer.restore(in_force.chat.casemapping)?;
        let cloak = in_force.doors.cloak.clone();
        let reader = Reader::open(&data_dir)?.cloaked(cloak.clone());
        let (index, searched) = store_parts::indexes(&data_dir, in_force.chat.casemapping, cloak);
        let passwords = PasswordWorker::open(&data)?;
        let addresses = reloader.addresses();
        // The limit is raised before the gate derives its own from it.
        let gate = Arc::new(Gate::new(raise_descriptor_limit()));

        let mailboxes = Mailboxes::new(usize::from(shard_count(&config)));
        let mut workers = Workers::default();
        let services = Services::start(&mut workers)?;
        let queues = (mailboxes.core.clone(), mailboxes.journal.clone());
        let (casemapping, queues) = (in_force.chat.casemapping, (&gate, queues));
        let files = joining.as_ref().map(Joining::files);
        let web = WebParts::start(&mut workers, &config, &data_dir, casemapping, queues, files)?;
        let for_shards = ForShards::of(&mailboxes, &services, &web);
        let settings = (&mut in_force, &mut reloader);
        let begun = Begun::of(joining, settings, restored, &mut writer, &data_dir)?;
        let (chat, placed_by) = (begun.core, begun.placed_by);
        let of_node = (&config, chat.node());
        let (shards, inboxes) = shards(of_node, &reloader, &in_force, &gate, &for_shards)?;
        let outlets = mailboxes.outlets(inboxes.clone(), services, &web);
        let failure = outlets.failure.clone();
        let Mailboxes {
            core,
            journal: to_journal,
            writer: to_writer,
            reader: to_reader,
            indexer: to_indexer,
            searcher: to_searcher,
            reloader: to_reloader,
            passwords: to_passwords,
            mailer: to_mailer,
        } = mailboxes;
        let parts = StoreParts {
            journal: (journal, to_journal),
            writer: (writer, config.retention(), to_writer),
            index: (index, to_indexer),
            searcher: (searched, to_searcher),
            reader: (reader, to_reader),
        };
        let metrics = web.backend.metrics.clone();
        let journal_thread = parts.start(&mut workers, &data_dir, &core, &metrics)?;
        let inbox = core.clone();
        workers.start("core", move || {
            CoreThread::new(chat, placed_by, begun.commit_gate, outlets).run(&inbox);
        })?;
        if let Some(rest) = begun.cluster {
            let mailboxes = (core.clone(), web.uploads.clone());
            rest.start(&mut workers, mailboxes, data_dir.clone())?;
        }
        mailer::start(config.mailer()?, to_mailer, core.clone())?;
        let to_core = core.clone();
        workers.start("passwords", move || passwords.run(&to_passwords, &to_core))?;
        let (to_core, inbox) = (core.clone(), to_reloader.clone());
        workers.start("config reloader", move || {
            reloader.run(&inbox, &to_core, &inboxes);
        })?;
        // Shards start last: all other threads are ready when the first connection is accepted.
        let shards = start_shards(shards)?;
        Ok(Server {
            addresses,
            fingerprint: in_force.fingerprint,
            data,
            core,
            reloader: to_reloader,
            journal_thread,
            workers,
            shards,
            failure,
            _admin: Admin::start(&data_dir, &web.backend),
            _data: data_dir,
        })
    }

    /// Returns the addresses that it listens on.
    pub fn addresses(&self) -> &[ListenAddress] {
        &self.addresses
    }

    /// Returns the banner for the administrator who started it.
    pub fn banner(&self) -> String {
        banner::banner(&self.addresses, &self.fingerprint, &self.data)
    }

    /// Returns a handle that controls it.
    pub fn handle(&self) -> Handle {
        Handle {
            core: self.core.clone(),
            reloader: self.reloader.clone(),
        }
    }

    /// Waits until the server has stopped.
    ///
    /// # Errors
    /// A thread failed, or the last messages could not be committed.
    pub fn wait(self) -> Result<(), ServerError> {
        // Joined first: if the journal gave up, the core still waits for a commit and never ends.
        let kept = self
            .journal_thread
            .join()
            .map_err(|_| ServerError::Panicked("the journal"))?;
        if !kept {
            return Err(ServerError::Unwritten);
        }
        self.workers.wait()?;
        for shard in self.shards {
            shard
                .join()
                .map_err(|_| ServerError::Panicked("a shard"))??;
        }
        match self.failure.get() {
            Some(why) => Err(ServerError::Cluster(why.clone())),
            None => Ok(()),
        }
    }
}

/// Core that begins, and the giver of places for its proposals.
struct Begun {
    core: Core,
    placed_by: PlacedBy,
    commit_gate: CommitGate,
    /// Work beside the core, if this is one of several nodes.
    cluster: Option<Rest>,
}

impl Begun {
    /// Makes the core of what an earlier run has stored, or of what the other nodes have.
    fn of(
        joining: Option<Joining>,
        (in_force, reloader): (&mut Effective, &mut ConfigReloader),
        restored: Restored,
        writer: &mut Writer,
        data: &DataDir,
    ) -> Result<Begun, ServerError> {
        let mut commit_gate = CommitGate::default();
        let stored = restored.last;
        let restore = || {
            let settings = in_force.chat.clone();
            // Restoring may produce records and effects: they pass the gate like all others.
            Core::new(clock::time(), settings, restored, commit_gate.gathering())
        };
        let (core, placed_by, cluster) = match joining {
            None => (restore(), PlacedBy::this_server(stored), None),
            Some(joining) => {
                let found = joining.complete(writer, data, stored, restore)?;
                in_force.follow(reloader, found.core.replica().settings())?;
                let placed_by = PlacedBy::Stream(Box::new(found.journal));
                (found.core, placed_by, Some(found.rest))
            }
        };
        Ok(Begun {
            core,
            placed_by,
            commit_gate,
            cluster,
        })
    }
}

/// Mailboxes of all threads but the shards.
struct Mailboxes {
    core: Arc<Mailbox<CoreMsg>>,
    journal: Arc<Mailbox<JournalMsg>>,
    writer: Arc<Mailbox<WriterMsg>>,
    reader: Arc<Mailbox<ReaderMsg>>,
    indexer: Arc<Mailbox<IndexerMsg>>,
    searcher: Arc<Mailbox<SearchMsg>>,
    reloader: Arc<Mailbox<ReloadMsg>>,
    passwords: Arc<Mailbox<PasswordMsg>>,
    mailer: Arc<Mailbox<MailMsg>>,
}

impl Mailboxes {
    fn new(shards: usize) -> Self {
        fn mailbox<M>(limit: usize) -> Arc<Mailbox<M>> {
            Arc::new(Mailbox::new(limit, None))
        }
        Mailboxes {
            core: mailbox(core_thread::waiting(shards)),
            journal: mailbox(journal_thread::WAITING),
            writer: mailbox(store_threads::WRITER_WAITING),
            reader: mailbox(store_threads::READER_WAITING),
            indexer: mailbox(indexer::INDEXER_WAITING),
            searcher: mailbox(indexer::SEARCHES_WAITING),
            reloader: mailbox(config_reloader::WAITING),
            passwords: mailbox(password_worker::WAITING),
            mailer: mailbox(mailer::WAITING),
        }
    }

    /// Returns the mailboxes that the core thread sends to.
    fn outlets(
        &self,
        shards: Vec<Arc<Mailbox<ShardMsg>>>,
        services: Services,
        web: &WebParts,
    ) -> Outlets {
        let mut workers = vec![
            self.journal.clone() as Arc<dyn Inbox>,
            self.writer.clone(),
            self.reader.clone(),
            self.indexer.clone(),
            self.searcher.clone(),
            self.reloader.clone(),
            self.passwords.clone(),
            self.mailer.clone(),
            Arc::new(services),
        ];
        workers.extend(
            web.pushes
                .clone()
                .map(|pushes| Arc::new(pushes) as Arc<dyn Inbox>),
        );
        workers.extend(web.uploads.clone().map(|uploads| uploads as Arc<dyn Inbox>));
        Outlets {
            shards,
            journal: self.journal.clone(),
            reader: self.reader.clone(),
            searcher: self.searcher.clone(),
            reloader: self.reloader.clone(),
            passwords: self.passwords.clone(),
            mailer: self.mailer.clone(),
            feed: web.backend.feed.clone(),
            metrics: web.backend.metrics.clone(),
            pushes: web.pushes.clone(),
            uploads: web.uploads.clone(),
            workers,
            failure: Arc::default(),
            core: self.core.clone(),
        }
    }
}

/// Links that all shards are given alike.
struct ForShards {
    core: Arc<Mailbox<CoreMsg>>,
    services: Services,
    backend: Arc<dyn Backend>,
    metrics: Arc<Metrics>,
}

impl ForShards {
    fn of(mailboxes: &Mailboxes, services: &Services, web: &WebParts) -> ForShards {
        ForShards {
            core: mailboxes.core.clone(),
            services: services.clone(),
            backend: web.backend.clone(),
            metrics: web.backend.metrics.clone(),
        }
    }
}

/// Shards that are ready to run, by number, and their mailboxes.
type Shards = (Vec<(u8, Shard)>, Vec<Arc<Mailbox<ShardMsg>>>);

/// Starts the shards.
fn start_shards(shards: Vec<(u8, Shard)>) -> std::io::Result<Vec<JoinHandle<std::io::Result<()>>>> {
    let started = shards
        .into_iter()
        .map(|(number, shard)| spawn(&format!("shard {number}"), move || shard.run()));
    started.collect()
}

/// Creates the shards, each with its poll and its handles of the listeners.
fn shards(
    (config, node): (&Config, NodeId),
    reloader: &ConfigReloader,
    in_force: &Effective,
    gate: &Arc<Gate>,
    links: &ForShards,
) -> Result<Shards, ServerError> {
    let mut shards = Vec::new();
    let mut inboxes = Vec::new();
    for number in 0..shard_count(config) {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let inbox: Arc<Mailbox<ShardMsg>> = Arc::new(Mailbox::new(DELIVERIES, Some(waker.clone())));
        let links = Links {
            inbox: inbox.clone(),
            core: links.core.clone(),
            services: links.services.clone(),
            backend: links.backend.clone(),
            metrics: links.metrics.clone(),
            bridges: Arc::new(Mailbox::new(READY_MAX, Some(waker))),
        };
        let settings = ShardSettings {
            doors: in_force.doors.clone(),
            network: in_force.network.clone(),
            listeners: reloader.listeners()?,
        };
        let shard = Shard::new((node, number), poll, settings, gate.clone(), links)?;
        inboxes.push(inbox);
        shards.push((number, shard));
    }
    Ok((shards, inboxes))
}

/// Returns the number of shards: as configured, or one per processor.
fn shard_count(config: &Config) -> u8 {
    let wanted = match config.server.shards {
        0 => thread::available_parallelism().map_or(1, usize::from),
        count => count,
    };
    wanted.clamp(1, MAX_SHARDS) as u8
}

/// Opens and locks the data directory; warns if others may look into it.
fn open_data(path: &Path) -> Result<DataDir, ServerError> {
    let dir = DataDir::open(path)?;
    if let Some(mode) = dir.open_to_others() {
        let path = path.display();
        tracing::warn!(
            "others may look into the data directory {path} (mode {mode:o}); chmod 700 {path} keeps them out"
        );
    }
    Ok(dir)
}

/// Raises the limit on open files to the maximum. Returns the limit; `None` for none.
fn raise_descriptor_limit() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum
        && let Err(error) = setrlimit(
            Resource::Nofile,
            Rlimit {
                current: limit.maximum,
                maximum: limit.maximum,
            },
        )
    {
        tracing::warn!("the limit on open files cannot be raised: {error}");
    }
    getrlimit(Resource::Nofile).current
}
