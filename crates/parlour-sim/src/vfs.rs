//! Virtual file system of SQLite over simulated disks.
//!
//! One file system serves all disks: the first part of a path names the disk. Locks need not keep
//! threads apart, since each node runs in one thread and none of its connections leaves a transaction
//! open when it returns: whoever asks for a lock gets it.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use sqlite_vfs::wip::{WalIndex, WalIndexLock};
use sqlite_vfs::{DatabaseHandle, LockKind, OpenAccess, OpenOptions, Vfs};

use crate::Disk;

/// Name under which SQLite knows the file system.
pub(crate) const NAME: &str = "parlour-sim";

/// Bytes of a region of shared memory.
const REGION: usize = 32_768;

/// Disks that are mounted, by number.
static DISKS: Mutex<BTreeMap<u64, Disk>> = Mutex::new(BTreeMap::new());

/// Disk in the file system, until it is dropped.
#[derive(Debug)]
pub(crate) struct Mount {
    number: u64,
}

impl Mount {
    /// Mounts a disk.
    ///
    /// # Panics
    /// If SQLite does not take the file system.
    pub fn new(disk: &Disk) -> Mount {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        static REGISTERED: OnceLock<bool> = OnceLock::new();
        let registered =
            REGISTERED.get_or_init(|| sqlite_vfs::register(NAME, Disks, false).is_ok());
        assert!(registered, "SQLite takes no virtual file system");
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut disks = DISKS.lock().unwrap_or_else(PoisonError::into_inner);
        disks.insert(number, disk.clone());
        Mount { number }
    }

    /// Returns the path of the data directory on the disk.
    pub fn directory(&self) -> PathBuf {
        Path::new("/").join(self.number.to_string())
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let mut disks = DISKS.lock().unwrap_or_else(PoisonError::into_inner);
        disks.remove(&self.number);
    }
}

/// Returns the disk of a path, and the name of the file there.
fn resolve(path: &str) -> io::Result<(Disk, String)> {
    let (number, name) = path
        .trim_start_matches('/')
        .split_once('/')
        .ok_or(ErrorKind::NotFound)?;
    let number: u64 = number.parse().map_err(|_| ErrorKind::NotFound)?;
    let disks = DISKS.lock().unwrap_or_else(PoisonError::into_inner);
    let disk = disks.get(&number).ok_or(ErrorKind::NotFound)?;
    Ok((disk.clone(), name.to_owned()))
}

/// File system of all disks.
struct Disks;

/// Open file.
struct Handle {
    disk: Disk,
    name: String,
    lock: LockKind,
}

impl Vfs for Disks {
    type Handle = Handle;

    fn open(&self, path: &str, options: OpenOptions) -> io::Result<Handle> {
        // Temporary files are on no disk.
        let (disk, name) = resolve(path).unwrap_or_else(|_| (Disk::default(), path.to_owned()));
        match options.access {
            OpenAccess::Create | OpenAccess::CreateNew => disk.create(&name),
            OpenAccess::Read | OpenAccess::Write if !disk.exists(&name) => {
                return Err(ErrorKind::NotFound.into());
            }
            OpenAccess::Read | OpenAccess::Write => {}
        }
        Ok(Handle {
            disk,
            name,
            lock: LockKind::None,
        })
    }

    fn delete(&self, path: &str) -> io::Result<()> {
        let (disk, name) = resolve(path)?;
        if !disk.exists(&name) {
            return Err(ErrorKind::NotFound.into());
        }
        disk.remove(&name);
        Ok(())
    }

    fn exists(&self, path: &str) -> io::Result<bool> {
        Ok(resolve(path).is_ok_and(|(disk, name)| disk.exists(&name)))
    }

    fn temporary_name(&self) -> String {
        "temporary".into()
    }

    /// Fills a buffer; SQLite asks for salts of its log, which may well be the same each time.
    fn random(&self, buffer: &mut [i8]) {
        for (byte, value) in buffer.iter_mut().zip(0..) {
            *byte = value;
        }
    }

    fn sleep(&self, duration: Duration) -> Duration {
        duration
    }
}

impl DatabaseHandle for Handle {
    type WalIndex = Shared;

    fn size(&self) -> io::Result<u64> {
        Ok(self.disk.length(&self.name) as u64)
    }

    fn read_exact_at(&mut self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.disk.read(&self.name, buffer, offset as usize)
    }

    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.disk.write(&self.name, bytes, offset as usize)
    }

    fn sync(&mut self, _: bool) -> io::Result<()> {
        self.disk.sync(&self.name)
    }

    fn set_len(&mut self, length: u64) -> io::Result<()> {
        self.disk.set_length(&self.name, length as usize)
    }

    fn lock(&mut self, lock: LockKind) -> io::Result<bool> {
        self.lock = lock;
        Ok(true)
    }

    fn reserved(&mut self) -> io::Result<bool> {
        Ok(self.lock > LockKind::Shared)
    }

    fn current_lock(&self) -> io::Result<LockKind> {
        Ok(self.lock)
    }

    fn wal_index(&self, _: bool) -> io::Result<Shared> {
        Ok(Shared {
            disk: self.disk.clone(),
            name: self.name.clone(),
        })
    }
}

/// Shared memory beside a database, with the index of its write-ahead log.
struct Shared {
    disk: Disk,
    name: String,
}

impl WalIndex for Shared {
    fn map(&mut self, region: u32) -> io::Result<[u8; REGION]> {
        let mut bytes = [0; REGION];
        self.disk
            .read_shared(&self.name, region as usize, &mut bytes);
        Ok(bytes)
    }

    fn lock(&mut self, _: Range<u8>, _: WalIndexLock) -> io::Result<bool> {
        Ok(true)
    }

    fn delete(self) -> io::Result<()> {
        self.disk.remove_shared(&self.name);
        Ok(())
    }

    fn pull(&mut self, region: u32, bytes: &mut [u8; REGION]) -> io::Result<()> {
        self.disk.read_shared(&self.name, region as usize, bytes);
        Ok(())
    }

    fn push(&mut self, region: u32, bytes: &[u8; REGION]) -> io::Result<()> {
        self.disk.write_shared(&self.name, region as usize, bytes);
        Ok(())
    }
}
