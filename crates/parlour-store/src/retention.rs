//! Retention: messages beyond the configured age or count are deleted little by little, and their
//! disk space is released.

use std::collections::HashMap;
use std::ops::ControlFlow;

use parlour_core::names::Folded;
use parlour_core::{MsgId, Time};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::reader::signed;
use crate::{StoreError, Writer, log_blocks, records};

/// Rows deleted in one transaction: what is applied meanwhile waits for at most this many.
const STEP: i64 = 500;
/// Pages released in one step.
const PAGES: i64 = 1_000;

/// Retention limits of a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogRetention {
    /// Age in milliseconds up to which messages are kept; `None` for no limit.
    pub age: Option<u64>,
    /// Number of newest messages that are kept; `None` for no limit.
    pub count: Option<u64>,
}

impl LogRetention {
    /// Returns whether neither limit is set.
    fn everything(self) -> bool {
        self.age.is_none() && self.count.is_none()
    }
}

/// Retention limits of all logs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Limits of channels without limits of their own, and of private conversations.
    pub usual: LogRetention,
    /// Limits of single channels.
    pub channels: HashMap<Folded, LogRetention>,
}

impl Retention {
    /// Returns whether no limit is set at all.
    pub fn is_unlimited(&self) -> bool {
        self.usual.everything() && self.channels.values().all(|keep| keep.everything())
    }

    /// Returns the limits of the log of this name.
    fn of(&self, log: &str) -> LogRetention {
        let own = self.channels.get(&Folded::kept(log));
        own.copied().unwrap_or(self.usual)
    }
}

/// Progress of a round through all logs.
#[derive(Clone, Copy, Debug, Default)]
pub struct RetentionRound {
    /// Row id of the last log that is finished.
    log: i64,
}

impl Writer {
    /// Takes a step of a round that deletes messages beyond the limits. Returns true while there is
    /// more to do.
    ///
    /// # Errors
    /// Nothing was deleted; the step can be retried.
    pub fn sweep(
        &mut self,
        retention: &Retention,
        now: Time,
        round: &mut RetentionRound,
    ) -> Result<bool, StoreError> {
        self.commit_applied()?;
        let next: Option<(i64, String)> = self
            .connection
            .prepare_cached("SELECT id, name FROM log WHERE id > ?1 ORDER BY id LIMIT 1")?
            .query_row([round.log], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((log, name)) = next else {
            return release_pages(&self.connection);
        };
        let keep = retention.of(&name);
        let Some(until) = first_kept(&self.connection, log, keep, now)? else {
            round.log = log;
            return Ok(true);
        };
        let transaction = self.connection.transaction()?;
        let deleted = delete(&transaction, log, until)?;
        transaction.commit()?;
        self.leaves_traces |= deleted > 0;
        // A full step may have left more of this log: the next call takes it again.
        if deleted < STEP as usize {
            round.log = log;
        }
        Ok(true)
    }
}

/// Returns the id from which on messages of a log are kept; `None` if all are.
fn first_kept(
    connection: &Connection,
    log: i64,
    keep: LogRetention,
    now: Time,
) -> Result<Option<MsgId>, StoreError> {
    let by_age = keep
        .age
        .map(|age| MsgId::first_of(Time(now.0.saturating_sub(age))));
    let by_count = match keep.count {
        None => None,
        // A count of zero keeps nothing, not even a message of this very millisecond.
        Some(0) => Some(MsgId::first_of(now.plus(1))),
        Some(count) => {
            let oldest = log_blocks::newest_but(connection, log, count - 1)?;
            oldest.map(|id| MsgId(id as u64))
        }
    };
    // The stricter limit wins, and `None` is less than any id.
    Ok(by_age.max(by_count))
}

/// Deletes up to [`STEP`] messages and events before `until`. Returns how many.
fn delete(transaction: &Transaction<'_>, log: i64, until: MsgId) -> Result<usize, StoreError> {
    const HAPPENED: &str =
        "SELECT seq FROM happened WHERE log = ?1 AND id < ?2 ORDER BY id LIMIT ?3";
    let bounds = params![log, signed(until), STEP];
    let mut old = Vec::new();
    log_blocks::walk(transaction, log, (0, signed(until)), false, |id| {
        old.push(id);
        Ok(if old.len() < STEP as usize {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        })
    })?;
    records::delete_messages(transaction, log, &old)?;
    let happened = transaction
        .prepare_cached(&format!("DELETE FROM happened WHERE seq IN ({HAPPENED})"))?
        .execute(bounds)?;
    Ok(old.len().max(happened))
}

/// Releases some unused pages of the file to the disk. Returns true while there are more.
pub(crate) fn release_pages(connection: &Connection) -> Result<bool, StoreError> {
    let free: i64 = connection.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
    if free == 0 {
        return Ok(false);
    }
    let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
    let mut rows = statement.query([])?;
    // The vacuum advances only as its rows are stepped through.
    while rows.next()?.is_some() {}
    let left: i64 = connection.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
    // A database created before `auto_vacuum` was set releases nothing: without progress, stop.
    Ok(left > 0 && left < free)
}
