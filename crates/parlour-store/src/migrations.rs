//! How the database came to be what it is: steps that are only ever added.

use rusqlite::Connection;

use crate::StoreError;

/// Every step; a database of version n has had the first n.
const STEPS: &[&str] = &[include_str!("../migrations/0001_begin.sql")];

/// Brings a database up to date, each step in a transaction of its own.
pub(crate) fn run(connection: &mut Connection) -> Result<(), StoreError> {
    let known = STEPS.len() as i64;
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for (index, step) in STEPS.iter().enumerate().skip(found.max(0) as usize) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", index as i64 + 1)?;
        transaction.commit()?;
    }
    Ok(())
}
