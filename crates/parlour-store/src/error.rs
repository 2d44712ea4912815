//! What can go wrong with the store, by culprit.

use std::path::PathBuf;

use crate::damage;

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data directory cannot be made or written.
    #[error("the data directory {} cannot be used: {source}; choose another with --data", path.display())]
    Directory {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another process has it.
    #[error("another parlour server is using the data directory {}; stop it, or choose another directory with --data", .0.display())]
    InUse(PathBuf),
    /// The database was written by a newer parlour.
    #[error(
        "the database is of version {found}, and this parlour knows versions up to {known}; use a newer parlour"
    )]
    Newer {
        /// Its version.
        found: i64,
        /// The newest that is known.
        known: i64,
    },
    /// There was a database, and it is gone or empty.
    #[error(
        "the database {} is missing or empty, though this directory was in use: put it, or a backup of it, back in its place; \
         to begin anew with nothing, empty the directory or choose another with --data", .0.display()
    )]
    Lost(PathBuf),
    /// There is no database.
    #[error("there is no database {}", .0.display())]
    Missing(PathBuf),
    /// A file is in the way.
    #[error("{} is there already; choose another name", .0.display())]
    Exists(PathBuf),
    /// A copy cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    Copy {
        /// Where to.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// SQLite says no.
    #[error("the database cannot be used: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

impl StoreError {
    /// Whether the file is damaged.
    pub fn is_damage(&self) -> bool {
        matches!(self, StoreError::Sqlite(error) if damage::is_damage(error))
    }

    /// Whether there is no room on the disk.
    pub fn is_full(&self) -> bool {
        matches!(self, StoreError::Sqlite(error)
            if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull))
    }
}
