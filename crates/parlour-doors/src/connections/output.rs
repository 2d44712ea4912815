//! Output: shared buffers, pieces of them, and the queue of a slow reader.

use crate::lazy_reply::BoxedLazyReply;
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use smallvec::SmallVec;

use super::conn_id::ConnId;

/// Transport that the connections write to.
pub trait Sink {
    /// Writes as much as the connection accepts now; returns 0 if it accepts nothing.
    ///
    /// # Errors
    /// The connection is dead.
    fn write(&mut self, id: ConnId, parts: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Returns whether all accepted bytes are on their way: false while the transport itself
    /// buffers some of them (TLS).
    fn is_drained(&mut self, _id: ConnId) -> bool {
        true
    }

    /// Closes the connection: everything is written.
    fn finished(&mut self, id: ConnId);
}

/// Maximum number of pieces in one write; Linux takes 1,024 at once.
const MAX_PARTS: usize = 64;

/// Range of a shared buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub buffer: u32,
    pub start: u32,
    pub end: u32,
}

impl Piece {
    /// Placeholder for a lazy reply in [`Pending`].
    pub const PLACEHOLDER: Piece = Piece {
        buffer: u32::MAX,
        start: 0,
        end: 0,
    };

    fn is_placeholder(self) -> bool {
        self.buffer == u32::MAX
    }
}

/// Buffers that are filled between two flushes.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    list: Vec<Arc<Vec<u8>>>,
    used: usize,
    /// Number of bytes in all buffers. Kept, since it is read often and there may be a buffer per
    /// channel.
    size: usize,
}

/// Capacity above which a buffer is freed after a flush.
const KEEP_CAPACITY: usize = 256 * 1024;

impl Buffers {
    /// Opens an empty buffer and returns its index.
    pub fn open(&mut self) -> u32 {
        if self.used == self.list.len() {
            self.list.push(Arc::default());
        }
        self.used += 1;
        (self.used - 1) as u32
    }

    /// Appends to a buffer what `write` writes, and returns the range.
    pub fn append(&mut self, buffer: u32, write: impl FnOnce(&mut Vec<u8>)) -> Piece {
        // Only a flush shares a buffer, and one that is shared is not used on: nothing is copied here.
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

    /// Returns whether a buffer may be filled further: it has fewer bytes than this, and no slow reader
    /// holds it, for whom it would be copied.
    pub fn has_room(&self, buffer: u32, most: usize) -> bool {
        let bytes = &self.list[buffer as usize];
        bytes.len() < most && Arc::strong_count(bytes) == 1
    }

    /// Returns the number of bytes in all buffers.
    pub fn size(&self) -> usize {
        self.size
    }

    fn bytes(&self, piece: Piece) -> &[u8] {
        &self.list[piece.buffer as usize][piece.start as usize..piece.end as usize]
    }

    /// Prepares the buffers for the next flush; those that no slow reader holds are reused.
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

/// Output of one connection for the next flush.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pieces: SmallVec<[Piece; 2]>,
}

impl Pending {
    /// Returns whether there is no output.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Appends a piece. A piece that follows the last one in its buffer is merged with it, unless
    /// `alone` is set.
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

/// Range of bytes that waits for a slow reader.
#[derive(Debug)]
struct QueuedPiece {
    bytes: Arc<Vec<u8>>,
    start: usize,
    end: usize,
}

/// Entry in the queue of a reader.
enum Item {
    Bytes(QueuedPiece),
    LazyReply(BoxedLazyReply),
}

/// Output that a slow reader has not taken yet.
#[derive(Default)]
pub(super) struct Outbox {
    waiting: VecDeque<Item>,
    /// Lazy replies whose placeholder is still in [`Pending`], in order.
    laters: VecDeque<BoxedLazyReply>,
    size: usize,
    /// Set if the last write accepted nothing: the transport will report when it accepts more.
    blocked: bool,
    /// Number of lazy replies in `waiting`.
    lazy_replies: usize,
    /// Number of bytes written from `waiting` so far.
    taken: u64,
}

impl Outbox {
    /// Returns the number of bytes in the queue.
    pub fn size(&self) -> usize {
        self.size
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Discards the queue.
    pub fn clear(&mut self) {
        self.waiting.clear();
        self.laters.clear();
        self.lazy_replies = 0;
        self.size = 0;
    }

    /// Adds a lazy reply; a [`Piece::LATER`] in [`Pending`] marks its place.
    pub fn push_lazy_reply(&mut self, later: BoxedLazyReply) {
        self.laters.push_back(later);
    }

    /// Returns whether a lazy reply is not complete.
    pub fn is_making(&self) -> bool {
        self.lazy_replies > 0 || self.has_unplaced()
    }

    /// Returns whether a lazy reply is still marked by a placeholder.
    pub fn has_unplaced(&self) -> bool {
        !self.laters.is_empty()
    }

    /// Returns the number of bytes written from the queue so far; a change shows that the peer
    /// reads.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Returns whether a lazy reply is first in the queue and nothing blocks it.
    pub fn can_continue(&self) -> bool {
        !self.blocked && matches!(self.waiting.front(), Some(Item::LazyReply(_)))
    }

    /// Generates about `most` bytes of the lazy reply that is first in the queue. Returns false if
    /// there is none.
    ///
    /// # Errors
    /// The reply has panicked: the connection is to end.
    pub fn make(&mut self, most: usize) -> io::Result<bool> {
        let Some(Item::LazyReply(later)) = self.waiting.front_mut() else {
            return Ok(false);
        };
        let mut bytes = Vec::new();
        let made = catch_unwind(AssertUnwindSafe(|| later.more(&mut bytes, most)));
        if !made.map_err(|_| io::Error::other("internal error"))? {
            self.waiting.pop_front();
            self.lazy_replies -= 1;
        }
        self.size += bytes.len();
        // In front of the rest of its reply, if there is more.
        self.waiting.push_front(Item::Bytes(QueuedPiece {
            end: bytes.len(),
            bytes: Arc::new(bytes),
            start: 0,
        }));
        Ok(true)
    }

    /// Writes `pending` after the queue, and queues the bytes that are not accepted.
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
        // Bytes in the queue come first; then everything pending joins it.
        if self.is_empty() {
            let most = if alone { 1 } else { MAX_PARTS };
            let later = pieces.iter().position(|piece| piece.is_placeholder());
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
                    // The transport reports that it accepts more only after a write that accepted
                    // nothing.
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

    /// Queues pieces without their first `taken` bytes.
    fn keep(&mut self, pieces: &[Piece], mut taken: usize, buffers: &Buffers) {
        for &piece in pieces {
            if piece.is_placeholder() {
                // Placeholders and `laters` are in the same order, one for one.
                let later = self.laters.pop_front().map(Item::LazyReply);
                self.lazy_replies += usize::from(later.is_some());
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
            // A small piece would keep all of a large buffer in memory.
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

    /// Writes the queue up to the first lazy reply, as far as it is accepted.
    pub fn resume(&mut self, id: ConnId, alone: bool, sink: &mut impl Sink) -> io::Result<()> {
        let most = if alone { 1 } else { MAX_PARTS };
        self.blocked = false;
        loop {
            let parts: SmallVec<[IoSlice<'_>; 8]> = self
                .waiting
                .iter()
                .map_while(|item| match item {
                    Item::Bytes(w) => Some(IoSlice::new(&w.bytes[w.start..w.end])),
                    Item::LazyReply(_) => None,
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
            // Not counted in `send`: a kernel buffer may accept bytes that no one reads.
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
