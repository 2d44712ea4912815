//! Files of a node's journal on its simulated disk.

use std::io;

use parlour_store::{JournalFile, JournalFiles};

use crate::Disk;

/// Folder of the journal.
const FOLDER: &str = "journal";
/// Bytes of a segment: fewer than on a real disk, so that segments come and go in a test.
const SEGMENT: u64 = 8 << 10;

/// Folder on a disk.
#[derive(Debug)]
pub(crate) struct DiskFolder(pub Disk);

impl JournalFiles for DiskFolder {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.0.list(FOLDER))
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let name = format!("{FOLDER}/{name}");
        let mut bytes = vec![0; self.0.length(&name)];
        self.0.read(&name, &mut bytes, 0)?;
        Ok(bytes)
    }

    fn create(&self, name: &str, length: u64) -> io::Result<Box<dyn JournalFile>> {
        let name = format!("{FOLDER}/{name}");
        self.0.create_zeros(&name, length as usize)?;
        Ok(Box::new(Opened(self.0.clone(), name)))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.delete(&format!("{FOLDER}/{name}"))
    }

    fn new_id(&self) -> u64 {
        // The disk has one journal at a time; what matters is that it is not 0.
        1
    }

    fn segment_length(&self) -> u64 {
        SEGMENT
    }
}

/// Open file on a disk.
#[derive(Debug)]
struct Opened(Disk, String);

impl JournalFile for Opened {
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write(&self.1, bytes, offset as usize)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync(&self.1)
    }
}
