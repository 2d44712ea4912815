//! Monotonic time in nanoseconds, as it stands in payloads.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Nanoseconds since the first call of [`now`].
pub(crate) type Nanos = u64;

/// Nanoseconds of a second.
pub(crate) const SECOND: Nanos = 1_000_000_000;
/// Nanoseconds of a millisecond.
pub(crate) const MILLISECOND: Nanos = 1_000_000;

/// Returns the time.
pub(crate) fn now() -> Nanos {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_nanos() as Nanos
}

/// Converts seconds.
pub(crate) fn seconds(seconds: f64) -> Nanos {
    Duration::from_secs_f64(seconds.max(0.0)).as_nanos() as Nanos
}
