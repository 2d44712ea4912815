//! Writer of the database: many records in one transaction, synced before the commit returns.

use std::collections::HashMap;

use parlour_core::event::Addressee;
use parlour_core::history::Log;
use parlour_core::names::Casemapping;
use parlour_core::request::MessageKind;
use parlour_core::{Body, Event, MsgId, Record, Restored};
use rusqlite::{Connection, OpenFlags, Transaction, params};

use crate::log_names::{log_name, party_name};
use crate::{
    DataDir, StoreError, accounts, always_on, channel_events, channels, hooks, markers, metadata,
    migrations, moderation, modes, pushes, upkeep,
};

/// Point at which a commit counts as durable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Commits are on the disk: they survive a crash of the machine.
    #[default]
    Disk,
    /// Commits are with the operating system: they survive a crash of the server.
    System,
}

/// Limit of the cached log row ids; beyond it the cache is cleared.
const REMEMBERED_LOGS: usize = 65_536;
/// Pages of write-ahead log after which SQLite moves them into the database: 16 MiB.
const CHECKPOINT_PAGES: i64 = 4_096;

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
}

impl Writer {
    /// Opens the database of a data directory, or creates it.
    ///
    /// # Errors
    /// The database is in use, lost, too new, or cannot be read or written.
    pub fn open(dir: &DataDir, durability: Durability) -> Result<Writer, StoreError> {
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
        let synchronous = match durability {
            Durability::Disk => "FULL",
            Durability::System => "NORMAL",
        };
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        migrations::run(&mut connection)?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(Writer {
            connection,
            forgotten: None,
            logs: HashMap::new(),
            // An earlier run may have ended before it truncated the log.
            leaves_traces: true,
        })
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

    /// Commits all of `records`, or none of them, without the place of the journal that they reach.
    ///
    /// # Errors
    /// As [`Writer::commit_up_to`].
    pub fn commit(&mut self, records: &[Record]) -> Result<(), StoreError> {
        self.commit_up_to(records, MsgId::default())
    }

    /// Commits all of `records`, or none of them, and with them the place of the journal up to which
    /// everything is stored then, whatever kind of entry stands there.
    ///
    /// # Errors
    /// Nothing was committed; the same call may succeed later.
    pub fn commit_up_to(&mut self, records: &[Record], place: MsgId) -> Result<(), StoreError> {
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
            (records, place),
            forgotten,
        );
        if kept.is_ok() {
            self.forgotten = None;
            self.leaves_traces |= records.iter().any(deletes);
        }
        if kept.is_err() {
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

/// Writes all records in one transaction. Adds logs that are not in `logs` to it, and to
/// `new_logs`.
fn write(
    connection: &mut Connection,
    logs: &mut HashMap<Log, i64>,
    new_logs: &mut Vec<Log>,
    (records, place): (&[Record], MsgId),
    forgotten: Option<i64>,
) -> Result<(), StoreError> {
    let transaction = connection.transaction()?;
    let mut last = place;
    for record in records {
        match record {
            Record::Message(log, event) | Record::ChannelEvent(log, event) => {
                let number = match logs.get(log) {
                    Some(&number) => number,
                    None => {
                        let number = log_row_id(&transaction, log)?;
                        logs.insert(log.clone(), number);
                        new_logs.push(log.clone());
                        number
                    }
                };
                if let Record::Message(..) = record {
                    insert_message(&transaction, number, event)?;
                } else {
                    channel_events::put(&transaction, number, event)?;
                }
                last = last.max(event.id);
            }
            Record::Channel(kept) => channels::put(&transaction, kept)?,
            Record::Renamed(old, kept) => {
                channels::rename(&transaction, old, kept)?;
                // Their row ids belong to other names now.
                logs.clear();
                new_logs.clear();
            }
            Record::ReadMarker(whose, target, at) => {
                markers::put(&transaction, whose, target, *at)?
            }
            Record::Account(kept) => accounts::put(&transaction, kept)?,
            Record::AlwaysOn(kept) => always_on::put(&transaction, kept)?,
            Record::AlwaysOnEnded(account) => always_on::drop(&transaction, account)?,
            Record::Banned(ban) => moderation::put(&transaction, ban)?,
            Record::Unbanned(target) => moderation::remove(&transaction, target)?,
            Record::Audit(audit) => moderation::append_audit(&transaction, audit)?,
            // Deferred until after the loop: messages of the account may follow in the same batch.
            Record::Erased(..) => {}
            Record::AccountDropped(name) => {
                accounts::drop(&transaction, name)?;
                pushes::forget(&transaction, name)?;
            }
            Record::ChannelForgotten(channel, hides) => {
                channels::forget(&transaction, channel, *hides)?;
                if *hides {
                    logs.clear();
                    new_logs.clear();
                }
            }
            Record::Redacted(log, message) => redact(&transaction, log, *message)?,
            Record::Push(account, subscription) => {
                pushes::put(&transaction, account, subscription)?;
            }
            Record::PushGone(endpoint) => pushes::remove(&transaction, endpoint)?,
            Record::Hook(hook) => hooks::put(&transaction, hook)?,
            Record::HookRemoved(name) => hooks::remove(&transaction, name)?,
        }
    }
    for record in records {
        if let Record::Erased(name, since, until) = record {
            upkeep::erase(&transaction, name, *since, *until)?;
        }
    }
    // In the same transaction, so that the request is dropped only once it is applied.
    if let Some(forgotten) = forgotten {
        transaction
            .prepare_cached("DELETE FROM removed WHERE seq <= ?1")?
            .execute([forgotten])?;
    }
    advance_journal(&transaction, last)?;
    Ok(transaction.commit()?)
}

/// Raises the last id of the journal. Ids issued after a restart begin after it.
fn advance_journal(transaction: &Transaction, last: MsgId) -> Result<(), StoreError> {
    let mut statement =
        transaction.prepare_cached("UPDATE journal SET last = ?1 WHERE last < ?1")?;
    statement.execute([last.0 as i64])?;
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

/// Inserts a message into a log.
fn insert_message(transaction: &Transaction, log: i64, event: &Event) -> Result<(), StoreError> {
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
    transaction
        .prepare_cached(
            "INSERT INTO message
                 (log, id, kind, user, nick, ident, host, account, target, text, tags, splits, relayed_by,
                  rank, bot)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?
        .execute(params![
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
