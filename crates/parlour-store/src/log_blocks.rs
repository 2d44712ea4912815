//! Ids of the messages of each log, in blocks: one row for what a transaction adds to a log, since an
//! index with an entry for each message costs more than the messages themselves.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;

use rusqlite::{Connection, OptionalExtension, params};

/// Ids in one block at the most: it fits into a page of the table without overflow.
const BLOCK: usize = 120;

/// Ids that the open transaction has added to logs, until they are written as blocks.
#[derive(Debug, Default)]
pub(crate) struct NewIds(BTreeMap<i64, Vec<i64>>);

impl NewIds {
    /// Adds a message to a log.
    pub fn add(&mut self, log: i64, id: i64) {
        self.0.entry(log).or_default().push(id);
    }

    /// Writes the blocks. Must be done before the transaction ends, and before it deletes a message.
    pub fn write(&mut self, transaction: &Connection) -> Result<(), rusqlite::Error> {
        for (log, mut ids) in std::mem::take(&mut self.0) {
            ids.sort_unstable();
            for block in ids.chunks(BLOCK) {
                put(transaction, log, block)?;
            }
        }
        Ok(())
    }

    /// Forgets the ids: the transaction is rolled back.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// Passes the ids of a log between `bounds`, both exclusive, to `visit`, newest or oldest first, until
/// that breaks.
pub(crate) fn walk(
    connection: &Connection,
    log: i64,
    bounds: (i64, i64),
    newest: bool,
    mut visit: impl FnMut(i64) -> Result<ControlFlow<()>, rusqlite::Error>,
) -> Result<(), rusqlite::Error> {
    let order = if newest { "DESC" } else { "ASC" };
    // The block that the lower bound is in begins before it.
    let mut blocks = connection.prepare_cached(&format!(
        "SELECT first, more FROM log_block WHERE log = ?1 AND first < ?3
         AND first >= ifnull((SELECT max(first) FROM log_block WHERE log = ?1 AND first <= ?2), 0)
         ORDER BY first {order}"
    ))?;
    let (after, before) = bounds;
    let mut rows = blocks.query([log, after, before])?;
    while let Some(row) = rows.next()? {
        let mut ids = decode(row.get(0)?, row.get_ref(1)?.as_blob()?);
        if newest {
            ids.reverse();
        }
        for id in ids {
            if after < id && id < before && visit(id)?.is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Returns the id of the newest message but `skipped`; `None` if the log has no more than those.
pub(crate) fn newest_but(
    connection: &Connection,
    log: i64,
    skipped: u64,
) -> Result<Option<i64>, rusqlite::Error> {
    let mut blocks = connection
        .prepare_cached("SELECT first, more FROM log_block WHERE log = ?1 ORDER BY first DESC")?;
    let mut rows = blocks.query([log])?;
    let mut left = skipped;
    while let Some(row) = rows.next()? {
        let more = row.get_ref(1)?.as_blob()?;
        let count = 1 + (more.len() / 8) as u64;
        if left < count {
            let ids = decode(row.get(0)?, more);
            return Ok(ids.into_iter().rev().nth(left as usize));
        }
        left -= count;
    }
    Ok(None)
}

/// Takes ids out of the blocks of a log; others than its own are ignored.
pub(crate) fn remove(
    transaction: &Connection,
    log: i64,
    ids: &[i64],
) -> Result<(), rusqlite::Error> {
    let mut gone = ids.to_vec();
    gone.sort_unstable();
    let mut rest = gone.as_slice();
    while let Some(&id) = rest.first() {
        let block = transaction
            .prepare_cached(
                "SELECT first, more FROM log_block WHERE log = ?1 AND first <= ?2
                 ORDER BY first DESC LIMIT 1",
            )?
            .query_row([log, id], |row| {
                Ok(decode(row.get(0)?, row.get_ref(1)?.as_blob()?))
            })
            .optional()?;
        let Some(block) = block else {
            rest = &rest[1..];
            continue;
        };
        let last = block.last().copied().unwrap_or(id).max(id);
        let within = rest.partition_point(|&id| id <= last);
        let (of_block, after) = rest.split_at(within);
        rest = after;
        let mut kept = block.clone();
        kept.retain(|id| of_block.binary_search(id).is_err());
        if kept.len() < block.len() {
            transaction
                .prepare_cached("DELETE FROM log_block WHERE log = ?1 AND first = ?2")?
                .execute([log, block[0]])?;
            put(transaction, log, &kept)?;
        }
    }
    Ok(())
}

/// Returns the logs of which the blocks do not list just their messages, in order, by row id; none for a database
/// of a version without blocks.
pub(crate) fn faults(connection: &Connection) -> Result<Vec<i64>, rusqlite::Error> {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'log_block'";
    if connection.query_row(sql, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(Vec::new());
    }
    // Both are read as of one moment: the server may be writing.
    let _snapshot = connection.unchecked_transaction()?;
    // Number of ids and a sum over them, equal whatever their order is.
    let mut sums: HashMap<i64, (i64, u64)> = HashMap::new();
    let mut count = |log, id: i64, step| {
        let sum = sums.entry(log).or_default();
        let mixed = (id as u64 ^ (id as u64 >> 29)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        sum.0 += step;
        sum.1 = sum.1.wrapping_add(mixed.wrapping_mul(step as u64));
    };
    let mut messages = connection.prepare("SELECT log, id FROM message")?;
    let mut rows = messages.query([])?;
    while let Some(row) = rows.next()? {
        count(row.get(0)?, row.get(1)?, 1);
    }
    let mut blocks =
        connection.prepare("SELECT log, first, more FROM log_block ORDER BY log, first")?;
    let mut rows = blocks.query([])?;
    let mut logs = BTreeSet::new();
    let mut last = (0, 0);
    while let Some(row) = rows.next()? {
        let log = row.get(0)?;
        for id in decode(row.get(1)?, row.get_ref(2)?.as_blob()?) {
            count(log, id, -1);
            // A walk relies on it.
            if (log, id) <= last {
                logs.insert(log);
            }
            last = (log, id);
        }
    }
    let unequal = sums.into_iter().filter(|(_, sum)| *sum != (0, 0));
    logs.extend(unequal.map(|(log, _)| log));
    Ok(logs.into_iter().collect())
}

/// Inserts a block of ascending ids; none if there are no ids.
fn put(transaction: &Connection, log: i64, ids: &[i64]) -> Result<(), rusqlite::Error> {
    let Some((first, more)) = ids.split_first() else {
        return Ok(());
    };
    let more: Vec<u8> = more.iter().flat_map(|id| id.to_le_bytes()).collect();
    transaction
        .prepare_cached("INSERT INTO log_block (log, first, more) VALUES (?1, ?2, ?3)")?
        .execute(params![log, first, more])?;
    Ok(())
}

/// Returns the ids of a block, ascending.
fn decode(first: i64, more: &[u8]) -> Vec<i64> {
    let (more, _) = more.as_chunks::<8>();
    let mut ids = Vec::with_capacity(1 + more.len());
    ids.push(first);
    ids.extend(more.iter().map(|bytes| i64::from_le_bytes(*bytes)));
    ids
}
