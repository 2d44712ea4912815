//! Store of a node: parlour-store itself, on a simulated disk.
//!
//! The database follows the journal some commits behind, and at once when something is looked up.

use std::sync::Arc;

use parlour_core::history::{
    ConversationsQuery, HistoryQuery, HistoryResult, Log, LogPart, ReadFailed, ReplayQuery,
    SearchQuery, SearchResult,
};
use parlour_core::names::Casemapping;
use parlour_core::{Cloak, MsgId, Record, Restored};
use parlour_store::{DataDir, Durability, Index, Journal, Reader, StoreError, Writer};

use crate::Disk;
use crate::journal_files::DiskFolder;
use crate::vfs::{self, Mount};

/// Steps of the index before a search: more than any test writes.
const STEPS_BEFORE_SEARCH: usize = 1_000;

/// Commits after which the database follows the journal.
const COMMITS_BEHIND: usize = 3;

/// Store of a node. Its connections are closed before the disk is unmounted.
pub(crate) struct Store {
    writer: Writer,
    journal: Arc<Journal>,
    /// Commits that the database lacks.
    behind: usize,
    reader: Reader,
    /// Search index, opened when something is searched for.
    index: Option<Index>,
    dir: DataDir,
    casemapping: Casemapping,
    cloak: Option<Cloak>,
    _mount: Mount,
}

impl Store {
    /// Opens the store of a disk, or creates it.
    ///
    /// # Errors
    /// The disk fails, or what is on it is damaged.
    pub fn open(
        disk: &Disk,
        casemapping: Casemapping,
        cloak: Option<Cloak>,
    ) -> Result<Store, StoreError> {
        let mount = Mount::new(disk);
        let files = Arc::new(DiskFolder(disk.clone()));
        let dir = DataDir::on_vfs(&mount.directory(), vfs::NAME, files);
        let mut writer = Writer::open(&dir)?;
        let (journal, _) = Journal::open(&dir, &mut writer, Durability::Disk)?;
        let reader = Reader::open(&dir)?.cloaked(cloak.clone());
        Ok(Store {
            writer,
            journal,
            behind: 0,
            reader,
            index: None,
            dir,
            casemapping,
            cloak,
            _mount: mount,
        })
    }

    /// Returns the state that was stored.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn restore(&self) -> Result<Restored, StoreError> {
        self.writer.restore(self.casemapping)
    }

    /// Commits records, and the place of the journal up to which everything is stored then. Takes them
    /// if it succeeds.
    ///
    /// # Errors
    /// Nothing was committed.
    pub fn commit(&mut self, records: &mut Vec<Record>, place: MsgId) -> Result<(), StoreError> {
        if self.behind >= COMMITS_BEHIND {
            self.catch_up();
        }
        self.journal.append(records, place)?;
        self.behind += 1;
        Ok(())
    }

    /// Has the database follow the journal. Errors show when something is committed or looked up.
    fn catch_up(&mut self) {
        let is_current = self.writer.catch_up().is_ok();
        // Behind still: the next commit tries again.
        self.behind = if is_current { 0 } else { COMMITS_BEHIND };
        if self.writer.is_checkpoint_due() {
            let _ = self.writer.checkpoint();
        }
        let _ = self.writer.prepare_segment();
    }

    /// Answers a query for history.
    pub fn history(&mut self, query: &HistoryQuery) -> HistoryResult {
        self.catch_up();
        self.reader.answer(query).map_err(|_| ReadFailed)
    }

    /// Answers a query for conversations.
    pub fn conversations(
        &mut self,
        query: &ConversationsQuery,
    ) -> Result<Vec<(Log, MsgId)>, ReadFailed> {
        self.catch_up();
        self.reader.conversations(query).map_err(|_| ReadFailed)
    }

    /// Answers a query for the backlog of several logs.
    pub fn replay(&mut self, query: &ReplayQuery) -> Result<Vec<LogPart>, ReadFailed> {
        self.catch_up();
        self.reader.replay(query).map_err(|_| ReadFailed)
    }

    /// Answers a search, once the index has caught up.
    pub fn search(&mut self, query: &SearchQuery) -> SearchResult {
        self.catch_up();
        let index = match &mut self.index {
            Some(index) => index,
            none => {
                let index = Index::open(&self.dir, self.casemapping).map_err(|_| ReadFailed)?;
                none.insert(index.cloaked(self.cloak.clone()))
            }
        };
        index.wait_for_database().map_err(|_| ReadFailed)?;
        for _ in 0..STEPS_BEFORE_SEARCH {
            let (more, removed) = index.catch_up().map_err(|_| ReadFailed)?;
            self.writer.set_indexed_removals(removed);
            if !more {
                break;
            }
        }
        index.search(query).map_err(|_| ReadFailed)
    }
}
