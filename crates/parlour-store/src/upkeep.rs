//! Maintenance of the database: backup, check, and the data of one account.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parlour_core::{Event, MsgId, Time};
use rusqlite::{Connection, OpenFlags, params};

use crate::private::private;
use crate::reader::{MESSAGE_COLUMNS, Reader, event, signed};
use crate::{FILE, StoreError, Writer, journal, log_blocks, records};

/// Deletes all messages and events of an account from `since`, its creation, until `until`, its
/// end.
pub(crate) fn erase(
    transaction: &Connection,
    name: &str,
    since: Time,
    until: MsgId,
) -> Result<(), StoreError> {
    // Both bounds matter: another account may have had, or get, the same name.
    let since = signed(MsgId::first_of(since));
    let whose = params![name, since, signed(until)];
    let mut find = transaction.prepare_cached(
        "SELECT log, id FROM message WHERE account = ?1 AND id BETWEEN ?2 AND ?3",
    )?;
    let mut logs: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    let mut rows = find.query(whose)?;
    while let Some(row) = rows.next()? {
        logs.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    for (log, ids) in logs {
        records::delete_messages(transaction, log, &ids)?;
    }
    transaction
        .prepare_cached("DELETE FROM happened WHERE account = ?1 AND id BETWEEN ?2 AND ?3")?
        .execute(whose)?;
    Ok(())
}

impl Writer {
    /// Returns whether deleted messages may still be found in the write-ahead log.
    pub fn leaves_traces(&self) -> bool {
        self.leaves_traces
    }

    /// Truncates the write-ahead log, and deletes the segments of the journal, so that deleted messages
    /// are not found in them; the database file itself is overwritten with each deletion. Returns
    /// whether that was possible: it is not while a reader uses an older snapshot.
    ///
    /// # Errors
    /// The database or the journal cannot be written.
    pub fn remove_traces(&mut self) -> Result<bool, StoreError> {
        self.rotate_journal();
        // Set again by what is deleted from here on: its message may be in the segment that is begun now.
        self.leaves_traces = false;
        let removed = self.catch_up().and_then(|()| {
            let is_truncated = truncate_log(&self.connection)?;
            if is_truncated {
                self.synced()?;
            }
            Ok(is_truncated)
        });
        self.leaves_traces |= !matches!(removed, Ok(true));
        removed.map(|_| !self.leaves_traces)
    }
}

/// Moves the write-ahead log into the database and truncates it. Returns false while a reader uses
/// an older snapshot.
pub(crate) fn truncate_log(connection: &Connection) -> Result<bool, StoreError> {
    let busy: i64 =
        connection.query_row("PRAGMA main.wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    Ok(busy == 0)
}

impl Reader {
    /// Writes a copy of the database as it is now, while the server keeps running.
    ///
    /// # Errors
    /// The file exists already, or cannot be written.
    pub fn backup(&self, file: &Path) -> Result<(), StoreError> {
        if file.exists() {
            return Err(StoreError::Exists(file.to_owned()));
        }
        self.tail.wait()?;
        // The copy gets its name only once it is complete. Only its owner may read it, as with the
        // database itself.
        let mut part = file.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let fault = |source| StoreError::Copy {
            path: file.to_owned(),
            source,
        };
        let _ = std::fs::remove_file(&part);
        // VACUUM INTO accepts an empty file, which has its mode from the start.
        private(OpenOptions::new().create_new(true))
            .open(&part)
            .map_err(fault)?;
        let name = part.to_str().ok_or_else(|| {
            let what = "its name is no text";
            fault(std::io::Error::new(std::io::ErrorKind::InvalidInput, what))
        })?;
        let copied = self.connection.execute("VACUUM INTO ?1", [name]);
        if copied.is_err() {
            let _ = std::fs::remove_file(&part);
        }
        copied?;
        std::fs::rename(&part, file).map_err(fault)
    }

    /// Passes all messages of an account to `show`, oldest first. `since` is when the account
    /// `name` was created.
    ///
    /// # Errors
    /// The database cannot be read, or `show` returned an error, which ends the run.
    pub fn messages_of<E: From<StoreError>>(
        &self,
        name: &str,
        since: Time,
        mut show: impl FnMut(Arc<Event>) -> Result<(), E>,
    ) -> Result<(), E> {
        let sqlite = |error: rusqlite::Error| E::from(StoreError::from(error));
        self.tail.wait()?;
        let mut statement = self
            .connection
            .prepare_cached(&format!(
                "SELECT {MESSAGE_COLUMNS} FROM message
                 WHERE account = ?1 AND id >= ?2 ORDER BY id"
            ))
            .map_err(sqlite)?;
        let whose = params![name, signed(MsgId::first_of(since))];
        let mut rows = statement.query(whose).map_err(sqlite)?;
        while let Some(row) = rows.next().map_err(sqlite)? {
            let id = row.get(0).map_err(sqlite)?;
            let event = self
                .damage
                .row("message", id, event(row, None))
                .map_err(sqlite)?;
            if let Some(event) = event {
                show(Arc::new(event))?;
            }
        }
        Ok(())
    }
}

/// Checks the database of a data directory (or the database file itself). Returns descriptions of
/// the faults; none if it is intact.
///
/// # Errors
/// The database does not exist, or cannot be read.
pub fn check(path: &Path) -> Result<Vec<String>, StoreError> {
    let file: PathBuf = if path.is_dir() {
        path.join(FILE)
    } else {
        path.to_owned()
    };
    if !file.exists() {
        return Err(StoreError::Missing(file));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&file, flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    let faults = faults_of(&connection).and_then(|mut faults| {
        if path.is_dir() && faults.is_empty() {
            faults = journal::faults(path, &connection)?;
        }
        Ok(faults)
    });
    match faults {
        // The damage is such that it cannot even be checked.
        Err(error) if error.is_damage() => Ok(vec![error.to_string()]),
        other => other,
    }
}

/// Returns the faults of an open database.
fn faults_of(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut faults = crate::migrations::faults(connection)?;
    if !faults.is_empty() {
        return Ok(faults);
    }
    let mut statement = connection.prepare("PRAGMA integrity_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let said: String = row.get(0)?;
        if said != "ok" {
            faults.push(said);
        }
    }
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        faults.push(format!("a row of {table} belongs to no {parent}"));
    }
    // Invariants that the core relies on.
    for (sql, fault) in [
        (
            "SELECT count(*) FROM message WHERE log NOT IN (SELECT id FROM log)",
            "messages that are in no log",
        ),
        (
            "SELECT count(*) FROM message WHERE id > (SELECT last FROM journal)",
            "messages that are beyond the end of the journal",
        ),
    ] {
        let count: i64 = connection.query_row(sql, [], |row| row.get(0))?;
        if count > 0 {
            faults.push(format!("{count} {fault}"));
        }
    }
    for log in log_blocks::faults(connection)? {
        faults.push(format!(
            "the messages of log {log} are not those of its blocks"
        ));
    }
    Ok(faults)
}
