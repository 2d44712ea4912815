//! Recovery: what a journal holds when it is opened, and whether it is whole.

use std::fmt;
use std::io;
use std::path::Path;

use parlour_core::{MsgId, Record};
use rusqlite::Connection;

use super::format::{self, HEADER, Header, HeaderState};
use super::{FOLDER, Folder, JournalFiles};
use crate::StoreError;
use crate::position::{Position, position};
use crate::tail::Unapplied;

/// Ending of a segment's file name.
const ENDING: &str = ".journal";

/// Returns the name of a segment's file.
pub(super) fn file_name(number: u64) -> String {
    format!("{number:08}{ENDING}")
}

/// Findings of the opening of a journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Number of entries that the database lacked.
    pub applied: usize,
    /// Torn end of the journal, in a sentence for the log.
    pub torn: Option<String>,
    /// True if there was none though the database knows one.
    pub is_missing: bool,
}

/// Segments of a journal as they were found, in the order in which they were begun.
#[derive(Debug)]
pub(crate) struct Found(Vec<FoundSegment>);

#[derive(Debug)]
struct FoundSegment {
    name: String,
    bytes: Vec<u8>,
    header: HeaderState,
}

impl Found {
    /// Deletes the files of segments that are not begun.
    pub fn without_blank(mut self, files: &dyn JournalFiles) -> Result<Found, StoreError> {
        let has_begun = self.0.iter().any(|found| found.number() > 0);
        // One is left: a folder without a file is one that was lost.
        while has_begun || self.0.len() > 1 {
            let is_blank = |found: &FoundSegment| matches!(found.header, HeaderState::Blank);
            let Some(at) = self.0.iter().position(is_blank) else {
                break;
            };
            files.remove(&self.0[at].name)?;
            self.0.remove(at);
        }
        Ok(self)
    }

    /// Returns the names of the files.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|found| &*found.name)
    }

    /// Returns the number of the last segment.
    pub(super) fn last_segment(&self) -> u64 {
        let numbers = self.0.iter().map(FoundSegment::number);
        numbers.max().unwrap_or(0)
    }

    /// Returns the number in the name of the last file.
    pub(super) fn last_file(&self) -> u64 {
        let numbers = self.0.iter().map(FoundSegment::file);
        numbers.max().unwrap_or(0)
    }
}

impl FoundSegment {
    /// Returns the number of its segment; 0 if it is not begun.
    fn number(&self) -> u64 {
        match self.header {
            HeaderState::Begun(header) => header.number,
            HeaderState::Blank | HeaderState::OtherVersion(_) | HeaderState::Damaged => 0,
        }
    }

    /// Returns the number in the name of its file.
    fn file(&self) -> u64 {
        let number = self.name.strip_suffix(ENDING).map(str::parse);
        number.and_then(Result::ok).unwrap_or(0)
    }
}

/// Reads all segments, in the order in which they were begun. They may be in use.
pub(crate) fn read(files: &dyn JournalFiles) -> Result<Found, StoreError> {
    let mut names = files.list()?;
    names.retain(|name| name.ends_with(ENDING));
    // The newest first: what is appended meanwhile then makes no hole before it.
    names.sort();
    let mut found = Vec::new();
    for name in names.into_iter().rev() {
        let bytes = match files.read(&name) {
            // Its entries are in the database.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            bytes => bytes?,
        };
        let header = Header::decode(&bytes);
        found.push(FoundSegment {
            name,
            bytes,
            header,
        });
    }
    found.sort_by_key(|found| (found.number(), found.file()));
    Ok(Found(found))
}

/// Damage of a journal: nothing may be taken from behind it, and nothing written over it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct JournalDamage {
    file: String,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Header,
    Version(u32),
    OtherDatabase,
    /// Entries that are missing, from and up to these numbers.
    Hole(u64, u64),
    /// Entry that cannot be decoded.
    Entry(u64),
}

impl fmt::Display for JournalDamage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = format_args!("{FOLDER}/{}", self.file);
        match &self.what {
            What::Header => write!(f, "the header of {file} is damaged"),
            What::Version(version) => write!(
                f,
                "{file} is of version {version}, and this parlour knows version {}: start and stop the parlour \
                 that wrote it once more, which leaves nothing in it",
                format::VERSION
            ),
            What::OtherDatabase => write!(f, "{file} belongs to another database"),
            What::Hole(from, until) => write!(
                f,
                "the journal lacks its entries {from} to {until}, before those in {file}: a segment is damaged \
                 or gone, or the database is older than the journal"
            ),
            What::Entry(number) => write!(f, "entry {number} in {file} cannot be read"),
        }
    }
}

/// Returns the entries that the database lacks.
pub(crate) fn entries(
    found: &Found,
    known: Position,
) -> Result<(Vec<Unapplied>, Recovery), StoreError> {
    let mut recovery = Recovery {
        is_missing: found.0.is_empty() && known.journal != 0,
        ..Recovery::default()
    };
    let mut scan = Scan {
        known,
        next: known.entry + 1,
        entries: Vec::new(),
        torn: None,
        is_cut: false,
    };
    for found in &found.0 {
        scan.segment(found)?;
    }
    recovery.applied = scan.entries.len();
    recovery.torn = scan.torn;
    Ok((scan.entries, recovery))
}

/// Returns what is wrong with the journal of a data directory, in sentences. It may be in use.
pub(crate) fn faults(dir: &Path, database: &Connection) -> Result<Vec<String>, StoreError> {
    let found = read(&Folder::new(dir.join(FOLDER)))?;
    // Read after the segments, some of which may go meanwhile.
    let known = position(database)?;
    match entries(&found, known) {
        Ok(_) => Ok(Vec::new()),
        Err(StoreError::Journal(damage)) => Ok(vec![damage.to_string()]),
        Err(error) => Err(error),
    }
}

/// Walk along the segments.
struct Scan {
    known: Position,
    /// Number of the entry that comes next. Those up to the database's are not looked for.
    next: u64,
    entries: Vec<Unapplied>,
    torn: Option<String>,
    /// True if entries are missing that nobody was promised: none that follows is taken.
    is_cut: bool,
}

impl Scan {
    /// Takes the entries of a segment.
    fn segment(&mut self, found: &FoundSegment) -> Result<(), JournalDamage> {
        let damage = |what| JournalDamage {
            file: found.name.clone(),
            what,
        };
        let header = match found.header {
            HeaderState::Blank => return Ok(()),
            HeaderState::Damaged => return Err(damage(What::Header)),
            HeaderState::OtherVersion(version) => return Err(damage(What::Version(version))),
            HeaderState::Begun(header) => header,
        };
        if header.journal != self.known.journal {
            return Err(damage(What::OtherDatabase));
        }
        if header.first > self.next {
            return self.hole(header.first, &header, found);
        }
        // Written by a run that has seen the cut, and went on from there.
        self.is_cut = false;
        // Only an entry that nobody was told of is written again, in a segment of its own.
        if header.first < self.next {
            self.entries.retain(|entry| entry.number < header.first);
            self.next = header.first.max(self.known.entry + 1);
        }
        self.entries_of(found, &header)
    }

    /// Takes the entries of a segment whose first one is due, or was applied before.
    fn entries_of(&mut self, found: &FoundSegment, header: &Header) -> Result<(), JournalDamage> {
        let (mut offset, mut number) = (HEADER, header.first);
        while !self.is_cut {
            match format::entry_at(&found.bytes, offset, header) {
                Some(entry) if entry.number == number => {
                    if number >= self.next {
                        self.take(&entry, found)?;
                    }
                    (offset, number) = (entry.end, number + 1);
                }
                Some(_) | None => {
                    let later = format::entry_after(&found.bytes, offset, header, number);
                    let Some((later, entry)) = later else {
                        self.end(found, offset);
                        break;
                    };
                    if entry.number > self.next {
                        return self.hole(entry.number, header, found);
                    }
                    // What is damaged was applied before.
                    (offset, number) = (later, entry.number);
                }
            }
        }
        Ok(())
    }

    fn take(
        &mut self,
        entry: &format::Entry<'_>,
        found: &FoundSegment,
    ) -> Result<(), JournalDamage> {
        let records: Vec<Record> =
            postcard::from_bytes(entry.payload).map_err(|_| JournalDamage {
                file: found.name.clone(),
                what: What::Entry(entry.number),
            })?;
        self.entries.push(Unapplied {
            number: entry.number,
            place: MsgId(entry.place.0),
            records,
            bytes: entry.payload.len(),
        });
        self.next = entry.number + 1;
        Ok(())
    }

    /// Notes the end of a segment: zeros, or a commit that was on its way and is cut.
    fn end(&mut self, found: &FoundSegment, offset: usize) {
        let rest = found.bytes.get(offset..).unwrap_or_default();
        let torn = rest.iter().rposition(|&byte| byte != 0);
        self.torn = torn.map(|last| {
            format!(
                "the last {} bytes of {FOLDER}/{} are of a commit that did not end, and was not acknowledged: \
                 they are cut",
                last + 1,
                found.name
            )
        });
    }

    /// Judges that the entries before this one are missing.
    fn hole(
        &mut self,
        until: u64,
        header: &Header,
        found: &FoundSegment,
    ) -> Result<(), JournalDamage> {
        if header.is_synced {
            return Err(JournalDamage {
                file: found.name.clone(),
                what: What::Hole(self.next, until - 1),
            });
        }
        // Without a sync, the system may have written a later page before an earlier one.
        self.is_cut = true;
        self.torn = Some(format!(
            "the journal lacks its entries {} to {}, which were not synced (history.durability = \"os\"): \
             it is cut there",
            self.next,
            until - 1
        ));
        Ok(())
    }
}
