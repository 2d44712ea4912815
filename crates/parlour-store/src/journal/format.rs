//! Format of a segment: a header in the first sector, then entries, one after the other.
//!
//! All numbers are little-endian. The header:
//!
//! | bytes | what |
//! |---|---|
//! | 0..16 | `parlour journal\n` |
//! | 16..20 | version |
//! | 20..24 | 1 if each entry was synced before it was acknowledged, 0 if not |
//! | 24..32 | id of the journal, which the database knows as well |
//! | 32..40 | number of the segment; each is larger than those begun before it |
//! | 40..48 | number of its first entry |
//! | 48..52 | CRC-32 of bytes 0..48 |
//!
//! An entry, padded with zeros to a multiple of eight bytes:
//!
//! | bytes | what |
//! |---|---|
//! | 0..4 | length of the payload |
//! | 4..8 | CRC-32 of the journal's id, the segment's number, and all of the entry but these bytes |
//! | 8..16 | number of the entry; each is one more than the one before |
//! | 16..24 | place of the last journal entry it reaches (`MsgId`) |
//! | 24.. | payload: the records, as postcard encodes them |

use parlour_core::{MsgId, Record};
use postcard::ser_flavors::Flavor;

/// Version of the format and of the records' encoding: another one cannot be read.
pub(super) const VERSION: u32 = 1;
/// Bytes of the header: a sector, which a disk writes whole or not at all.
pub(super) const HEADER: usize = 512;
/// Bytes of an entry before its payload.
pub(super) const FRAME: usize = 24;
/// Entries begin at multiples of this.
const ALIGNMENT: usize = 8;
/// Entry numbers that may be missed: beyond, bytes that look like a number are none.
const NUMBERS_MISSED: u64 = 1 << 32;

const MAGIC: &[u8; 16] = b"parlour journal\n";

/// Header of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub journal: u64,
    pub number: u64,
    /// Number of the first entry.
    pub first: u64,
    /// True if each entry was synced before it was acknowledged.
    pub is_synced: bool,
}

/// Content of a header's sector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeaderState {
    /// Zeros: the segment is not begun.
    Blank,
    Begun(Header),
    OtherVersion(u32),
    Damaged,
}

impl Header {
    /// Returns the header as it is written.
    pub fn encode(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..16].copy_from_slice(MAGIC);
        bytes[16..20].copy_from_slice(&VERSION.to_le_bytes());
        bytes[20..24].copy_from_slice(&u32::from(self.is_synced).to_le_bytes());
        bytes[24..32].copy_from_slice(&self.journal.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.number.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.first.to_le_bytes());
        let checksum = crc32fast::hash(&bytes[..48]);
        bytes[48..52].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// Reads the header of a segment.
    pub fn decode(segment: &[u8]) -> HeaderState {
        // A file whose creation was cut short is shorter.
        if segment.iter().take(HEADER).all(|&byte| byte == 0) {
            return HeaderState::Blank;
        }
        let Some(bytes) = segment.get(..HEADER) else {
            return HeaderState::Damaged;
        };
        if &bytes[..16] != MAGIC || u32_at(bytes, 48) != crc32fast::hash(&bytes[..48]) {
            return HeaderState::Damaged;
        }
        match u32_at(bytes, 16) {
            VERSION => HeaderState::Begun(Header {
                is_synced: u32_at(bytes, 20) != 0,
                journal: u64_at(bytes, 24),
                number: u64_at(bytes, 32),
                first: u64_at(bytes, 40),
            }),
            other => HeaderState::OtherVersion(other),
        }
    }
}

/// Entry in a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry<'s> {
    pub number: u64,
    pub place: MsgId,
    pub payload: &'s [u8],
    /// Offset of what follows it.
    pub end: usize,
}

/// Buffer that postcard writes to, slice by slice.
struct Frame<'f>(&'f mut Vec<u8>);

impl Flavor for Frame<'_> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> Result<(), postcard::Error> {
        self.0.push(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> Result<(), postcard::Error> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> Result<(), postcard::Error> {
        Ok(())
    }
}

/// Writes an entry into `frame`, replacing what is there; its checksum is missing still.
pub(super) fn encode(
    frame: &mut Vec<u8>,
    number: u64,
    (records, place): (&[Record], MsgId),
) -> Result<(), postcard::Error> {
    frame.clear();
    frame.resize(FRAME, 0);
    postcard::serialize_with_flavor(records, Frame(frame))?;
    let length = u32::try_from(frame.len() - FRAME);
    let length = length.map_err(|_| postcard::Error::SerializeBufferFull)?;
    frame[..4].copy_from_slice(&length.to_le_bytes());
    frame[8..16].copy_from_slice(&number.to_le_bytes());
    frame[16..24].copy_from_slice(&place.0.to_le_bytes());
    frame.resize(frame.len().next_multiple_of(ALIGNMENT), 0);
    Ok(())
}

/// Writes the checksum of an encoded entry; it holds for this segment only.
pub(super) fn seal(frame: &mut [u8], header: &Header) {
    let unpadded = FRAME + u32_at(frame, 0) as usize;
    let checksum = checksum(header, &frame[..unpadded]);
    frame[4..8].copy_from_slice(&checksum.to_le_bytes());
}

/// Returns the checksum of an entry without its padding.
fn checksum(header: &Header, frame: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&header.journal.to_le_bytes());
    hasher.update(&header.number.to_le_bytes());
    hasher.update(&frame[..4]);
    hasher.update(&frame[8..]);
    hasher.finalize()
}

/// Returns the entry at an offset of a segment; `None` if there is no whole one.
pub(super) fn entry_at<'s>(segment: &'s [u8], offset: usize, header: &Header) -> Option<Entry<'s>> {
    let length = u32_at(segment.get(offset..offset + FRAME)?, 0) as usize;
    let end = offset.checked_add(FRAME)?.checked_add(length)?;
    let frame = segment.get(offset..end)?;
    (u32_at(frame, 4) == checksum(header, frame)).then(|| Entry {
        number: u64_at(frame, 8),
        place: MsgId(u64_at(frame, 16)),
        payload: &frame[FRAME..],
        end: end.next_multiple_of(ALIGNMENT),
    })
}

/// Returns the first whole entry after an offset where there is none, with its own offset. Its number is
/// at least `expected`.
pub(super) fn entry_after<'s>(
    segment: &'s [u8],
    offset: usize,
    header: &Header,
    expected: u64,
) -> Option<(usize, Entry<'s>)> {
    let numbers = expected..expected.saturating_add(NUMBERS_MISSED);
    let starts = (offset + ALIGNMENT..segment.len().saturating_sub(FRAME)).step_by(ALIGNMENT);
    // The number is looked at first: the checksum of what is none may cost as much as the segment.
    let mut starts = starts.filter(|&start| numbers.contains(&u64_at(segment, start + 8)));
    starts.find_map(|start| Some((start, entry_at(segment, start, header)?)))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4]
        .iter()
        .rfold(0, |value, &byte| (value << 8) | u32::from(byte))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes[at..at + 8]
        .iter()
        .rfold(0, |value, &byte| (value << 8) | u64::from(byte))
}
