//! Sizes of what is in a data directory.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::{DataDir, journal, search, uploads};

/// Sizes in bytes, with the logs of the databases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// The journal, with the file for its next segment.
    pub journal: u64,
    /// The database.
    pub database: u64,
    /// The search index.
    pub search: u64,
    /// The uploaded files, without their small pictures.
    pub uploads: u64,
}

impl DataDir {
    /// Returns the sizes of what is there now. What cannot be read counts as nothing.
    pub fn sizes(&self) -> Sizes {
        Sizes {
            journal: size_of_files(&self.path().join(journal::FOLDER)),
            database: size_with_log(&self.database()),
            search: size_with_log(&self.path().join(search::FILE)),
            uploads: uploaded(&self.path().join(uploads::FOLDER).join(uploads::DATABASE)),
        }
    }
}

/// Sums the sizes of the files in a folder up.
fn size_of_files(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = files.filter_map(|file| file.metadata().ok());
    sizes.map(|about| about.len()).sum()
}

fn size_with_log(database: &Path) -> u64 {
    let size = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    size(database) + size(&PathBuf::from(log))
}

/// Sums the sizes up that the database of the uploads has: it may be of many files.
fn uploaded(database: &Path) -> u64 {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let sum = Connection::open_with_flags(database, flags).and_then(|connection| {
        let sql = "SELECT coalesce(sum(size), 0) FROM upload";
        connection.query_row(sql, [], |row| row.get::<_, i64>(0))
    });
    sum.map_or(0, |bytes| bytes as u64)
}
