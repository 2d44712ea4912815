//! How long and how much is kept: what is more is deleted, little by little, and its room on the
//! disk is given back.

use std::collections::HashMap;

use parlour_core::names::Folded;
use parlour_core::{MsgId, Time};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::reader::signed;
use crate::{StoreError, Writer};

/// Rows that are deleted in one transaction: a commit that comes meanwhile waits for as many.
const STEP: i64 = 500;
/// Pages that are given back at once.
const PAGES: i64 = 1_000;

/// What is kept of a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogRetention {
    /// Milliseconds that a message is kept; none: for good.
    pub age: Option<u64>,
    /// The newest messages that are kept; none: all.
    pub count: Option<u64>,
}

impl LogRetention {
    fn everything(self) -> bool {
        self.age.is_none() && self.count.is_none()
    }
}

/// What is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Of channels that have nothing of their own, and of private conversations.
    pub usual: LogRetention,
    /// Of channels.
    pub channels: HashMap<Folded, LogRetention>,
}

impl Retention {
    /// Whether everything is kept for good.
    pub fn keeps_everything(&self) -> bool {
        self.usual.everything() && self.channels.values().all(|keep| keep.everything())
    }

    /// What is kept of the log of this name.
    fn of(&self, log: &str) -> LogRetention {
        let own = self.channels.get(&Folded::kept(log));
        own.copied().unwrap_or(self.usual)
    }
}

/// How far a round through all logs has come.
#[derive(Clone, Copy, Debug, Default)]
pub struct RetentionRound {
    /// The number of the last log that is done with.
    log: i64,
}

impl Writer {
    /// Takes a step of a round that deletes what is not to be kept; true while there is more to do.
    ///
    /// # Errors
    /// Nothing was deleted; it can be tried again.
    pub fn sweep(
        &mut self,
        retention: &Retention,
        now: Time,
        round: &mut RetentionRound,
    ) -> Result<bool, StoreError> {
        let next: Option<(i64, String)> = self
            .connection
            .prepare_cached("SELECT id, name FROM log WHERE id > ?1 ORDER BY id LIMIT 1")?
            .query_row([round.log], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((log, name)) = next else {
            return give_back(&self.connection);
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
        if deleted < STEP as usize {
            round.log = log;
        }
        Ok(true)
    }
}

/// The first message of a log that is kept; none, if all are.
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
        Some(0) => Some(MsgId::first_of(now.plus(1))),
        Some(count) => {
            let oldest: Option<i64> = connection
                .prepare_cached(
                    "SELECT id FROM message WHERE log = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2",
                )?
                .query_row(params![log, count as i64 - 1], |row| row.get(0))
                .optional()?;
            oldest.map(|id| MsgId(id as u64))
        }
    };
    Ok(by_age.max(by_count))
}

/// Deletes some of what is older; how much.
fn delete(transaction: &Transaction<'_>, log: i64, until: MsgId) -> Result<usize, StoreError> {
    const OLD: &str = "SELECT id FROM message WHERE log = ?1 AND id < ?2 ORDER BY id LIMIT ?3";
    const HAPPENED: &str =
        "SELECT seq FROM happened WHERE log = ?1 AND id < ?2 ORDER BY id LIMIT ?3";
    let bounds = params![log, signed(until), STEP];
    transaction
        .prepare_cached(&format!("INSERT INTO removed (id) {OLD}"))?
        .execute(bounds)?;
    let messages = transaction
        .prepare_cached(&format!("DELETE FROM message WHERE id IN ({OLD})"))?
        .execute(bounds)?;
    let happened = transaction
        .prepare_cached(&format!("DELETE FROM happened WHERE seq IN ({HAPPENED})"))?
        .execute(bounds)?;
    Ok(messages.max(happened))
}

/// Gives some of the room back that nothing is in; true while there is more.
pub(crate) fn give_back(connection: &Connection) -> Result<bool, StoreError> {
    let free: i64 = connection.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
    if free == 0 {
        return Ok(false);
    }
    let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    let left: i64 = connection.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
    // A database of before this was thought of keeps its room for what comes.
    Ok(left > 0 && left < free)
}
