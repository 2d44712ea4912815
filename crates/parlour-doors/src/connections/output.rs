//! Bytes on their way out: shared buffers, pieces of them, and what a slow reader has
//! not taken yet.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::Arc;

use smallvec::SmallVec;

use super::ConnId;
use super::lazy_reply::BoxedLazyReply;

/// Where the bytes go.
pub trait Sink {
    /// Writes as much as the connection takes now; 0 when it takes nothing.
    ///
    /// # Errors
    /// The connection is dead.
    fn write(&mut self, id: ConnId, parts: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Whether everything that was taken is on its way: false while the transport itself
    /// holds some of it back.
    fn is_drained(&mut self, _id: ConnId) -> bool {
        true
    }

    /// All that was to be written is; the connection is to be closed.
    fn finished(&mut self, id: ConnId);
}

/// Most pieces that go into one write: what Linux takes at once is 1,024.
const MAX_PARTS: usize = 64;

/// A piece of a shared buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub buffer: u32,
    pub start: u32,
    pub end: u32,
}

impl Piece {
    /// Stands for an answer that is made when its turn has come.
    pub const LATER: Piece = Piece {
        buffer: u32::MAX,
        start: 0,
        end: 0,
    };

    fn is_later(self) -> bool {
        self.buffer == u32::MAX
    }
}

/// The buffers that are filled between two flushes.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    list: Vec<Arc<Vec<u8>>>,
    used: usize,
    /// Bytes in all of them: asked for often, while there may be a buffer for each room.
    size: usize,
}

/// Buffers larger than this give their memory back after a flush.
const KEEP_CAPACITY: usize = 256 * 1024;

impl Buffers {
    /// A new, empty buffer.
    pub fn open(&mut self) -> u32 {
        if self.used == self.list.len() {
            self.list.push(Arc::default());
        }
        self.used += 1;
        (self.used - 1) as u32
    }

    /// Appends to a buffer what `write` writes.
    pub fn append(&mut self, buffer: u32, write: impl FnOnce(&mut Vec<u8>)) -> Piece {
        // Nobody else holds it before the flush, so that nothing is copied here.
        let bytes = Arc::make_mut(&mut self.list[buffer as usize]);
        let start = bytes.len() as u32;
        write(bytes);
        self.size += bytes.len() - start as usize;
        Piece {
            buffer,
            start,
            end: bytes.len() as u32,
        }
    }

    /// Bytes in a buffer.
    pub fn size_of(&self, buffer: u32) -> usize {
        self.list[buffer as usize].len()
    }

    /// Bytes in all of them.
    pub fn size(&self) -> usize {
        self.size
    }

    fn bytes(&self, piece: Piece) -> &[u8] {
        &self.list[piece.buffer as usize][piece.start as usize..piece.end as usize]
    }

    /// After a flush: buffers that nobody waits for are used again.
    pub fn recycle(&mut self) {
        for buffer in &mut self.list[..self.used] {
            match Arc::get_mut(buffer) {
                Some(bytes) if bytes.capacity() <= KEEP_CAPACITY => bytes.clear(),
                _ => *buffer = Arc::default(),
            }
        }
        self.used = 0;
        self.size = 0;
    }
}

/// What one connection is to get at the next flush.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pieces: SmallVec<[Piece; 2]>,
}

impl Pending {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Adds a piece; what follows the last one in its buffer becomes one with it,
    /// unless it has to stay alone.
    pub fn push(&mut self, piece: Piece, alone: bool) {
        if let Some(last) = self.pieces.last_mut()
            && !alone
            && last.buffer == piece.buffer
            && last.end == piece.start
        {
            last.end = piece.end;
        } else {
            self.pieces.push(piece);
        }
    }
}

/// A piece that waits for a slow reader.
#[derive(Debug)]
struct QueuedPiece {
    bytes: Arc<Vec<u8>>,
    start: usize,
    end: usize,
}

/// What waits for a reader, in order.
enum Item {
    Bytes(QueuedPiece),
    Later(BoxedLazyReply),
}

/// What a slow reader has not taken yet.
#[derive(Default)]
pub(super) struct Outbox {
    waiting: VecDeque<Item>,
    /// Answers whose place in `Pending` is still to be reached.
    laters: VecDeque<BoxedLazyReply>,
    size: usize,
    /// Whether the last write was not taken whole: word that more is taken will come.
    blocked: bool,
    /// Answers in `waiting`.
    making: usize,
    /// Bytes that were taken in all.
    taken: u64,
}

impl Outbox {
    /// Bytes that wait.
    pub fn size(&self) -> usize {
        self.size
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Throws away what waits.
    pub fn clear(&mut self) {
        self.waiting.clear();
        self.laters.clear();
        self.making = 0;
        self.size = 0;
    }

    /// Puts an answer in line; a [`Piece::LATER`] marks its place.
    pub fn put_later(&mut self, later: BoxedLazyReply) {
        self.laters.push_back(later);
    }

    /// Whether an answer waits that is not wholly made.
    pub fn is_making(&self) -> bool {
        self.making > 0 || self.has_unplaced()
    }

    /// Whether an answer waits for its place in line.
    pub fn has_unplaced(&self) -> bool {
        !self.laters.is_empty()
    }

    /// Bytes that were taken in all.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Whether an answer can be gone on with at once.
    pub fn goes_on(&self) -> bool {
        !self.blocked && matches!(self.waiting.front(), Some(Item::Later(_)))
    }

    /// Makes the next piece of the answer that is first in line, if one is; false if none is.
    pub fn make(&mut self, most: usize) -> bool {
        let Some(Item::Later(later)) = self.waiting.front_mut() else {
            return false;
        };
        let mut bytes = Vec::new();
        if !later.more(&mut bytes, most) {
            self.waiting.pop_front();
            self.making -= 1;
        }
        self.size += bytes.len();
        self.waiting.push_front(Item::Bytes(QueuedPiece {
            end: bytes.len(),
            bytes: Arc::new(bytes),
            start: 0,
        }));
        true
    }

    /// Writes what is pending, after what waits; what is not taken waits.
    pub fn send(
        &mut self,
        id: ConnId,
        pending: &mut Pending,
        buffers: &Buffers,
        alone: bool,
        sink: &mut impl Sink,
    ) -> io::Result<()> {
        let pieces = std::mem::take(&mut pending.pieces);
        let mut from = 0;
        if self.is_empty() {
            let most = if alone { 1 } else { MAX_PARTS };
            let later = pieces.iter().position(|piece| piece.is_later());
            let first = later.unwrap_or(pieces.len());
            self.blocked = false;
            while from < first {
                let until = first.min(from + most);
                let parts: SmallVec<[IoSlice<'_>; 8]> = pieces[from..until]
                    .iter()
                    .map(|&piece| IoSlice::new(buffers.bytes(piece)))
                    .collect();
                let whole: usize = parts.iter().map(|part| part.len()).sum();
                let taken = sink.write(id, &parts)?;
                if taken < whole {
                    self.keep(&pieces[from..], taken, buffers);
                    self.blocked = true;
                    // Only a write that takes nothing is followed by word that more is taken.
                    return if taken == 0 {
                        Ok(())
                    } else {
                        self.resume(id, alone, sink)
                    };
                }
                from = until;
            }
        }
        self.keep(&pieces[from..], 0, buffers);
        Ok(())
    }

    /// Keeps pieces but for the first `taken` bytes of them.
    fn keep(&mut self, pieces: &[Piece], mut taken: usize, buffers: &Buffers) {
        for &piece in pieces {
            if piece.is_later() {
                let later = self.laters.pop_front().map(Item::Later);
                self.making += usize::from(later.is_some());
                self.waiting.extend(later);
                continue;
            }
            let (mut start, end) = (piece.start as usize, piece.end as usize);
            let skip = taken.min(end - start);
            start += skip;
            taken -= skip;
            if start == end {
                continue;
            }
            let shared = &buffers.list[piece.buffer as usize];
            self.size += end - start;
            // A small piece of a large buffer would keep all of it in memory.
            if (end - start) * 4 < shared.len() {
                let copy = shared[start..end].to_vec();
                self.waiting.push_back(Item::Bytes(QueuedPiece {
                    end: copy.len(),
                    bytes: Arc::new(copy),
                    start: 0,
                }));
            } else {
                self.waiting.push_back(Item::Bytes(QueuedPiece {
                    bytes: shared.clone(),
                    start,
                    end,
                }));
            }
        }
    }

    /// The reader takes more: writes what waits, up to the first answer that is still to be made.
    pub fn resume(&mut self, id: ConnId, alone: bool, sink: &mut impl Sink) -> io::Result<()> {
        let most = if alone { 1 } else { MAX_PARTS };
        self.blocked = false;
        loop {
            let parts: SmallVec<[IoSlice<'_>; 8]> = self
                .waiting
                .iter()
                .map_while(|item| match item {
                    Item::Bytes(w) => Some(IoSlice::new(&w.bytes[w.start..w.end])),
                    Item::Later(_) => None,
                })
                .take(most)
                .collect();
            if parts.is_empty() {
                return Ok(());
            }
            let mut taken = sink.write(id, &parts)?;
            drop(parts);
            if taken == 0 {
                self.blocked = true;
                return Ok(());
            }
            self.size -= taken;
            self.taken += taken as u64;
            while let Some(Item::Bytes(front)) = self.waiting.front_mut() {
                let left = front.end - front.start;
                if taken < left {
                    front.start += taken;
                    break;
                }
                taken -= left;
                self.waiting.pop_front();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes at most `room` bytes in all, and remembers each write.
    struct Narrow {
        room: usize,
        writes: Vec<Vec<u8>>,
    }

    impl Sink for Narrow {
        fn write(&mut self, _: ConnId, parts: &[IoSlice<'_>]) -> io::Result<usize> {
            let all: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
            let taken = all.len().min(self.room);
            self.room -= taken;
            self.writes.push(all[..taken].to_vec());
            Ok(taken)
        }
        fn finished(&mut self, _: ConnId) {}
    }

    fn fill(buffers: &mut Buffers, pending: &mut Pending, texts: &[&str], alone: bool) {
        let buffer = buffers.open();
        for text in texts {
            let piece = buffers.append(buffer, |out| out.extend_from_slice(text.as_bytes()));
            pending.push(piece, alone);
        }
    }

    #[test]
    fn what_belongs_together_is_one_write() {
        let (mut buffers, mut pending, mut outbox) =
            (Buffers::default(), Pending::default(), Outbox::default());
        fill(
            &mut buffers,
            &mut pending,
            &["one ", "two ", "three"],
            false,
        );
        assert_eq!(pending.pieces.len(), 1);
        let mut sink = Narrow {
            room: 100,
            writes: vec![],
        };
        outbox
            .send(ConnId::default(), &mut pending, &buffers, false, &mut sink)
            .unwrap();
        assert_eq!(sink.writes, [b"one two three".to_vec()]);
    }

    #[test]
    fn what_has_to_stay_alone_does() {
        let (mut buffers, mut pending, mut outbox) =
            (Buffers::default(), Pending::default(), Outbox::default());
        fill(&mut buffers, &mut pending, &["one", "two"], true);
        let mut sink = Narrow {
            room: 100,
            writes: vec![],
        };
        outbox
            .send(ConnId::default(), &mut pending, &buffers, true, &mut sink)
            .unwrap();
        assert_eq!(sink.writes, [b"one".to_vec(), b"two".to_vec()]);
    }

    #[test]
    fn a_slow_reader_gets_every_byte_in_order_whatever_it_takes() {
        for room in 0..14 {
            let (mut buffers, mut pending, mut outbox) =
                (Buffers::default(), Pending::default(), Outbox::default());
            fill(&mut buffers, &mut pending, &["abcd"], false);
            fill(&mut buffers, &mut pending, &["efgh"], false);
            let mut sink = Narrow {
                room,
                writes: vec![],
            };
            outbox
                .send(ConnId::default(), &mut pending, &buffers, false, &mut sink)
                .unwrap();
            buffers.recycle();
            fill(&mut buffers, &mut pending, &["ijkl"], false);
            outbox
                .send(ConnId::default(), &mut pending, &buffers, false, &mut sink)
                .unwrap();
            buffers.recycle();
            for _ in 0..20 {
                sink.room = 3;
                outbox.resume(ConnId::default(), false, &mut sink).unwrap();
            }
            assert_eq!(sink.writes.concat(), b"abcdefghijkl", "room {room}");
            assert_eq!(outbox.size(), 0);
        }
    }
}
