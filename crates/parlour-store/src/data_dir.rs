//! Data directory: locked by one process at a time, its files readable by the owner only.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags};

use crate::journal::{self, JournalFiles};
use crate::private::{OTHERS, create_private_folder, make_private, private};
use crate::tail::Tail;
use crate::{FILE, StoreError};

/// Files that the server writes. Any other file in the directory is left alone.
const SERVER_FILES: &[&str] = &[
    FILE,
    "parlour.db-wal",
    "parlour.db-shm",
    "search.db",
    "search.db-wal",
    "search.db-shm",
    "search.spoilt",
    "lock",
    // The folder keeps others from all that is in it.
    journal::FOLDER,
    "admin.sock",
    "tls-certificate.pem",
    "tls-key.pem",
    "salt-key",
    "cloak-key",
];

/// Files that are created after the database: if one exists, there was a database.
const CREATED_AFTER_DATABASE: &[&str] = &["salt-key", "search.db", journal::FOLDER];

/// Data directory, locked by this process. The lock ends when it is dropped, and with the process
/// in any case.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    place: Place,
    tail: Arc<Tail>,
    open_to_others: Option<u32>,
}

/// Place of the files.
#[derive(Debug)]
enum Place {
    /// Directory of the file system, with its lock.
    Files { _lock: File },
    /// Virtual file system of SQLite with this name, and the files of the journal: nothing else is
    /// read or written.
    Virtual(String, Arc<dyn JournalFiles>),
}

impl DataDir {
    /// Creates the directory if needed, readable by its owner only, and locks it. Files that the
    /// server wrote there earlier are made readable by their owner only as well.
    ///
    /// # Errors
    /// [`StoreError::Directory`] if it cannot be created or written, [`StoreError::InUse`] if
    /// another process has locked it.
    pub fn open(path: &Path) -> Result<DataDir, StoreError> {
        let fault = |source| StoreError::Directory {
            path: path.to_owned(),
            source,
        };
        create_private_folder(path).map_err(fault)?;
        let lock = private(OpenOptions::new().create(true).truncate(false))
            .open(path.join("lock"))
            .map_err(fault)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::InUse(path.to_owned())),
            Err(TryLockError::Error(source)) => return Err(fault(source)),
        }
        // Only now that the lock is held: these may be another running server's files.
        for name in SERVER_FILES {
            make_private(&path.join(name)).map_err(fault)?;
        }
        let mode = fs::metadata(path).map_err(fault)?.permissions().mode();
        Ok(DataDir {
            path: path.to_owned(),
            place: Place::Files { _lock: lock },
            tail: Arc::default(),
            open_to_others: (mode & OTHERS != 0).then_some(mode & 0o777),
        })
    }

    /// Returns a directory on a virtual file system that was registered with SQLite, for tests with
    /// disks that fail.
    pub fn on_vfs(path: &Path, vfs: &str, journal: Arc<dyn JournalFiles>) -> DataDir {
        DataDir {
            path: path.to_owned(),
            place: Place::Virtual(vfs.to_owned(), journal),
            tail: Arc::default(),
            open_to_others: None,
        }
    }

    /// Opens a database in the directory.
    pub(crate) fn connect(
        &self,
        file: &Path,
        flags: OpenFlags,
    ) -> Result<Connection, rusqlite::Error> {
        match &self.place {
            Place::Files { .. } => Connection::open_with_flags(file, flags),
            Place::Virtual(vfs, _) => {
                Connection::open_with_flags_and_vfs(file, flags, vfs.as_str())
            }
        }
    }

    /// Returns the URI of the database file, for reading.
    pub(crate) fn database_uri(&self) -> String {
        let file = uri_path(&self.database());
        match &self.place {
            Place::Files { .. } => format!("file:{file}?mode=ro"),
            Place::Virtual(vfs, _) => format!("file:{file}?mode=ro&vfs={vfs}"),
        }
    }

    /// Returns the files of the journal.
    pub(crate) fn journal_files(&self) -> Arc<dyn JournalFiles> {
        match &self.place {
            Place::Files { .. } => Arc::new(journal::Folder::new(self.path.join(journal::FOLDER))),
            Place::Virtual(_, files) => files.clone(),
        }
    }

    /// Returns the tail of the journal, which everything that reads the database waits for.
    pub fn tail(&self) -> &Arc<Tail> {
        &self.tail
    }

    /// Returns the path of the directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the mode of the directory if it grants access to group or others. The files that the
    /// server writes there are private all the same.
    pub fn open_to_others(&self) -> Option<u32> {
        self.open_to_others
    }

    /// Returns the path of the database file. Creates it, readable by its owner only, if it is
    /// missing.
    ///
    /// # Errors
    /// [`StoreError::Lost`] if the directory was used and the database is gone or empty.
    pub(crate) fn database_to_write(&self) -> Result<PathBuf, StoreError> {
        let file = self.database();
        if let Place::Virtual(..) = self.place {
            return Ok(file);
        }
        let size = fs::metadata(&file).map_or(0, |about| about.len());
        // SQLite would silently create a new, empty database here.
        if size == 0 && self.was_used() {
            return Err(StoreError::Lost(file));
        }
        self.create_private(&file)?;
        Ok(file)
    }

    /// Returns whether an earlier run had a database here.
    pub(crate) fn was_used(&self) -> bool {
        let is_there = |name: &&str| self.path.join(name).exists();
        match self.place {
            Place::Files { .. } => CREATED_AFTER_DATABASE.iter().any(is_there),
            Place::Virtual(..) => false,
        }
    }

    /// Returns the path of the database file.
    pub fn database(&self) -> PathBuf {
        self.path.join(FILE)
    }

    /// Creates a folder that only its owner may look into, unless it exists.
    pub(crate) fn make_private_folder(&self, folder: &Path) -> Result<(), StoreError> {
        create_private_folder(folder).map_err(|source| StoreError::Directory {
            path: folder.to_owned(),
            source,
        })
    }

    /// Creates an empty file that only its owner may read, unless it exists. SQLite gives the files
    /// beside a database (`-wal`, `-shm`) the same mode.
    pub(crate) fn create_private(&self, file: &Path) -> Result<(), StoreError> {
        if let Place::Virtual(..) = self.place {
            return Ok(());
        }
        let made = private(OpenOptions::new().create(true).truncate(false)).open(file);
        made.map(drop).map_err(|source| StoreError::Directory {
            path: self.path.clone(),
            source,
        })
    }
}

/// Returns a path as SQLite's URI file names have it: all but unreserved bytes escaped (RFC 3986).
fn uri_path(path: &Path) -> String {
    let bytes = path.as_os_str().as_bytes().iter();
    let escaped = bytes.map(|&byte| match byte {
        b'/' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    escaped.collect()
}
