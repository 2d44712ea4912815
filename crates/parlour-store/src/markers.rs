//! Read markers of accounts (IRCv3 `read-marker`).

use parlour_core::Time;
use parlour_core::history::Party;
use parlour_core::names::Folded;
use rusqlite::{Connection, params};

use crate::StoreError;
use crate::log_names::{party, party_name};

/// Returns all stored read markers.
pub(crate) fn all(connection: &Connection) -> Result<Vec<(Party, Folded, Time)>, StoreError> {
    let mut statement = connection.prepare("SELECT party, target, at FROM read_marker")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (whose, target): (String, String) = (row.get(0)?, row.get(1)?);
        let at = Time(row.get::<_, i64>(2)? as u64);
        found.extend(party(&whose).map(|whose| (whose, Folded::kept(&target), at)));
    }
    Ok(found)
}

/// Inserts a read marker, or replaces its time.
pub(crate) fn put(
    transaction: &Connection,
    whose: &Party,
    target: &Folded,
    at: Time,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO read_marker (party, target, at) VALUES (?1, ?2, ?3)
             ON CONFLICT (party, target) DO UPDATE SET at = ?3",
        )?
        .execute(params![party_name(whose), target.as_str(), at.0 as i64])?;
    Ok(())
}
