//! Disk in memory that can fail, run full, and lose what was not synced.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Random;

/// Bytes that a disk writes whole or not at all.
const SECTOR: usize = 512;

/// Change of a file that is not synced yet.
#[derive(Clone, Debug)]
enum Unsynced {
    Write { offset: usize, bytes: Vec<u8> },
    SetLength(usize),
}

/// File: what a reader sees, and what would be left after a power loss.
#[derive(Clone, Debug, Default)]
struct File {
    bytes: Vec<u8>,
    synced: Vec<u8>,
    unsynced: Vec<Unsynced>,
}

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<String, File>,
    /// Shared memory of write-ahead logs, by database; it does not outlast the process.
    shared: BTreeMap<String, Vec<Vec<u8>>>,
    is_full: bool,
    /// Number of writes and syncs until one fails; none if none does.
    fails_in: Option<u64>,
    /// Number of changes until the machine stops, after which nothing changes any more.
    stops_in: Option<u64>,
    /// Number of changes so far: writes, syncs, files that came and went.
    changes: u64,
    failures: u64,
}

/// Disk of one simulated machine. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub struct Disk(Arc<Mutex<State>>);

impl Disk {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets whether the disk is full: nothing new can be written then.
    pub fn set_full(&self, is_full: bool) {
        self.lock().is_full = is_full;
    }

    /// Lets the write or sync fail that comes after so many others, once.
    pub fn fail_in(&self, others: u64) {
        self.lock().fails_in = Some(others);
    }

    /// Stops the machine after so many changes of the disk: each one that comes later fails.
    pub fn stop_in(&self, changes: u64) {
        self.lock().stops_in = Some(changes);
    }

    /// Returns the number of changes so far.
    pub fn changes(&self) -> u64 {
        self.lock().changes
    }

    /// Returns the number of writes and syncs that failed.
    pub fn failures(&self) -> u64 {
        self.lock().failures
    }

    /// Ends what was told to fail: the disk has room, and the next write succeeds.
    pub fn mend(&self) {
        let mut state = self.lock();
        (state.is_full, state.fails_in, state.stops_in) = (false, None, None);
    }

    /// Returns another disk with the same content.
    pub fn copy(&self) -> Disk {
        let state = self.lock();
        Disk(Arc::new(Mutex::new(State {
            files: state.files.clone(),
            ..State::default()
        })))
    }

    /// Ends the process that used the disk: what the system was given is there, synced or not.
    pub fn crash(&self) {
        self.lock().shared.clear();
        self.mend();
    }

    /// Cuts the power: of what was not synced, each sector may have been written or not.
    pub fn lose_power(&self, random: &mut Random) {
        self.crash();
        for file in self.lock().files.values_mut() {
            for change in std::mem::take(&mut file.unsynced) {
                match change {
                    Unsynced::Write { offset, bytes } => {
                        for (number, sector) in bytes.chunks(SECTOR).enumerate() {
                            if random.below(2) == 0 {
                                write(&mut file.synced, offset + number * SECTOR, sector);
                            }
                        }
                    }
                    Unsynced::SetLength(length) => {
                        if random.below(2) == 0 {
                            file.synced.resize(length, 0);
                        }
                    }
                }
            }
            file.bytes = file.synced.clone();
        }
    }

    /// Removes a file, for what can be made again from others.
    pub fn remove(&self, name: &str) {
        self.lock().files.remove(name);
    }

    /// Returns whether there is such a file.
    pub(crate) fn exists(&self, name: &str) -> bool {
        self.lock().files.contains_key(name)
    }

    /// Returns the names of the files in a folder.
    pub(crate) fn list(&self, folder: &str) -> Vec<String> {
        let state = self.lock();
        let names = state.files.keys();
        let names = names.filter_map(|name| name.strip_prefix(folder)?.strip_prefix('/'));
        names.map(str::to_owned).collect()
    }

    /// Deletes a file.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) fn delete(&self, name: &str) -> io::Result<()> {
        let mut state = self.lock();
        state.check()?;
        state.files.remove(name);
        Ok(())
    }

    /// Creates a file of zeros that survives a power loss.
    ///
    /// # Errors
    /// The disk is full, or fails.
    pub(crate) fn create_zeros(&self, name: &str, length: usize) -> io::Result<()> {
        let mut state = self.lock();
        state.check_room()?;
        let file = File {
            bytes: vec![0; length],
            synced: vec![0; length],
            unsynced: Vec::new(),
        };
        state.files.insert(name.to_owned(), file);
        Ok(())
    }

    /// Creates an empty file, unless it exists.
    pub(crate) fn create(&self, name: &str) {
        self.lock().files.entry(name.to_owned()).or_default();
    }

    /// Returns the length of a file.
    pub(crate) fn length(&self, name: &str) -> usize {
        self.lock()
            .files
            .get(name)
            .map_or(0, |file| file.bytes.len())
    }

    /// Reads from a file; bytes beyond its end are zeros.
    ///
    /// # Errors
    /// The file ends before.
    pub(crate) fn read(&self, name: &str, buffer: &mut [u8], offset: usize) -> io::Result<()> {
        let state = self.lock();
        let bytes = state.files.get(name).map_or(&[][..], |file| &file.bytes);
        let found = bytes.get(offset..).unwrap_or_default();
        let count = found.len().min(buffer.len());
        buffer[..count].copy_from_slice(&found[..count]);
        buffer[count..].fill(0);
        if count < buffer.len() {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    /// Writes to a file.
    ///
    /// # Errors
    /// The disk is full, or fails.
    pub(crate) fn write(&self, name: &str, bytes: &[u8], offset: usize) -> io::Result<()> {
        let mut state = self.lock();
        state.check_room()?;
        let file = state.files.entry(name.to_owned()).or_default();
        write(&mut file.bytes, offset, bytes);
        file.unsynced.push(Unsynced::Write {
            offset,
            bytes: bytes.to_vec(),
        });
        Ok(())
    }

    /// Sets the length of a file.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) fn set_length(&self, name: &str, length: usize) -> io::Result<()> {
        let mut state = self.lock();
        state.check()?;
        let file = state.files.entry(name.to_owned()).or_default();
        file.bytes.resize(length, 0);
        file.unsynced.push(Unsynced::SetLength(length));
        Ok(())
    }

    /// Makes all changes of a file last.
    ///
    /// # Errors
    /// The disk fails: nothing more lasts than before.
    pub(crate) fn sync(&self, name: &str) -> io::Result<()> {
        let mut state = self.lock();
        state.check()?;
        let file = state.files.entry(name.to_owned()).or_default();
        for change in std::mem::take(&mut file.unsynced) {
            match change {
                Unsynced::Write { offset, bytes } => write(&mut file.synced, offset, &bytes),
                Unsynced::SetLength(length) => file.synced.resize(length, 0),
            }
        }
        Ok(())
    }

    /// Reads a region of the shared memory beside a database; zeros if it is new.
    pub(crate) fn read_shared(&self, name: &str, region: usize, into: &mut [u8]) {
        let state = self.lock();
        let found = state
            .shared
            .get(name)
            .and_then(|regions| regions.get(region));
        match found {
            Some(bytes) if bytes.len() == into.len() => into.copy_from_slice(bytes),
            Some(_) | None => into.fill(0),
        }
    }

    /// Writes a region of the shared memory beside a database.
    pub(crate) fn write_shared(&self, name: &str, region: usize, bytes: &[u8]) {
        let mut state = self.lock();
        let regions = state.shared.entry(name.to_owned()).or_default();
        if regions.len() <= region {
            regions.resize(region + 1, Vec::new());
        }
        regions[region] = bytes.to_vec();
    }

    /// Removes the shared memory beside a database.
    pub(crate) fn remove_shared(&self, name: &str) {
        self.lock().shared.remove(name);
    }
}

impl State {
    /// Fails if it is time to, or if the disk is full.
    fn check_room(&mut self) -> io::Result<()> {
        self.check()?;
        if self.is_full {
            self.failures += 1;
            return Err(ErrorKind::WriteZero.into());
        }
        Ok(())
    }

    /// Fails if it is time to.
    fn check(&mut self) -> io::Result<()> {
        if let Some(changes) = &mut self.stops_in {
            if *changes == 0 {
                self.failures += 1;
                return Err(io::Error::other("the machine has stopped"));
            }
            *changes -= 1;
        }
        self.changes += 1;
        match &mut self.fails_in {
            Some(0) => {
                self.fails_in = None;
                self.failures += 1;
                Err(io::Error::other("the disk fails, as it was told"))
            }
            Some(others) => {
                *others -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

fn write(file: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[offset..end].copy_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(disk: &Disk, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        let _ = disk.read("a", &mut bytes, 0);
        bytes
    }

    #[test]
    fn what_is_synced_outlasts_a_power_loss_and_the_rest_may_be_torn() {
        let (mut kept, mut lost, mut torn) = (0, 0, 0);
        for seed in 0..50 {
            let disk = Disk::default();
            disk.write("a", &[1; 2 * SECTOR], 0).unwrap();
            disk.sync("a").unwrap();
            disk.write("a", &[2; 2 * SECTOR], 0).unwrap();
            assert_eq!(text(&disk, 2 * SECTOR), [2; 2 * SECTOR]);
            disk.crash();
            assert_eq!(text(&disk, 2 * SECTOR), [2; 2 * SECTOR]);
            disk.lose_power(&mut Random::new(seed));
            match (text(&disk, 2 * SECTOR)[0], text(&disk, 2 * SECTOR)[SECTOR]) {
                (1, 1) => lost += 1,
                (2, 2) => kept += 1,
                _ => torn += 1,
            }
        }
        assert!(kept > 0 && lost > 0 && torn > 0, "{kept} {lost} {torn}");
    }

    #[test]
    fn a_disk_fails_when_it_is_told_to() {
        let disk = Disk::default();
        disk.fail_in(1);
        disk.write("a", b"x", 0).unwrap();
        assert!(disk.sync("a").is_err());
        disk.sync("a").unwrap();
        disk.set_full(true);
        let full = disk.write("a", b"y", 0).unwrap_err();
        assert_eq!(full.kind(), ErrorKind::WriteZero);
        assert_eq!(text(&disk, 1), b"x");
    }
}
