//! Place of the database behind the journal.

use rusqlite::Connection;

/// Place of the database behind the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// Id of the journal; 0 if there was none.
    pub journal: u64,
    /// Number of the last entry that is applied.
    pub entry: u64,
}

/// Returns how far a database follows which journal.
pub(crate) fn position(connection: &Connection) -> Result<Position, rusqlite::Error> {
    connection.query_row("SELECT id, entry FROM journal", [], |row| {
        let (journal, entry): (i64, i64) = (row.get(0)?, row.get(1)?);
        Ok(Position {
            journal: journal as u64,
            entry: entry as u64,
        })
    })
}
