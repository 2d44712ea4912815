//! Starting all parts, and stopping them in order.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use mio::{Poll, Waker};
use parlour_core::hold::Hold;
use parlour_core::{Core, Settings};
use parlour_doors::DoorSettings;
use parlour_store::{DataDir, Reader, Writer};

use crate::core_thread::{CoreThread, ForCore, Outlets};
use crate::mailbox::Mailbox;
use crate::shard::{DELIVERIES, ForShard, Shard, WAKE};
use crate::store_threads;
use crate::tls::Identity;
use crate::{Config, ServerError, banner, listen};

/// The most shards: their number has eight bits in a session's.
const MAX_SHARDS: usize = 255;

/// A server that runs.
pub struct Server {
    addresses: Vec<SocketAddr>,
    fingerprint: String,
    data: PathBuf,
    core: Arc<Mailbox<ForCore>>,
    core_thread: JoinHandle<()>,
    writer_thread: JoinHandle<bool>,
    reader_thread: JoinHandle<()>,
    shards: Vec<JoinHandle<std::io::Result<()>>>,
    /// Held until all is over.
    _data: DataDir,
}

/// What stops a server from elsewhere.
#[derive(Clone)]
pub struct Handle {
    core: Arc<Mailbox<ForCore>>,
}

impl Handle {
    /// Tells everybody, keeps everything, and ends the server.
    pub fn stop(&self, words: &str) {
        self.core.post_unbounded(ForCore::Stop(words.to_owned()));
    }
}

impl Server {
    /// Opens the store, listens, and starts the threads.
    ///
    /// # Errors
    /// [`ServerError`] says what keeps it from running; nothing runs then.
    pub fn start(config: &Config, data: &Path) -> Result<Server, ServerError> {
        let data_dir = DataDir::open(data)?;
        let writer = Writer::open(&data_dir, config.history.durability.into())?;
        let restored = writer.restore()?;
        let reader = Reader::open(&data_dir)?;
        let identity = Identity::load(config, data)?;
        let bound = config
            .server
            .listen
            .iter()
            .map(|&address| listen::bind(address));
        let listeners: Vec<_> = bound.collect::<Result<_, _>>()?;
        let addresses = listeners
            .iter()
            .map(|l| l.local_addr())
            .collect::<Result<_, _>>()?;
        raise_descriptor_limit();

        let core = Arc::new(Mailbox::new(usize::MAX, None));
        let for_writer = Arc::new(Mailbox::new(usize::MAX, None));
        let for_reader = Arc::new(Mailbox::new(usize::MAX, None));
        let settings = Arc::new(config.doors());
        let (shards, inboxes) = shards(config, &listeners, &settings, &identity, &core)?;
        let mut hold = Hold::default();
        let chat = Core::new(
            crate::clock::now(),
            Settings {
                lobby: settings.lobby.clone(),
                ..Settings::default()
            },
            restored,
            hold.gathering(),
        );
        let outlets = Outlets {
            shards: inboxes,
            writer: for_writer.clone(),
            reader: for_reader.clone(),
        };
        let inbox = core.clone();
        let core_thread = spawn("core", move || {
            CoreThread::new(chat, hold, outlets).run(&inbox)
        })?;
        let to_core = core.clone();
        let writer_thread = spawn("store writer", move || {
            store_threads::write(writer, &for_writer, &to_core)
        })?;
        let to_core = core.clone();
        let reader_thread = spawn("store reader", move || {
            store_threads::read(&reader, &for_reader, &to_core)
        })?;
        let shards = shards
            .into_iter()
            .map(|(number, shard)| spawn(&format!("shard {number}"), move || shard.run()))
            .collect::<Result<_, _>>()?;
        Ok(Server {
            addresses,
            fingerprint: identity.fingerprint,
            data: data.to_owned(),
            core,
            core_thread,
            writer_thread,
            reader_thread,
            shards,
            _data: data_dir,
        })
    }

    /// Where it listens.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// What the one who started it is to read.
    pub fn banner(&self) -> String {
        banner::banner(&self.addresses, &self.fingerprint, &self.data)
    }

    /// What stops it.
    pub fn handle(&self) -> Handle {
        Handle {
            core: self.core.clone(),
        }
    }

    /// Waits until it has stopped.
    ///
    /// # Errors
    /// A part of it failed, or the last messages could not be kept.
    pub fn wait(self) -> Result<(), ServerError> {
        let kept = self
            .writer_thread
            .join()
            .map_err(|_| ServerError::Panicked("the store's writer"))?;
        if !kept {
            return Err(ServerError::Unwritten);
        }
        self.core_thread
            .join()
            .map_err(|_| ServerError::Panicked("the core"))?;
        self.reader_thread
            .join()
            .map_err(|_| ServerError::Panicked("the store's reader"))?;
        for shard in self.shards {
            shard
                .join()
                .map_err(|_| ServerError::Panicked("a shard"))??;
        }
        Ok(())
    }
}

/// Shards that are ready to run, by number, and their mailboxes.
type Shards = (Vec<(u8, Shard)>, Vec<Arc<Mailbox<ForShard>>>);

fn shards(
    config: &Config,
    listeners: &[std::net::TcpListener],
    settings: &Arc<DoorSettings>,
    identity: &Identity,
    core: &Arc<Mailbox<ForCore>>,
) -> Result<Shards, ServerError> {
    let mut shards = Vec::new();
    let mut inboxes = Vec::new();
    for number in 0..shard_count(config) {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKE)?;
        let inbox: Arc<Mailbox<ForShard>> = Arc::new(Mailbox::new(DELIVERIES, Some(waker)));
        let own = listeners
            .iter()
            .map(|l| l.try_clone())
            .collect::<Result<_, _>>()?;
        let shard = Shard::new(
            number,
            poll,
            own,
            settings.clone(),
            identity.config.clone(),
            inbox.clone(),
            core.clone(),
        )?;
        inboxes.push(inbox);
        shards.push((number, shard));
    }
    Ok((shards, inboxes))
}

/// Ends the process if a thread unwinds that the others cannot do without. Whatever it has
/// half done must not go on: a new process starts from what is kept.
struct EndProcess(String);

impl Drop for EndProcess {
    fn drop(&mut self) {
        tracing::error!(
            "{} has failed; the process ends and can be started again from what is kept",
            self.0
        );
        std::process::exit(1);
    }
}

fn spawn<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> std::io::Result<JoinHandle<T>> {
    let guard = EndProcess(format!("the thread \"{name}\""));
    let guarded = move || {
        let guard = guard;
        let result = run();
        std::mem::forget(guard);
        result
    };
    thread::Builder::new().name(name.to_owned()).spawn(guarded)
}

fn shard_count(config: &Config) -> u8 {
    let wanted = match config.server.shards {
        0 => thread::available_parallelism().map_or(1, usize::from),
        count => count,
    };
    wanted.clamp(1, MAX_SHARDS) as u8
}

/// Lets the process have as many connections as the system allows it.
fn raise_descriptor_limit() {
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
}
