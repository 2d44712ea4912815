//! Parts of the store: opened in their order, each with a thread of its own.

use std::sync::Arc;
use std::thread::JoinHandle;

use parlour_core::Cloak;
use parlour_core::names::Casemapping;
use parlour_store::{DataDir, Durability, Index, Journal, Reader, Recovery, Retention, Writer};

use crate::ServerError;
use crate::indexer::{self, DirtyFlag};
use crate::journal_thread;
use crate::mailbox::Mailbox;
use crate::messages::{CoreMsg, IndexerMsg, JournalMsg, ReaderMsg, SearchMsg, WriterMsg};
use crate::metrics::Metrics;
use crate::store_threads;
use crate::worker::{Workers, spawn};

/// Opens the database and the journal that it follows; a copy of another node's database has none yet.
///
/// # Errors
/// One of them cannot be used.
pub(crate) fn open(
    data: &DataDir,
    durability: Durability,
    is_copy: bool,
) -> Result<(Writer, Arc<Journal>), ServerError> {
    let opened = Writer::open(data).and_then(|mut writer| {
        let (journal, recovery) = Journal::open(data, &mut writer, durability)?;
        log_recovery(&recovery, is_copy);
        Ok((writer, journal))
    });
    opened
        .inspect_err(|error| {
            if error.is_full() {
                tracing::error!(
                    "the disk is full: make room, and start again; what was said is not lost"
                );
            }
        })
        .map_err(ServerError::from)
}

/// Logs what the opening of the journal has brought to light.
fn log_recovery(recovery: &Recovery, is_copy: bool) {
    if let Some(torn) = &recovery.torn {
        tracing::warn!("{torn}");
    }
    if recovery.is_missing && !is_copy {
        tracing::warn!(
            "the folder `journal` was missing: what it held and the database does not is lost; it is as it should \
             be after a backup was put back"
        );
    }
    if recovery.applied > 0 {
        tracing::info!(
            "{} commits of the journal were not in the database, and are now",
            recovery.applied
        );
    }
}

/// Opens the search index twice, for the indexer and for the searcher. Without an index the server
/// runs without search.
pub(crate) fn indexes(
    data: &DataDir,
    casemapping: Casemapping,
    cloak: Option<Cloak>,
) -> (Option<Index>, Option<Index>) {
    let open = || Index::open(data, casemapping);
    match open().and_then(|index| Ok((index, open()?))) {
        Ok((index, searched)) => (Some(index), Some(searched.cloaked(cloak))),
        Err(error) => {
            tracing::error!("there is no search: its index cannot be opened: {error}");
            (None, None)
        }
    }
}

/// Parts of the store, each with the mailbox of its thread.
pub(crate) struct StoreParts {
    pub journal: (Arc<Journal>, Arc<Mailbox<JournalMsg>>),
    pub writer: (Writer, Retention, Arc<Mailbox<WriterMsg>>),
    pub index: (Option<Index>, Arc<Mailbox<IndexerMsg>>),
    pub searcher: (Option<Index>, Arc<Mailbox<SearchMsg>>),
    pub reader: (Reader, Arc<Mailbox<ReaderMsg>>),
}

impl StoreParts {
    /// Starts their threads. Returns the journal's, which ends with whether everything was committed.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        self,
        workers: &mut Workers,
        data: &Arc<DataDir>,
        core: &Arc<Mailbox<CoreMsg>>,
        metrics: &Arc<Metrics>,
    ) -> std::io::Result<JoinHandle<bool>> {
        let (writer, retention, to_writer) = self.writer;
        let (index, to_indexer) = self.index;
        let dirty = DirtyFlag::default();
        data.tail().on_behind({
            let writer = to_writer.clone();
            move |when| writer.post_anyway(WriterMsg::CatchUp(when))
        });
        let (notify, inbox) = ((dirty.clone(), to_indexer.clone()), to_writer.clone());
        workers.start("store writer", move || {
            store_threads::write(writer, retention, &inbox, notify);
        })?;
        let measured = metrics.clone();
        workers.start("indexer", move || {
            indexer::run_indexer(index, &dirty, &to_indexer, &to_writer, &measured);
        })?;
        let ((index, inbox), to_core) = (self.searcher, core.clone());
        workers.start("searcher", move || indexer::search(index, &inbox, &to_core))?;
        let ((reader, inbox), to_core) = (self.reader, core.clone());
        workers.start("store reader", move || {
            store_threads::read(&reader, &inbox, &to_core);
        })?;
        let (journal, inbox) = self.journal;
        let (to_core, metrics) = (core.clone(), metrics.clone());
        spawn("journal", move || {
            journal_thread::run(&journal, &inbox, &to_core, &metrics)
        })
    }
}
