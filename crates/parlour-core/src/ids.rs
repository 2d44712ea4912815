//! Names for things by number. They are opaque and never used twice.

use alloc::string::String;
use core::fmt;

/// Milliseconds since 1970, UTC. The core gets it with each input and has no other clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

impl Time {
    /// The moment `ms` milliseconds later.
    pub fn plus(self, ms: u64) -> Time {
        Time(self.0.saturating_add(ms))
    }

    /// Whole seconds since 1970.
    pub fn seconds(self) -> u64 {
        self.0 / 1000
    }
}

/// Milliseconds on a clock that only goes forward, since no particular moment. Pace, timeouts and
/// throttles go by it: the clock that tells [`Time`] may be set, either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub u64);

impl Instant {
    /// The moment `ms` milliseconds later.
    pub fn plus(self, ms: u64) -> Instant {
        Instant(self.0.saturating_add(ms))
    }

    /// Milliseconds since `earlier`; none, if it is to come.
    pub fn since(self, earlier: Instant) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Both clocks, read at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// What people read, and what ids are made of.
    pub time: Time,
    /// What durations are measured by.
    pub instant: Instant,
}

/// A registered connection. Whoever owns the connection chooses the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

impl SessionId {
    /// The console of whoever runs the server: no connection has this number.
    pub const CONSOLE: SessionId = SessionId(u64::MAX - 1);
}

/// A user: the place in the journal at which they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(pub u64);

/// A channel, for as long as this process knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelId(pub u64);

/// One request of a session, numbered by its door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u32);

/// A question that was handed outside and whose answer a session waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// A place in the journal: when, and which of that millisecond.
///
/// The upper 48 bits are milliseconds since 1970, the lower 16 count within one. So
/// ids rise with the journal, tell the time by themselves, and a range of time is a
/// range of ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MsgId(pub u64);

/// How many bits of a [`MsgId`] count within one millisecond.
const COUNT_BITS: u32 = 16;
/// Five bits a character, in an alphabet that sorts as the numbers do.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
/// Characters of a written id: 13 times 5 bits hold 64.
const WRITTEN_LEN: usize = 13;

impl MsgId {
    /// The first id of the millisecond `at`.
    pub fn first_of(at: Time) -> MsgId {
        MsgId(at.0 << COUNT_BITS)
    }

    /// The last id of the millisecond `at`.
    pub fn last_of(at: Time) -> MsgId {
        MsgId((at.0 << COUNT_BITS) | ((1 << COUNT_BITS) - 1))
    }

    /// The next id at `now`; also when the clock has gone back, it is larger than `self`.
    pub fn next(self, now: Time) -> MsgId {
        MsgId::first_of(now).max(MsgId(self.0 + 1))
    }

    /// When it was.
    pub fn time(self) -> Time {
        Time(self.0 >> COUNT_BITS)
    }

    /// Reads what [`fmt::Display`] wrote.
    pub fn parse(text: &str) -> Option<MsgId> {
        if text.len() != WRITTEN_LEN {
            return None;
        }
        text.bytes()
            .try_fold(0u64, |value, byte| {
                let digit = ALPHABET.iter().position(|&c| c == byte)? as u64;
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
