//! The data directory: held by one process at a time, and nobody else's to read.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::{FILE, StoreError};

/// Files that the server writes. Anything else that may lie there is not its own.
const OWN: &[&str] = &[
    FILE,
    "parlour.db-wal",
    "parlour.db-shm",
    "search.db",
    "search.db-wal",
    "search.db-shm",
    "search.spoilt",
    "lock",
    "admin.sock",
    "tls-certificate.pem",
    "tls-key.pem",
    "salt-key",
    "cloak-key",
];

/// Files that are made after the database: where one is, there was a database.
const MADE_LATER: &[&str] = &["salt-key", "search.db"];

/// Bits of a mode that let others than the owner do something.
const OTHERS: u32 = 0o077;

/// A data directory that this process holds. Dropping it lets it go; so does the end of
/// the process, however it comes.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
    open_to_others: Option<u32>,
}

impl DataDir {
    /// Makes the directory if need be, readable for its owner only, and takes hold of it. What the
    /// server has written there before is made readable for its owner only as well.
    ///
    /// # Errors
    /// [`StoreError::Directory`] if it cannot be made or written, [`StoreError::InUse`] if
    /// another process holds it.
    pub fn open(path: &Path) -> Result<DataDir, StoreError> {
        let fault = |source| StoreError::Directory {
            path: path.to_owned(),
            source,
        };
        if !path.is_dir() {
            let mut builder = DirBuilder::new();
            builder.recursive(true).mode(0o700);
            builder.create(path).map_err(fault)?;
        }
        let lock = private(OpenOptions::new().create(true).truncate(false))
            .open(path.join("lock"))
            .map_err(fault)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::InUse(path.to_owned())),
            Err(TryLockError::Error(source)) => return Err(fault(source)),
        }
        for name in OWN {
            make_private(&path.join(name)).map_err(fault)?;
        }
        let mode = fs::metadata(path).map_err(fault)?.permissions().mode();
        Ok(DataDir {
            path: path.to_owned(),
            _lock: lock,
            open_to_others: (mode & OTHERS != 0).then_some(mode & 0o777),
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The mode of the directory, if others than its owner may do something in it. What the server
    /// writes there is not theirs to read all the same.
    pub fn open_to_others(&self) -> Option<u32> {
        self.open_to_others
    }

    /// The database's file, which is there afterwards, readable for its owner only.
    ///
    /// # Errors
    /// [`StoreError::Lost`] if the directory was used and the database is gone or empty.
    pub(crate) fn database_to_write(&self) -> Result<PathBuf, StoreError> {
        let file = self.database();
        let size = fs::metadata(&file).map_or(0, |about| about.len());
        if size == 0 && self.was_used() {
            return Err(StoreError::Lost(file));
        }
        self.create_private(&file)?;
        Ok(file)
    }

    /// Whether an earlier run had a database here.
    pub(crate) fn was_used(&self) -> bool {
        MADE_LATER.iter().any(|name| self.path.join(name).exists())
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path.join(FILE)
    }

    /// Makes an empty file that only its owner may read, unless it is there. SQLite gives the files
    /// beside a database the same mode.
    pub(crate) fn create_private(&self, file: &Path) -> Result<(), StoreError> {
        let made = private(OpenOptions::new().create(true).truncate(false)).open(file);
        made.map(drop).map_err(|source| StoreError::Directory {
            path: self.path.clone(),
            source,
        })
    }
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options.write(true).mode(0o600)
}

/// Takes all rights to a file from others than its owner, if it is there.
fn make_private(file: &Path) -> io::Result<()> {
    let about = match fs::symlink_metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        about => about?,
    };
    let mode = about.permissions().mode();
    // Where the operator has put a link, what it leads to is the operator's.
    if about.is_symlink() || mode & OTHERS == 0 {
        return Ok(());
    }
    fs::set_permissions(file, Permissions::from_mode(mode & !OTHERS & 0o7777))
}
