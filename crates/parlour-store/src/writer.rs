//! Writer of the database: it follows the journal, in large transactions that are not synced one by one.

use std::collections::HashMap;
use std::sync::Arc;

use parlour_core::event::Addressee;
use parlour_core::history::Log;
use parlour_core::names::Casemapping;
use parlour_core::request::MessageKind;
use parlour_core::{Body, Event, MsgId, Record, Restored};
use rusqlite::{Connection, OpenFlags, Statement, Transaction, params};

use crate::journal::Journal;
use crate::log_names::{log_name, party_name};
use crate::position::{Position, position};
use crate::tail::Tail;
use crate::{
    DataDir, StoreError, accounts, always_on, channel_events, channels, hooks, markers, metadata,
    migrations, moderation, modes, pushes, upkeep,
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
    /// True if deleted messages may still be in the write-ahead log.
    pub(crate) leaves_traces: bool,
    pub(crate) tail: Arc<Tail>,
    /// Journal that it follows, once that is open.
    journal: Option<Arc<Journal>>,
    /// Bytes of the journal that were applied after the last checkpoint.
    unsynced: usize,
    /// Number of the last entry that is applied.
    applied: u64,
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
            // An earlier run may have ended before it truncated the log.
            leaves_traces: true,
            tail: dir.tail().clone(),
            journal: None,
            unsynced: 0,
            applied: 0,
        };
        writer.applied = writer.position()?.entry;
        writer.tail.begin(writer.applied);
        Ok(writer)
    }

    /// Returns how far the database follows which journal.
    pub(crate) fn position(&self) -> Result<Position, StoreError> {
        Ok(position(&self.connection)?)
    }

    /// Sets the journal that the database follows from now on, by its id.
    pub(crate) fn set_journal(&mut self, id: u64) -> Result<(), StoreError> {
        self.connection
            .execute("UPDATE journal SET id = ?1", [id as i64])?;
        self.checkpoint()
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
        self.commit_batches(&[(records, MsgId::default())], self.applied)
    }

    /// Applies the next entries of the journal in one transaction. Returns whether there are more.
    ///
    /// # Errors
    /// Nothing was applied, and nothing is lost; until a later call succeeds the journal takes no
    /// further entries.
    pub fn apply(&mut self) -> Result<bool, StoreError> {
        let entries = self.tail.take(APPLIED_AT_ONCE);
        let Some(last) = entries.last() else {
            return Ok(false);
        };
        let number = last.number;
        let batches: Vec<(&[Record], MsgId)> = entries
            .iter()
            .map(|entry| (&*entry.records, entry.place))
            .collect();
        let mut applied = self.commit_batches(&batches, number);
        let is_full = applied.as_ref().is_err_and(StoreError::is_full);
        if is_full
            && self
                .journal
                .as_ref()
                .is_some_and(|journal| journal.give_room())
        {
            applied = self.commit_batches(&batches, number);
        }
        if let Err(error) = applied {
            self.tail.put_back(entries, &error);
            return Err(error);
        }
        self.applied = number;
        self.unsynced += entries.iter().map(|entry| entry.bytes).sum::<usize>();
        self.tail.applied(&entries);
        Ok(true)
    }

    /// Returns whether a checkpoint is due: a segment of the journal could go.
    pub fn is_checkpoint_due(&self) -> bool {
        let is_segment = |journal: &Arc<Journal>| self.unsynced >= journal.segment_length();
        self.journal.as_ref().is_some_and(is_segment)
    }

    /// Moves what was applied into the database file, synced, and deletes the segments of the journal
    /// that are not needed any more. While a reader uses an older snapshot they stay.
    ///
    /// # Errors
    /// The database or the journal cannot be written; the same call may succeed later.
    pub fn checkpoint(&mut self) -> Result<(), StoreError> {
        let sql = "PRAGMA main.wal_checkpoint(PASSIVE)";
        let is_whole = self.connection.query_row(sql, [], |row| {
            let (busy, frames, moved): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(busy == 0 && frames == moved)
        })?;
        if is_whole {
            self.checkpointed()?;
        }
        Ok(())
    }

    /// Deletes the segments of the journal that are not needed any more: a checkpoint was complete.
    pub(crate) fn checkpointed(&mut self) -> Result<(), StoreError> {
        self.unsynced = 0;
        let released = self
            .journal
            .as_ref()
            .map(|journal| journal.release(self.applied));
        Ok(released.unwrap_or(Ok(()))?)
    }

    /// Has the next commit begin a segment of the journal.
    pub(crate) fn rotate_journal(&self) {
        if let Some(journal) = &self.journal {
            journal.rotate();
        }
    }

    /// Creates the file of the journal's next segment, unless it is there.
    ///
    /// # Errors
    /// There is no room, or the disk fails; a commit tries again when it needs the file.
    pub fn prepare_segment(&self) -> Result<(), StoreError> {
        let prepared = self.journal.as_ref().map(|journal| journal.prepare());
        Ok(prepared.unwrap_or(Ok(()))?)
    }

    /// Commits batches of records, each with the place that it reaches, or none of them.
    fn commit_batches(
        &mut self,
        batches: &[(&[Record], MsgId)],
        entry: u64,
    ) -> Result<(), StoreError> {
        if self.logs.len() > REMEMBERED_LOGS {
            // Always safe: row ids that are not cached are looked up.
            self.logs.clear();
        }
        let mut new_logs = Vec::new();
        let forgotten = self.forgotten;
        let kept = write(
            &mut self.connection,
            &mut self.logs,
            &mut new_logs,
            (batches, entry),
            forgotten,
        );
        if kept.is_ok() {
            self.forgotten = None;
            let mut records = batches.iter().flat_map(|(records, _)| *records);
            self.leaves_traces |= records.any(deletes);
        } else {
            // Their row ids come from the transaction that was rolled back.
            for log in new_logs {
                self.logs.remove(&log);
            }
        }
        kept
    }
}

/// Returns whether a record deletes content that could be read before.
fn deletes(record: &Record) -> bool {
    matches!(
        record,
        Record::Redacted(..)
            | Record::Erased(..)
            | Record::AccountDropped(_)
            | Record::ChannelForgotten(..)
    )
}

/// Writes all batches in one transaction. Adds logs that are not in `logs` to it, and to `new_logs`.
fn write(
    connection: &mut Connection,
    logs: &mut HashMap<Log, i64>,
    new_logs: &mut Vec<Log>,
    (batches, entry): (&[(&[Record], MsgId)], u64),
    forgotten: Option<i64>,
) -> Result<(), StoreError> {
    let transaction = connection.transaction()?;
    let mut last = MsgId::default();
    for (records, place) in batches {
        let reached = write_batch(&transaction, logs, new_logs, records)?;
        last = last.max(reached).max(*place);
    }
    // In the same transaction, so that the request is dropped only once it is applied.
    if let Some(forgotten) = forgotten {
        transaction
            .prepare_cached("DELETE FROM removed WHERE seq <= ?1")?
            .execute([forgotten])?;
    }
    advance(&transaction, last, entry)?;
    Ok(transaction.commit()?)
}

/// Writes the records of one batch. Returns the largest id among them.
fn write_batch(
    transaction: &Transaction,
    logs: &mut HashMap<Log, i64>,
    new_logs: &mut Vec<Log>,
    records: &[Record],
) -> Result<MsgId, StoreError> {
    let mut last = MsgId::default();
    let mut messages = transaction.prepare_cached(INSERT_MESSAGE)?;
    for record in records {
        match record {
            Record::Message(log, event) | Record::ChannelEvent(log, event) => {
                let number = match logs.get(log) {
                    Some(&number) => number,
                    None => {
                        let number = log_row_id(transaction, log)?;
                        logs.insert(log.clone(), number);
                        new_logs.push(log.clone());
                        number
                    }
                };
                if let Record::Message(..) = record {
                    insert_message(&mut messages, number, event)?;
                } else {
                    channel_events::put(transaction, number, event)?;
                }
                last = last.max(event.id);
            }
            Record::Channel(kept) => channels::put(transaction, kept)?,
            Record::Renamed(old, kept) => {
                channels::rename(transaction, old, kept)?;
                // Their row ids belong to other names now.
                logs.clear();
                new_logs.clear();
            }
            Record::ReadMarker(whose, target, at) => markers::put(transaction, whose, target, *at)?,
            Record::Account(kept) => accounts::put(transaction, kept)?,
            Record::AlwaysOn(kept) => always_on::put(transaction, kept)?,
            Record::AlwaysOnEnded(account) => always_on::drop(transaction, account)?,
            Record::Banned(ban) => moderation::put(transaction, ban)?,
            Record::Unbanned(target) => moderation::remove(transaction, target)?,
            Record::Audit(audit) => moderation::append_audit(transaction, audit)?,
            // Deferred until after the loop: messages of the account may follow in the same batch.
            Record::Erased(..) => {}
            Record::AccountDropped(name) => {
                accounts::drop(transaction, name)?;
                pushes::forget(transaction, name)?;
            }
            Record::ChannelForgotten(channel, hides) => {
                channels::forget(transaction, channel, *hides)?;
                if *hides {
                    logs.clear();
                    new_logs.clear();
                }
            }
            Record::Redacted(log, message) => redact(transaction, log, *message)?,
            Record::Push(account, subscription) => {
                pushes::put(transaction, account, subscription)?;
            }
            Record::PushGone(endpoint) => pushes::remove(transaction, endpoint)?,
            Record::Hook(hook) => hooks::put(transaction, hook)?,
            Record::HookRemoved(name) => hooks::remove(transaction, name)?,
        }
    }
    for record in records {
        if let Record::Erased(name, since, until) = record {
            upkeep::erase(transaction, name, *since, *until)?;
        }
    }
    Ok(last)
}

/// Raises the last id of the journal, after which ids issued after a restart begin, and the number of
/// the last entry that is applied.
fn advance(transaction: &Transaction, last: MsgId, entry: u64) -> Result<(), StoreError> {
    let sql = "UPDATE journal SET last = max(last, ?1), entry = max(entry, ?2)";
    let mut statement = transaction.prepare_cached(sql)?;
    statement.execute([last.0 as i64, entry as i64])?;
    Ok(())
}

/// Returns the row id of a log; creates the log, and the index entries of a private one's parties,
/// if it is new.
fn log_row_id(transaction: &Transaction, log: &Log) -> Result<i64, StoreError> {
    let name = log_name(log);
    transaction
        .prepare_cached("INSERT INTO log (name) VALUES (?1) ON CONFLICT DO NOTHING")?
        .execute([&name])?;
    let mut find = transaction.prepare_cached("SELECT id FROM log WHERE name = ?1")?;
    let number = find.query_row([&name], |row| row.get(0))?;
    if let Log::Private(a, b) = log {
        for party in [a, b] {
            transaction
                .prepare_cached(
                    "INSERT INTO correspondence (party, log) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                )?
                .execute(params![party_name(party), number])?;
        }
    }
    Ok(number)
}

/// Statement that inserts a message.
const INSERT_MESSAGE: &str = "INSERT INTO message
         (log, id, kind, user, nick, ident, host, account, target, text, tags, splits, relayed_by,
          rank, bot)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";

/// Inserts a message into a log.
fn insert_message(insert: &mut Statement, log: i64, event: &Event) -> Result<(), StoreError> {
    let Body::Message {
        kind,
        to,
        text,
        splits,
        tags,
        relayed_by,
    } = &event.body
    else {
        return Ok(());
    };
    let (target, rank) = match to {
        Addressee::Channel(place, rank) => (&*place.name, rank.map(modes::rank_letter)),
        Addressee::User(nick) => (&**nick, None),
    };
    let splits = splits.as_ref().map(|splits| {
        let shown: Vec<String> = splits.iter().map(ToString::to_string).collect();
        shown.join(",")
    });
    let kind = match kind {
        MessageKind::Message => 0,
        MessageKind::Notice => 1,
        MessageKind::Tags => 2,
    };
    let from = &event.from;
    insert.execute(params![
        log,
        event.id.0 as i64,
        kind,
        from.id.0 as i64,
        &*from.nick,
        &*from.user,
        &*from.host,
        from.account.as_deref(),
        target,
        &**text,
        &**tags,
        splits,
        relayed_by.as_deref(),
        rank.map(String::from),
        from.bot,
    ])?;
    Ok(())
}

/// Deletes a redacted message, and queues it for removal from the search index.
fn redact(transaction: &Transaction, log: &Log, message: MsgId) -> Result<(), StoreError> {
    let gone = transaction
        .prepare_cached(
            "DELETE FROM message WHERE id = ?1 AND log = (SELECT id FROM log WHERE name = ?2)",
        )?
        .execute(params![message.0 as i64, log_name(log)])?;
    if gone > 0 {
        transaction
            .prepare_cached("INSERT INTO removed (id) VALUES (?1)")?
            .execute([message.0 as i64])?;
    }
    Ok(())
}
