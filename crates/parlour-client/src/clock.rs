//! Clocks, read in this module only.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Readings of both clocks at one moment, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Wall clock, since 1970. It may be set forwards or backwards.
    pub wall: u64,
    /// Monotonic clock, since an arbitrary moment; durations are measured by it.
    pub steady: u64,
}

impl Now {
    /// Reads both clocks.
    pub fn read() -> Now {
        static ORIGIN: OnceLock<Instant> = OnceLock::new();
        let steady = ORIGIN.get_or_init(Instant::now).elapsed();
        Now {
            wall: wall(),
            // Starts at an hour, so that "long ago" can be expressed right after the start.
            steady: 3_600_000 + steady.as_millis() as u64,
        }
    }
}

/// Sets both clocks to the same reading, for tests.
impl From<u64> for Now {
    fn from(ms: u64) -> Now {
        Now {
            wall: ms,
            steady: ms,
        }
    }
}

/// Returns the wall clock in milliseconds since 1970.
pub(crate) fn wall() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}
