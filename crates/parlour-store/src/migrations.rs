//! Migrations of the database: steps that are only ever added.

use rusqlite::Connection;

use crate::StoreError;

/// All steps; a database of version n has had the first n.
const STEPS: &[&str] = &[
    include_str!("../migrations/0001_begin.sql"),
    include_str!("../migrations/0002_irc.sql"),
    include_str!("../migrations/0003_accounts.sql"),
    include_str!("../migrations/0004_happened.sql"),
    include_str!("../migrations/0005_correspondence.sql"),
    include_str!("../migrations/0006_read_marker.sql"),
    include_str!("../migrations/0007_registered.sql"),
    include_str!("../migrations/0008_presence.sql"),
    include_str!("../migrations/0009_removed.sql"),
    include_str!("../migrations/0010_moderation.sql"),
    include_str!("../migrations/0011_places.sql"),
    include_str!("../migrations/0012_ranks_and_bots.sql"),
    include_str!("../migrations/0013_mutes.sql"),
    include_str!("../migrations/0014_hooks.sql"),
    include_str!("../migrations/0015_pushes.sql"),
    include_str!("../migrations/0016_journal.sql"),
    include_str!("../migrations/0017_log_blocks.sql"),
];

/// Brings a database up to date: all missing steps in one transaction.
pub(crate) fn run(connection: &mut Connection) -> Result<(), StoreError> {
    let known = STEPS.len() as i64;
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(StoreError::VersionTooNew { found, known });
    }
    let missing = &STEPS[found.max(0) as usize..];
    if missing.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    for step in missing {
        transaction.execute_batch(step)?;
    }
    // Part of the transaction: a failed migration leaves the old version.
    transaction.pragma_update(None, "user_version", known)?;
    Ok(transaction.commit()?)
}

/// Returns descriptions of what a database lacks that its version should have.
pub(crate) fn faults(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let known = STEPS.len() as i64;
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if !(1..=known).contains(&found) {
        return Ok(vec![format!(
            "it is of version {found}, and this parlour knows versions 1 to {known}"
        )]);
    }
    // The reference is a fresh database that has had the same steps.
    let mut whole = Connection::open_in_memory()?;
    let steps = STEPS.iter().take(found as usize);
    let transaction = whole.transaction()?;
    for step in steps {
        transaction.execute_batch(step)?;
    }
    transaction.commit()?;
    let mut faults = Vec::new();
    let mut wanted =
        whole.prepare("SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'")?;
    let mut rows = wanted.query([])?;
    let mut find =
        connection.prepare("SELECT count(*) FROM sqlite_schema WHERE type = ?1 AND name = ?2")?;
    while let Some(row) = rows.next()? {
        let (kind, name): (String, String) = (row.get(0)?, row.get(1)?);
        let count: i64 = find.query_row([&kind, &name], |row| row.get(0))?;
        if count == 0 {
            faults.push(format!("it has no {kind} {name}"));
        }
    }
    if faults.is_empty() {
        let rows: i64 =
            connection.query_row("SELECT count(*) FROM journal", [], |row| row.get(0))?;
        if rows != 1 {
            faults.push(format!("its journal has {rows} rows in place of one"));
        }
    }
    Ok(faults)
}
