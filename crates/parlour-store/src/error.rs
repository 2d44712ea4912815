//! Errors of the store, by cause.

use std::path::PathBuf;

use crate::damage;

/// Error that keeps the store from being used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data directory cannot be created or written.
    #[error("the data directory {} cannot be used: {source}; choose another with --data", path.display())]
    Directory {
        /// Path of the directory.
        path: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// Another process has locked the data directory.
    #[error("another parlour server is using the data directory {}; stop it, or choose another directory with --data", .0.display())]
    InUse(PathBuf),
    /// The database was written by a newer parlour.
    #[error(
        "the database is of version {found}, and this parlour knows versions up to {known}; use a newer parlour"
    )]
    VersionTooNew {
        /// Version of the database.
        found: i64,
        /// Newest version that this parlour knows.
        known: i64,
    },
    /// The database is gone or empty, though the directory was in use.
    #[error(
        "the database {} is missing or empty, though this directory was in use: put it, or a backup of it, back in its place; \
         to begin anew with nothing, empty the directory or choose another with --data", .0.display()
    )]
    Lost(PathBuf),
    /// No database exists.
    #[error("there is no database {}", .0.display())]
    Missing(PathBuf),
    /// A file of this name exists already.
    #[error("{} is there already; choose another name", .0.display())]
    Exists(PathBuf),
    /// A backup cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    Copy {
        /// Path of the backup.
        path: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// SQLite failed.
    #[error("the database cannot be used: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

impl StoreError {
    /// Returns whether the file is damaged.
    pub fn is_damage(&self) -> bool {
        matches!(self, StoreError::Sqlite(error) if damage::is_damage(error))
    }

    /// Returns whether the disk is full.
    pub fn is_full(&self) -> bool {
        matches!(self, StoreError::Sqlite(error)
            if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull))
    }
}
