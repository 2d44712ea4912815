//! Lazy replies: long replies that are generated as they are read.

/// Reply that is generated piece by piece: a long one takes no memory while its reader is slow, and
/// does not delay others.
pub(crate) trait LazyReply: Send {
    /// Appends the next whole lines, about `most` bytes and at least one line while there is one.
    /// Returns whether there are more.
    fn more(&mut self, out: &mut Vec<u8>, most: usize) -> bool;
}

/// Lazy reply in the queue of a connection.
pub(crate) type BoxedLazyReply = Box<dyn LazyReply>;
