//! Writer of the database: it follows the journal, in large transactions that are not synced one by one.

use std::collections::HashMap;
use std::sync::Arc;

use parlour_core::history::Log;
use parlour_core::names::Casemapping;
use parlour_core::{MsgId, Record, Restored};
use rusqlite::{Connection, OpenFlags};

use crate::journal::Journal;
use crate::log_blocks::NewIds;
use crate::position::{Position, position};
use crate::tail::{Tail, Unapplied};
use crate::{
    DataDir, StoreError, accounts, always_on, channels, hooks, markers, metadata, migrations,
    moderation, pushes, records,
};

/// Limit of the cached log row ids; beyond it the cache is cleared.
const REMEMBERED_LOGS: usize = 65_536;
/// Bytes of the journal that one transaction applies.
const APPLIED_AT_ONCE: usize = 8 << 20;
/// Memory of the page cache in KiB: the pages that one transaction changes fit, so that none is written
/// twice.
const CACHE_KIB: i64 = 24 << 10;
/// Pages of write-ahead log after which SQLite moves them into the database by itself: 64 MiB, which
/// only many small changes of other kinds reach.
const CHECKPOINT_PAGES: i64 = 16_384;

/// Writer of the store.
pub struct Writer {
    pub(crate) connection: Connection,
    /// Last `removed.seq` that the search index has processed, if it is not yet applied by a
    /// commit.
    forgotten: Option<i64>,
    /// Cached row ids of logs.
    logs: HashMap<Log, i64>,
    /// Messages of the open transaction that are in no block of their log yet.
    new_ids: NewIds,
    /// True if deleted messages may still be in the write-ahead log.
    pub(crate) leaves_traces: bool,
    pub(crate) tail: Arc<Tail>,
    /// Journal that it follows, once that is open.
    journal: Option<Arc<Journal>>,
    /// Bytes of the journal that were applied after the last checkpoint.
    unsynced: usize,
    /// Entries that are applied in the open transaction, and their bytes in the journal.
    open: Vec<Unapplied>,
    open_bytes: usize,
    /// Number of the last entry that is applied, and of the last one that is committed.
    applied: u64,
    committed: u64,
    /// Largest id that was applied.
    reached: MsgId,
    /// True if something was deleted in the open transaction.
    deletes: bool,
    /// True if the journal has made room for what could not be applied, until it is.
    needs_room: bool,
}

impl Writer {
    /// Opens the database of a data directory, or creates it.
    ///
    /// # Errors
    /// The database is in use, lost, too new, or cannot be read or written.
    pub fn open(dir: &DataDir) -> Result<Writer, StoreError> {
        let mut connection = dir.connect(&dir.database_to_write()?, OpenFlags::default())?;
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version == 0 && dir.was_used() {
            return Err(StoreError::Lost(dir.database()));
        }
        // Before the first table is created, so that unused pages can be released later.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        // Deleted content is overwritten with zeros.
        connection.pragma_update(None, "secure_delete", true)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // What a crash of the machine takes is in the journal until the next checkpoint, which syncs.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        migrations::run(&mut connection)?;
        connection.set_prepared_statement_cache_capacity(32);
        let mut writer = Writer {
            connection,
            forgotten: None,
            logs: HashMap::new(),
            new_ids: NewIds::default(),
            // An earlier run may have ended before it truncated the log.
            leaves_traces: true,
            tail: dir.tail().clone(),
            journal: None,
            unsynced: 0,
            open: Vec::new(),
            open_bytes: 0,
            applied: 0,
            committed: 0,
            reached: MsgId::default(),
            deletes: false,
            needs_room: false,
        };
        writer.applied = writer.position()?.entry;
        writer.committed = writer.applied;
        writer.tail.begin(writer.applied);
        Ok(writer)
    }

    /// Returns how far the database follows which journal.
    pub(crate) fn position(&self) -> Result<Position, StoreError> {
        Ok(position(&self.connection)?)
    }

    /// Sets the journal that the database follows from now on, by its id. A checkpoint makes it last.
    pub(crate) fn set_journal(&self, id: u64) -> Result<(), StoreError> {
        let sql = "UPDATE journal SET id = ?1";
        self.connection.execute(sql, [id as i64])?;
        Ok(())
    }

    /// Follows a journal: its segments go once their entries are in the database.
    pub(crate) fn follow(&mut self, journal: Arc<Journal>) {
        self.journal = Some(journal);
    }

    /// Returns the state that earlier runs stored.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn restore(&self, casemapping: Casemapping) -> Result<Restored, StoreError> {
        let mut metadata = metadata::all(&self.connection)?;
        let last: i64 = self
            .connection
            .query_row("SELECT last FROM journal", [], |row| row.get(0))?;
        Ok(Restored {
            last: MsgId(last as u64),
            channels: channels::all(&self.connection, casemapping, &mut metadata)?,
            accounts: accounts::all(&self.connection, casemapping, &mut metadata)?,
            bans: moderation::bans(&self.connection)?,
            always_on: always_on::all(&self.connection)?,
            markers: markers::all(&self.connection)?,
            hooks: hooks::all(&self.connection)?,
            pushes: pushes::all(&self.connection)?,
        })
    }

    /// Sets the last `removed.seq` that the search index has processed. The next commit deletes the
    /// entries of `removed` up to it.
    pub fn set_indexed_removals(&mut self, removed: i64) {
        self.forgotten = Some(removed);
    }

    /// Commits all of `records`, or none of them, past the journal.
    ///
    /// # Errors
    /// Nothing was committed; the same call may succeed later.
    pub fn commit(&mut self, records: &[Record]) -> Result<(), StoreError> {
        self.commit_to(records, MsgId::default())
    }

    /// Commits as [`Writer::commit`] does, with all that there is up to a place.
    ///
    /// # Errors
    /// As [`Writer::commit`].
    pub fn commit_to(&mut self, records: &[Record], place: MsgId) -> Result<(), StoreError> {
        self.commit_applied()?;
        let unlogged = Unapplied {
            number: self.applied,
            place,
            records: records.to_vec(),
            bytes: 0,
        };
        let committed = self
            .write(&[unlogged])
            .and_then(|()| self.end_transaction());
        if committed.is_err() {
            self.roll_back();
        }
        committed
    }

    /// Has the database catch up with the journal.
    ///
    /// # Errors
    /// Some of it was not applied, and nothing is lost; until a later call succeeds the journal takes no
    /// further entries.
    pub fn catch_up(&mut self) -> Result<(), StoreError> {
        // What is appended meanwhile is for another call: others have to be done between them.
        let until = self.tail.appended();
        while self.committed < until {
            // What found no room at first is applied again.
            while self.applied < until && self.apply(APPLIED_AT_ONCE)? && !self.is_commit_due() {}
            self.commit_applied()?;
        }
        self.commit_applied()
    }

    /// Applies entries of the journal, some of these bytes, in a transaction that stays open. Returns
    /// whether there were any.
    ///
    /// # Errors
    /// As [`Writer::catch_up`].
    pub fn apply(&mut self, bytes: usize) -> Result<bool, StoreError> {
        let entries = self.tail.take(bytes);
        if entries.is_empty() {
            return Ok(false);
        }
        let written = self.write(&entries);
        self.open_bytes += entries.iter().map(|entry| entry.bytes).sum::<usize>();
        self.open.extend(entries);
        match written {
            Ok(()) => Ok(true),
            Err(error) => self.give_up(error).map(|()| true),
        }
    }

    /// Returns the bytes of the journal that are not applied, not even in the open transaction.
    pub fn unapplied(&self) -> usize {
        self.tail.bytes().saturating_sub(self.open_bytes)
    }

    /// Returns whether entries were given back to the journal's tail since they found no room: there is
    /// room for them now.
    pub fn needs_room(&self) -> bool {
        self.needs_room
    }

    /// Returns whether so much is applied that it should be committed.
    pub fn is_commit_due(&self) -> bool {
        self.open_bytes >= APPLIED_AT_ONCE
    }

    /// Commits what was applied: from now on everybody finds it.
    ///
    /// # Errors
    /// As [`Writer::catch_up`].
    pub fn commit_applied(&mut self) -> Result<(), StoreError> {
        if self.open.is_empty() {
            return Ok(());
        }
        if let Err(error) = self.end_transaction() {
            return self.give_up(error);
        }
        let entries = std::mem::take(&mut self.open);
        self.unsynced += std::mem::take(&mut self.open_bytes);
        self.tail.applied(&entries);
        Ok(())
    }

    /// Gives the entries of the open transaction back to the journal's tail. If the disk is full, makes
    /// the room that the journal has reserved; they can be applied again then.
    fn give_up(&mut self, error: StoreError) -> Result<(), StoreError> {
        self.roll_back();
        self.open_bytes = 0;
        let entries = std::mem::take(&mut self.open);
        let has_room = error.is_full()
            && self
                .journal
                .as_ref()
                .is_some_and(|journal| journal.give_room());
        if has_room {
            self.needs_room = true;
            self.tail.put_back(entries, None);
            return Ok(());
        }
        self.tail.put_back(entries, Some(&error));
        Err(error)
    }

    /// Writes entries in the open transaction, or in a new one.
    fn write(&mut self, entries: &[Unapplied]) -> Result<(), StoreError> {
        if self.connection.is_autocommit() {
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
        }
        if self.logs.len() > REMEMBERED_LOGS {
            // Always safe: row ids that are not cached are looked up.
            self.logs.clear();
        }
        for entry in entries {
            let last = records::write(
                &self.connection,
                &mut self.logs,
                &mut self.new_ids,
                &entry.records,
            )?;
            self.reached = self.reached.max(entry.place).max(last);
            self.applied = entry.number;
            self.deletes |= entry.records.iter().any(records::deletes);
        }
        Ok(())
    }

    /// Commits the open transaction.
    fn end_transaction(&mut self) -> Result<(), StoreError> {
        let connection = &self.connection;
        self.new_ids.write(connection)?;
        // In the same transaction, so that the request is dropped only once it is applied.
        if let Some(forgotten) = self.forgotten {
            connection
                .prepare_cached("DELETE FROM removed WHERE seq <= ?1")?
                .execute([forgotten])?;
        }
        // Ids that are issued after a restart begin after the last.
        connection
            .prepare_cached("UPDATE journal SET last = max(last, ?1), entry = max(entry, ?2)")?
            .execute([self.reached.0 as i64, self.applied as i64])?;
        connection.execute_batch("COMMIT")?;
        self.forgotten = None;
        self.leaves_traces |= std::mem::take(&mut self.deletes);
        self.committed = self.applied;
        self.needs_room = false;
        Ok(())
    }

    /// Ends the open transaction without what was written in it.
    fn roll_back(&mut self) {
        if !self.connection.is_autocommit() {
            // An error leaves nothing to roll back: SQLite has done it already.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        // Their row ids may come from that transaction.
        self.logs.clear();
        self.new_ids.clear();
        self.applied = self.committed;
        self.deletes = false;
    }

    /// Returns whether a checkpoint is due: a segment of the journal could go.
    pub fn is_checkpoint_due(&self) -> bool {
        let is_segment = |journal: &Arc<Journal>| self.unsynced >= journal.segment_length();
        self.journal.as_ref().is_some_and(is_segment)
    }

    /// Syncs what was applied, deletes the segments of the journal that are not needed any more, and moves
    /// the write-ahead log into the database file, but for what a reader of an older snapshot needs.
    ///
    /// # Errors
    /// The database or the journal cannot be written; the same call may succeed later.
    pub fn checkpoint(&mut self) -> Result<(), StoreError> {
        self.commit_applied()?;
        self.sync()?;
        self.synced()?;
        let sql = "PRAGMA main.wal_checkpoint(PASSIVE)";
        Ok(self.connection.query_row(sql, [], |_| Ok(()))?)
    }

    /// Has everything that was committed survive a power loss, whatever readers there are: a synced commit
    /// syncs the whole write-ahead log.
    fn sync(&self) -> Result<(), StoreError> {
        self.connection.pragma_update(None, "synchronous", "FULL")?;
        // A statement that changes nothing would commit nothing, and sync nothing.
        let sql = "UPDATE journal SET syncs = syncs + 1";
        let synced = self.connection.execute(sql, []);
        self.connection
            .pragma_update(None, "synchronous", "NORMAL")?;
        synced?;
        Ok(())
    }

    /// Deletes the segments of the journal that are not needed any more: what was committed is synced.
    pub(crate) fn synced(&mut self) -> Result<(), StoreError> {
        self.unsynced = 0;
        let released = self
            .journal
            .as_ref()
            .map(|journal| journal.release(self.committed));
        Ok(released.unwrap_or(Ok(()))?)
    }

    /// Has the next commit begin a segment of the journal.
    pub fn rotate_journal(&self) {
        if let Some(journal) = &self.journal {
            journal.rotate();
        }
    }

    /// Creates the file of the journal's next segment, unless it is there.
    ///
    /// # Errors
    /// There is no room, or the disk fails; a commit tries again when it needs the file.
    pub fn prepare_segment(&self) -> Result<(), StoreError> {
        if self.needs_room {
            return Ok(());
        }
        let prepared = self.journal.as_ref().map(|journal| journal.prepare());
        Ok(prepared.unwrap_or(Ok(()))?)
    }
}
