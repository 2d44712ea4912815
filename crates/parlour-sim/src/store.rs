//! Store of a node: parlour-store itself, on a simulated disk.

use parlour_core::history::{
    ConversationsQuery, HistoryQuery, HistoryResult, Log, LogPart, ReadFailed, ReplayQuery,
    SearchQuery, SearchResult,
};
use parlour_core::names::Casemapping;
use parlour_core::{Cloak, MsgId, Record, Restored};
use parlour_store::{DataDir, Durability, Index, Reader, StoreError, Writer};

use crate::Disk;
use crate::vfs::{self, Mount};

/// Steps of the index before a search: more than any test writes.
const STEPS_BEFORE_SEARCH: usize = 1_000;

/// Store of a node. Its connections are closed before the disk is unmounted.
pub(crate) struct Store {
    writer: Writer,
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
        let dir = DataDir::on_vfs(&mount.directory(), vfs::NAME);
        let writer = Writer::open(&dir, Durability::Disk)?;
        let reader = Reader::open(&dir)?.cloaked(cloak.clone());
        Ok(Store {
            writer,
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

    /// Commits records, and the place of the journal up to which everything is stored then.
    ///
    /// # Errors
    /// Nothing was committed.
    pub fn commit(&mut self, records: &[Record], place: MsgId) -> Result<(), StoreError> {
        self.writer.commit_up_to(records, place)
    }

    /// Answers a query for history.
    pub fn history(&self, query: &HistoryQuery) -> HistoryResult {
        self.reader.answer(query).map_err(|_| ReadFailed)
    }

    /// Answers a query for conversations.
    pub fn conversations(
        &self,
        query: &ConversationsQuery,
    ) -> Result<Vec<(Log, MsgId)>, ReadFailed> {
        self.reader.conversations(query).map_err(|_| ReadFailed)
    }

    /// Answers a query for the backlog of several logs.
    pub fn replay(&self, query: &ReplayQuery) -> Result<Vec<LogPart>, ReadFailed> {
        self.reader.replay(query).map_err(|_| ReadFailed)
    }

    /// Answers a search, once the index has caught up.
    pub fn search(&mut self, query: &SearchQuery) -> SearchResult {
        let index = match &mut self.index {
            Some(index) => index,
            none => {
                let index = Index::open(&self.dir, self.casemapping).map_err(|_| ReadFailed)?;
                none.insert(index.cloaked(self.cloak.clone()))
            }
        };
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
