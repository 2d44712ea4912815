//! Errors of the store, by cause.

use std::path::PathBuf;

use std::sync::Arc;

use crate::damage;
use crate::journal::JournalDamage;

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
    /// The journal cannot be read or written.
    #[error("the journal cannot be used: {0}")]
    JournalFile(#[from] std::io::Error),
    /// The journal is damaged, or not of this database.
    #[error(
        "{0}; put the data directory back from a backup, or move its folder `journal` away to go on from the \
         database alone, without what was said last"
    )]
    Journal(#[from] JournalDamage),
    /// The database does not follow the journal.
    #[error("the database waits: {0}")]
    Behind(Arc<str>),
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
        match self {
            StoreError::Sqlite(error) => {
                error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
            }
            StoreError::JournalFile(error) => matches!(
                error.kind(),
                std::io::ErrorKind::StorageFull
                    | std::io::ErrorKind::QuotaExceeded
                    | std::io::ErrorKind::WriteZero
            ),
            StoreError::Directory { .. }
            | StoreError::InUse(_)
            | StoreError::VersionTooNew { .. }
            | StoreError::Lost(_)
            | StoreError::Missing(_)
            | StoreError::Exists(_)
            | StoreError::Copy { .. }
            | StoreError::Journal(_)
            | StoreError::Behind(_) => false,
        }
    }
}
