//! The data directory, held by one process at a time.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::{FILE, StoreError};

/// A data directory that this process holds. Dropping it lets it go; so does the end of
/// the process, however it comes.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Makes the directory if need be, readable for its owner only, and takes hold of it.
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
            make_private(path).map_err(fault)?;
        }
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join("lock"))
            .map_err(fault)?;
        match lock.try_lock() {
            Ok(()) => Ok(DataDir {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse(path.to_owned())),
            Err(TryLockError::Error(source)) => Err(fault(source)),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path.join(FILE)
    }
}

fn make_private(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
