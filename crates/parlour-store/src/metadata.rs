//! Metadata of channels and accounts (IRCv3 `metadata`), by folded name. No account name begins
//! with `#`, so the two share one table.

use std::collections::HashMap;

use parlour_core::names::Folded;
use parlour_core::state::Metadata;
use rusqlite::Connection;

use crate::StoreError;

/// Returns all stored metadata, by owner.
pub(crate) fn all(connection: &Connection) -> Result<HashMap<String, Metadata>, StoreError> {
    let mut found: HashMap<String, Metadata> = HashMap::new();
    let mut statement = connection.prepare("SELECT owner, key, value FROM metadata")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (key, value): (String, String) = (row.get(1)?, row.get(2)?);
        let owner = found.entry(row.get(0)?).or_default();
        owner.set(key.into(), value.into());
    }
    Ok(found)
}

/// Replaces the stored metadata of an owner.
pub(crate) fn put(
    transaction: &Connection,
    owner: &Folded,
    metadata: &Metadata,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM metadata WHERE owner = ?1")?
        .execute([owner.as_str()])?;
    for (key, value) in metadata.iter() {
        transaction
            .prepare_cached("INSERT INTO metadata (owner, key, value) VALUES (?1, ?2, ?3)")?
            .execute([owner.as_str(), key, value])?;
    }
    Ok(())
}
