//! Files of the journal: a folder of the data directory, or a simulated disk.

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::private::{create_private_folder, private};

/// Bytes of a segment of the file system.
const SEGMENT: u64 = 8 << 20;

/// Folder that the segments of a journal are in.
pub trait JournalFiles: Debug + Send + Sync {
    /// Returns the names of all files.
    ///
    /// # Errors
    /// The folder cannot be read.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Returns the content of a file.
    ///
    /// # Errors
    /// The file cannot be read.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;

    /// Creates a file of zeros for which the disk has room, and whose name survives a power loss.
    ///
    /// # Errors
    /// There is no room, or the disk fails.
    fn create(&self, name: &str, length: u64) -> io::Result<Box<dyn JournalFile>>;

    /// Deletes a file.
    ///
    /// # Errors
    /// The disk fails.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Returns a number for a new journal, unlike those of others.
    fn new_id(&self) -> u64;

    /// Returns the bytes of a segment, if no single entry needs more.
    fn segment_length(&self) -> u64;
}

/// Open file of a journal.
pub trait JournalFile: Debug + Send {
    /// Writes bytes at an offset.
    ///
    /// # Errors
    /// Some of them may not be written.
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Returns once all that was written survives a power loss.
    ///
    /// # Errors
    /// Some of it may not.
    fn sync(&mut self) -> io::Result<()>;
}

/// Folder of the file system.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Returns a folder that is created with its first file, for its owner only.
    pub fn new(path: PathBuf) -> Folder {
        Folder(path)
    }

    /// Has the names in a folder survive a power loss.
    fn sync_names(folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }
}

impl JournalFiles for Folder {
    fn list(&self) -> io::Result<Vec<String>> {
        let files = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            files => files?,
        };
        let mut names = Vec::new();
        for file in files {
            names.extend(file?.file_name().into_string());
        }
        Ok(names)
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.0.join(name))
    }

    fn create(&self, name: &str, length: u64) -> io::Result<Box<dyn JournalFile>> {
        if !self.0.is_dir() {
            create_private_folder(&self.0)?;
            self.0.parent().map_or(Ok(()), Self::sync_names)?;
        }
        let path = self.0.join(name);
        let file = private(OpenOptions::new().create_new(true)).open(&path)?;
        let reserved = reserve(&file, length)
            .and_then(|()| file.sync_all())
            .and_then(|()| Self::sync_names(&self.0));
        if let Err(error) = reserved {
            let _ = fs::remove_file(&path);
            return Err(error);
        }
        Ok(Box::new(Opened(file)))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.0.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    fn new_id(&self) -> u64 {
        // Seeded by the operating system, anew for each call.
        RandomState::new().build_hasher().finish()
    }

    fn segment_length(&self) -> u64 {
        SEGMENT
    }
}

/// Reserves room for a file; sets its length alone where the file system reserves none.
fn reserve(file: &File, length: u64) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{FallocateFlags, fallocate};
        use rustix::io::Errno;
        match fallocate(file, FallocateFlags::empty(), 0, length) {
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => {}
            reserved => return Ok(reserved?),
        }
    }
    file.set_len(length)
}

/// Open file of the file system.
#[derive(Debug)]
struct Opened(File);

impl JournalFile for Opened {
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}
