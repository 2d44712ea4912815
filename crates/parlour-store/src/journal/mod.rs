//! Journal: what is acknowledged is here first, in one synced append; the database follows.
//!
//! The journal is a folder of preallocated segments ([`format`]). Each commit is one entry, written
//! and synced at once, and at most one is on its way. An entry stays until the database has applied
//! it ([`crate::Writer::apply`]) and that survives a power loss as well ([`crate::Writer::checkpoint`]);
//! then its segment is deleted. At the start the rest is applied ([`recovery`]).

mod files;
mod format;
mod recovery;

use std::collections::VecDeque;
use std::fmt::Debug;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use parlour_core::{MsgId, Record};

use crate::StoreError;
use crate::tail::{Tail, Unapplied};

pub use files::{JournalFile, JournalFiles};
pub use recovery::{JournalDamage, Recovery};

pub(crate) use files::Folder;
pub(crate) use recovery::{Found, entries, faults, read};

use format::{HEADER, Header};

/// Name of the folder in the data directory.
pub(crate) const FOLDER: &str = "journal";
/// Bytes of memory that are kept for the next entry.
const FRAME_KEPT: usize = 4 << 20;

/// Point at which a commit counts as durable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Commits are on the disk: they survive a crash of the machine.
    #[default]
    Disk,
    /// Commits are with the operating system: they survive a crash of the server.
    System,
}

/// Journal of a data directory.
#[derive(Debug)]
pub struct Journal {
    files: Arc<dyn JournalFiles>,
    tail: Arc<Tail>,
    id: u64,
    durability: Durability,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Number of the last entry.
    entry: u64,
    /// Number of the last segment.
    segment: u64,
    /// Number of the last file.
    file: u64,
    /// Segment that is appended to.
    active: Option<Active>,
    /// Segments that are complete, oldest first.
    complete: VecDeque<Complete>,
    /// File for the next segment.
    spare: Option<Spare>,
    /// Entry that is being written; its memory is used again.
    frame: Vec<u8>,
}

impl State {
    /// Returns the name of the next file.
    fn next_name(&mut self) -> String {
        self.file += 1;
        recovery::file_name(self.file)
    }

    /// Ends the active segment, if there is one: the next entry begins another.
    fn complete(&mut self) {
        if let Some(active) = self.active.take() {
            self.complete.push_back(Complete {
                name: active.name,
                last: self.entry,
            });
        }
    }
}

#[derive(Debug)]
struct Active {
    name: String,
    file: Box<dyn JournalFile>,
    header: Header,
    /// Offset of the next entry.
    end: u64,
    length: u64,
}

#[derive(Debug)]
struct Complete {
    name: String,
    /// Number of its last entry.
    last: u64,
}

#[derive(Debug)]
struct Spare {
    name: String,
    file: Box<dyn JournalFile>,
    length: u64,
}

impl Journal {
    /// Begins where an earlier run has ended: behind its last entry, with files of its own. Those that
    /// were found are deleted, since the database has all their entries.
    pub(crate) fn begin(
        files: Arc<dyn JournalFiles>,
        (tail, durability): (Arc<Tail>, Durability),
        (id, entry): (u64, u64),
        found: &Found,
    ) -> Result<Journal, StoreError> {
        let journal = Journal {
            files,
            tail,
            id,
            durability,
            state: Mutex::new(State {
                entry,
                segment: found.last_segment(),
                file: found.last_file(),
                active: None,
                complete: VecDeque::new(),
                spare: None,
                frame: Vec::new(),
            }),
        };
        // Before the others go: a folder without a file is one that was lost.
        journal.prepare()?;
        for name in found.names() {
            journal.files.remove(name)?;
        }
        Ok(journal)
    }

    /// Locks the state. Each change of it is complete before anything can panic.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while the database is too far behind for another commit.
    ///
    /// # Errors
    /// [`StoreError::Behind`] if it cannot be written.
    pub fn wait_for_room(&self) -> Result<(), StoreError> {
        self.tail.wait_for_room()
    }

    /// Appends records as one entry, with the place of the journal that they reach, and takes them.
    /// On return they are durable.
    ///
    /// # Errors
    /// The records stay where they are, and the same call may succeed later. [`StoreError::Behind`]
    /// if the database has to catch up first.
    pub fn append(&self, records: &mut Vec<Record>, place: MsgId) -> Result<(), StoreError> {
        self.tail.room()?;
        let mut state = self.lock();
        let bytes = match self.write(&mut state, records, place) {
            Ok(bytes) => bytes,
            Err(error) => {
                // After a failed sync the system may have dropped what it should write: nothing more
                // is put beside it.
                self.abandon(&mut state);
                return Err(error.into());
            }
        };
        state.entry += 1;
        // Before anybody can be told of it: who asks for it then waits for it.
        self.tail.append(Unapplied {
            number: state.entry,
            place,
            records: std::mem::take(records),
            bytes,
        });
        Ok(())
    }

    /// Writes an entry behind the last one, and syncs it. Returns its length.
    fn write(&self, state: &mut State, records: &[Record], place: MsgId) -> io::Result<usize> {
        let mut frame = std::mem::take(&mut state.frame);
        let written = format::encode(&mut frame, state.entry + 1, (records, place))
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
            .and_then(|()| self.put(state, &mut frame));
        state.frame = frame;
        // One large commit must not hold its memory for ever.
        state.frame.shrink_to(FRAME_KEPT);
        written
    }

    /// Writes an encoded entry where it belongs.
    fn put(&self, state: &mut State, frame: &mut [u8]) -> io::Result<usize> {
        let length = frame.len() as u64;
        let has_room = |active: &Active| active.end + length <= active.length;
        if !state.active.as_ref().is_some_and(has_room) {
            state.complete();
            self.begin_segment(state, HEADER as u64 + length)?;
        }
        if let Some(active) = &mut state.active {
            format::seal(frame, &active.header);
            active.file.write_at(frame, active.end)?;
            if self.durability == Durability::Disk {
                active.file.sync()?;
            }
            active.end += length;
        }
        Ok(frame.len())
    }

    /// Begins a segment of at least this length.
    fn begin_segment(&self, state: &mut State, length: u64) -> io::Result<()> {
        let spare = match state.spare.take() {
            Some(spare) if spare.length >= length => spare,
            Some(small) => {
                self.files.remove(&small.name)?;
                self.create(state, length)?
            }
            None => self.create(state, length)?,
        };
        state.segment += 1;
        let header = Header {
            journal: self.id,
            number: state.segment,
            first: state.entry + 1,
            is_synced: self.durability == Durability::Disk,
        };
        let active = state.active.insert(Active {
            name: spare.name,
            file: spare.file,
            header,
            end: HEADER as u64,
            length: spare.length,
        });
        active.file.write_at(&header.encode(), 0)
    }

    /// Creates a file for a segment.
    fn create(&self, state: &mut State, length: u64) -> io::Result<Spare> {
        let length = length.max(self.files.segment_length());
        let name = state.next_name();
        let file = self.files.create(&name, length)?;
        Ok(Spare { name, file, length })
    }

    /// Ends the active segment after an error; deletes it if nothing was acknowledged from it.
    fn abandon(&self, state: &mut State) {
        let is_unused = |active: &&Active| active.header.first > state.entry;
        let unused = state.active.as_ref().filter(is_unused);
        // What cannot be deleted now goes with the others that are complete.
        if unused.is_some_and(|active| self.files.remove(&active.name).is_ok()) {
            state.active = None;
        }
        state.complete();
    }

    /// Ends the active segment, so that it can be deleted once the database has its entries.
    pub(crate) fn rotate(&self) {
        self.lock().complete();
    }

    /// Deletes the segments whose entries the database holds on the disk, up to this one.
    pub(crate) fn release(&self, synced: u64) -> io::Result<()> {
        loop {
            let oldest = {
                let mut state = self.lock();
                let is_done = state
                    .complete
                    .front()
                    .is_some_and(|oldest| oldest.last <= synced);
                if is_done {
                    state.complete.pop_front()
                } else {
                    None
                }
            };
            let Some(oldest) = oldest else {
                return Ok(());
            };
            if let Err(error) = self.files.remove(&oldest.name) {
                self.lock().complete.push_front(oldest);
                return Err(error);
            }
        }
    }

    /// Creates the file of the next segment ahead, so that no commit has to.
    ///
    /// # Errors
    /// There is no room, or the disk fails.
    pub(crate) fn prepare(&self) -> io::Result<()> {
        let name = {
            let mut state = self.lock();
            if state.spare.is_some() {
                return Ok(());
            }
            state.next_name()
        };
        // Not locked: appends go on meanwhile.
        let length = self.files.segment_length();
        let file = self.files.create(&name, length)?;
        self.lock().spare = Some(Spare { name, file, length });
        Ok(())
    }

    /// Returns the bytes of a segment, if no single entry needs more.
    pub(crate) fn segment_length(&self) -> usize {
        self.files.segment_length() as usize
    }

    /// Gives the room of the spare file to the database. Returns whether there was any.
    pub(crate) fn give_room(&self) -> bool {
        let spare = self.lock().spare.take();
        spare.is_some_and(|spare| self.files.remove(&spare.name).is_ok())
    }
}
