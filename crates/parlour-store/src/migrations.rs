//! How the database came to be what it is: steps that are only ever added.

use rusqlite::Connection;

use crate::StoreError;

/// Every step; a database of version n has had the first n.
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
];

/// Brings a database up to date, all steps that it lacks in one transaction.
pub(crate) fn run(connection: &mut Connection) -> Result<(), StoreError> {
    let known = STEPS.len() as i64;
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    let missing = &STEPS[found.max(0) as usize..];
    if missing.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    for step in missing {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    Ok(transaction.commit()?)
}
