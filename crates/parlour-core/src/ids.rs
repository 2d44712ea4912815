//! Numeric ids. They are opaque and never reused.

use serde::{Deserialize, Serialize};

use alloc::string::String;
use core::fmt;

/// Milliseconds since 1970, UTC. The core gets the time with each input and reads no clock.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Time(pub u64);

impl Time {
    /// Returns the time `ms` milliseconds later.
    pub fn plus(self, ms: u64) -> Time {
        Time(self.0.saturating_add(ms))
    }

    /// Returns the whole seconds since 1970.
    pub fn seconds(self) -> u64 {
        self.0 / 1000
    }
}

/// Milliseconds on a monotonic clock of unspecified origin. Rate limits, timeouts and throttles use
/// it, since the clock behind [`Time`] may be set in either direction.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Instant(pub u64);

impl Instant {
    /// Returns the instant `ms` milliseconds later.
    pub fn plus(self, ms: u64) -> Instant {
        Instant(self.0.saturating_add(ms))
    }

    /// Returns the milliseconds since `earlier`; 0 if that is in the future.
    pub fn since(self, earlier: Instant) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Both clocks, read together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Wall-clock time, shown to users and used for ids.
    pub time: Time,
    /// Monotonic time, used for durations.
    pub instant: Instant,
}

/// Node of a cluster, by its number; a server on its own is node 0.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct NodeId(pub u8);

impl NodeId {
    /// Largest number of a node; the one above is that of sessions which are of no node.
    pub const MAX: NodeId = NodeId(u8::MAX - 1);
}

/// Session: a connection to the core. The upper 8 bits are its node; the node chooses the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SessionId(pub u64);

impl SessionId {
    /// Session of the admin console; no connection has this number.
    pub const CONSOLE: SessionId = SessionId(u64::MAX - 1);
    /// Session of the HTTP service, which acts with the authority of the console; no connection has this
    /// number.
    pub const WEB: SessionId = SessionId(u64::MAX - 2);
    /// Session of hooks and their readers, beside those of passwords and pushes, which may wait; no
    /// connection has this number.
    pub const HOOKS: SessionId = SessionId(u64::MAX - 3);
    /// Origin of what the server does by itself; no connection has this number.
    pub const SERVER: SessionId = SessionId(u64::MAX);

    /// Bits that a node chooses.
    pub const OWN_BITS: u32 = 56;

    /// Returns the node of a connection's session.
    pub fn node(self) -> NodeId {
        NodeId((self.0 >> SessionId::OWN_BITS) as u8)
    }

    /// Returns whether it is a session of no connection: each node has its own ones by that number.
    pub fn is_service(self) -> bool {
        self.node() > NodeId::MAX
    }

    /// Returns whether it is a session of the server's own, which may do everything.
    pub fn is_console(self) -> bool {
        [SessionId::CONSOLE, SessionId::WEB, SessionId::HOOKS].contains(&self)
    }
}

/// User, by the journal id of the registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UserId(pub u64);

/// Channel, for the lifetime of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChannelId(pub u64);

/// Request of a session, numbered by its door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CallId(pub u32);

/// Ticket of a task outside the core, for which a session waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// Id of a journal entry: a time and a counter.
///
/// The upper 48 bits are milliseconds since 1970, the lower 16 count within the millisecond. Hence
/// ids increase along the journal, contain their time, and a range of time is a range of ids.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct MsgId(pub u64);

/// Bits of a [`MsgId`] that count within one millisecond.
const COUNT_BITS: u32 = 16;
/// Digits of a written id, five bits each, in ASCII order so that text sorts as numbers do.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
/// Characters of a written id: 13 times 5 bits hold 64.
const WRITTEN_LEN: usize = 13;

impl MsgId {
    /// Returns the first id of the millisecond `at`.
    pub fn first_of(at: Time) -> MsgId {
        MsgId(at.0 << COUNT_BITS)
    }

    /// Returns the last id of the millisecond `at`.
    pub fn last_of(at: Time) -> MsgId {
        MsgId((at.0 << COUNT_BITS) | ((1 << COUNT_BITS) - 1))
    }

    /// Returns the next id at `now`; larger than `self` even if the clock has gone back.
    pub fn next(self, now: Time) -> MsgId {
        // A full counter carries over into the time, so ids stay unique beyond 65,536 per
        // millisecond.
        MsgId::first_of(now).max(MsgId(self.0 + 1))
    }

    /// Returns the time of the id.
    pub fn time(self) -> Time {
        Time(self.0 >> COUNT_BITS)
    }

    /// Parses an id as [`fmt::Display`] writes it.
    pub fn parse(text: &str) -> Option<MsgId> {
        if text.len() != WRITTEN_LEN {
            return None;
        }
        text.bytes()
            .try_fold(0u64, |value, byte| {
                let digit = ALPHABET.iter().position(|&c| c == byte)? as u64;
                // 13 digits hold 65 bits: the first may overflow.
                value.checked_mul(32)?.checked_add(digit)
            })
            .map(MsgId)
    }
}

impl fmt::Display for MsgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(WRITTEN_LEN);
        for place in (0..WRITTEN_LEN).rev() {
            text.push(char::from(ALPHABET[(self.0 >> (place * 5)) as usize & 31]));
        }
        f.write_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn ids_rise_even_when_the_clock_does_not() {
        let a = MsgId::default().next(Time(1000));
        let b = a.next(Time(1000));
        let c = b.next(Time(500));
        assert!(a < b && b < c);
        assert_eq!(c.time(), Time(1000));
        assert_eq!(c.next(Time(2000)), MsgId::first_of(Time(2000)));
    }

    #[test]
    fn written_ids_sort_as_numbers_and_come_back() {
        let ids = [0, 1, 31, 32, 1 << 40, u64::MAX].map(MsgId);
        let written = ids.map(|id| id.to_string());
        assert!(written.windows(2).all(|w| w[0] < w[1]));
        for (id, text) in ids.iter().zip(&written) {
            assert_eq!(MsgId::parse(text), Some(*id));
        }
        assert_eq!(MsgId::parse("short"), None);
        assert_eq!(MsgId::parse("zzzzzzzzzzzzz"), None);
        assert_eq!(MsgId::parse("vvvvvvvvvvvvv"), None);
    }
}
