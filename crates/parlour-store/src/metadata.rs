//! Keys and values about channels and accounts, by their folded names: no account's begins with
//! `#`.

use std::collections::HashMap;

use parlour_core::names::Folded;
use parlour_core::state::Metadata;
use rusqlite::{Connection, Transaction};

use crate::StoreError;

/// All that is kept, by whose it is.
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

/// Keeps an owner's as it is now.
pub(crate) fn put(
    transaction: &Transaction<'_>,
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
