//! The one place that reads clocks.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Both clocks, read at one moment, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Since 1970: what people read. It may be set, either way.
    pub wall: u64,
    /// Since no particular moment: what durations are measured by.
    pub steady: u64,
}

impl Now {
    /// Reads the clocks.
    pub fn read() -> Now {
        static ORIGIN: OnceLock<Instant> = OnceLock::new();
        let steady = ORIGIN.get_or_init(Instant::now).elapsed();
        Now {
            wall: wall(),
            // A second is long ago already when the client starts.
            steady: 3_600_000 + steady.as_millis() as u64,
        }
    }
}

/// Clocks that agree: for those who make up their time.
impl From<u64> for Now {
    fn from(ms: u64) -> Now {
        Now {
            wall: ms,
            steady: ms,
        }
    }
}

/// Milliseconds since 1970.
pub(crate) fn wall() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}
