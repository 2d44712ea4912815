//! Flow control: state of a connection's input.

use parlour_core::Instant;

/// State of a connection's input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// Input is processed as it arrives.
    Reading,
    /// Input that has arrived waits.
    Stalled(Why),
    /// The peer sends no more; what it has sent is not processed to the end.
    HalfClosed,
    /// QUIT is on its way to the core; nothing more is read.
    Quitting,
    /// The last bytes are queued; nothing more is read.
    Closing {
        /// Deadline for the peer to read them.
        at: Instant,
        /// Reason, for the log.
        reason: String,
    },
}

/// Limit that makes input wait, and so what resumes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Calls that the core has not taken, or a reply that the dialect needs first.
    Core,
    /// Replies that the peer has not read.
    Unread,
    /// Rate limit; a timer ends it.
    Pace,
}

impl Flow {
    /// Returns whether the last bytes are queued.
    pub fn is_closing(&self) -> bool {
        matches!(self, Flow::Closing { .. })
    }

    /// Returns whether the connection may send requests: neither QUIT nor a close is under way.
    pub fn is_open(&self) -> bool {
        match self {
            Flow::Reading | Flow::Stalled(_) | Flow::HalfClosed => true,
            Flow::Quitting | Flow::Closing { .. } => false,
        }
    }
}
