//! Framing: cuts a stream of bytes into lines, in bounded memory.

use alloc::vec::Vec;

/// Next item that a [`Framer`] hands out.
#[derive(Debug, PartialEq, Eq)]
pub enum Framed<'a> {
    /// Line without its line end.
    Line(&'a [u8]),
    /// Line that was longer than the limit and has been discarded; its length in bytes, the line
    /// end not counted.
    TooLong(usize),
}

/// Buffer that collects bytes and hands out lines that end in LF or CR LF.
///
/// Keeps at most `limit` bytes of an unfinished line. A longer line is discarded up to its line end
/// and reported once.
#[derive(Debug)]
pub struct Framer {
    buffer: Vec<u8>,
    /// Number of bytes at the front of `buffer` that were handed out already.
    taken: usize,
    /// Number of bytes after `taken` that are known to hold no LF.
    searched: usize,
    limit: usize,
    /// Number of discarded bytes of the current line, which is too long; 0 if it is not.
    overflown: usize,
}

impl Framer {
    /// Creates a framer for lines of at most `limit` bytes, the line end not counted.
    pub fn new(limit: usize) -> Self {
        Framer {
            buffer: Vec::new(),
            taken: 0,
            searched: 0,
            limit,
            overflown: 0,
        }
    }

    /// Appends bytes that arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        // Only here, not in `next_line`: the lines handed out borrow the buffer.
        self.compact();
        self.buffer.extend_from_slice(bytes);
    }

    /// Returns the next whole line, if there is one.
    pub fn next_line(&mut self) -> Option<Framed<'_>> {
        let start = self.taken;
        let Some(at) = memchr::memchr(b'\n', &self.buffer[start + self.searched..]) else {
            // The next search begins here, so that a line that arrives in many pieces costs linear
            // time.
            self.searched = self.buffer.len() - start;
            // One more byte may be the CR of a line that is just long enough.
            if self.searched > self.limit + 1 {
                self.overflown += self.searched;
                self.forget();
            }
            return None;
        };
        let end = start + self.searched + at;
        self.taken = end + 1;
        self.searched = 0;
        let line = &self.buffer[start..end];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let length = core::mem::take(&mut self.overflown) + line.len();
        if length > self.limit {
            return Some(Framed::TooLong(length));
        }
        Some(Framed::Line(line))
    }

    /// Returns the bytes that arrived after the last line end.
    pub fn rest(&self) -> &[u8] {
        &self.buffer[self.taken..]
    }

    /// Returns whether the current line is too long already.
    pub fn is_overflowing(&self) -> bool {
        self.overflown > 0
    }

    /// Returns the number of discarded bytes of the current line.
    pub fn overflown(&self) -> usize {
        self.overflown
    }

    /// Removes and returns the bytes that arrived after the last line end.
    pub fn take_rest(&mut self) -> Vec<u8> {
        let rest = self.rest().to_vec();
        self.forget();
        rest
    }

    fn forget(&mut self) {
        self.buffer.clear();
        self.taken = 0;
        self.searched = 0;
    }

    /// Moves the remaining bytes to the front, and frees memory after a burst.
    fn compact(&mut self) {
        if self.taken == self.buffer.len() {
            self.forget();
            self.buffer.shrink_to(1024);
        } else if self.taken > 0 {
            self.buffer.drain(..self.taken);
            self.taken = 0;
        }
    }

    /// Frees the buffer if it is empty: for a connection that has gone quiet.
    pub fn shrink_if_empty(&mut self) {
        if self.taken == self.buffer.len() {
            self.buffer = Vec::new();
            self.taken = 0;
            self.searched = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use alloc::vec;

    fn all(framer: &mut Framer) -> Vec<String> {
        let mut out = vec![];
        while let Some(framed) = framer.next_line() {
            out.push(match framed {
                Framed::Line(line) => String::from_utf8(line.to_vec()).unwrap(),
                Framed::TooLong(_) => "<long>".into(),
            });
        }
        out
    }

    #[test]
    fn lines_come_out_whatever_the_pieces() {
        let input = b"one\r\ntwo\n\nthree\r\nfo";
        for size in 1..input.len() {
            let mut framer = Framer::new(100);
            let mut got = vec![];
            for piece in input.chunks(size) {
                framer.push(piece);
                got.extend(all(&mut framer));
            }
            assert_eq!(got, ["one", "two", "", "three"], "pieces of {size}");
            assert_eq!(framer.take_rest(), b"fo");
        }
    }

    #[test]
    fn a_line_of_any_length_takes_bounded_memory() {
        let mut framer = Framer::new(10);
        for _ in 0..10_000 {
            framer.push(&[b'x'; 1000]);
            assert_eq!(framer.next_line(), None);
            assert!(framer.buffer.capacity() <= 4096);
        }
        assert_eq!(framer.overflown(), 10_000_000);
        framer.push(b"x\nok\n");
        assert_eq!(framer.next_line(), Some(Framed::TooLong(10_000_001)));
        assert_eq!(all(&mut framer), ["ok"]);
    }

    #[test]
    fn a_line_of_just_the_limit_passes() {
        let mut framer = Framer::new(3);
        framer.push(b"abc\r");
        assert_eq!(framer.next_line(), None);
        framer.push(b"\nabcd\n");
        assert_eq!(all(&mut framer), ["abc", "<long>"]);
    }
}
