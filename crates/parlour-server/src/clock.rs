//! The one place that reads the clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parlour_core::Time;

/// Milliseconds since 1970.
pub(crate) fn now() -> Time {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    Time(since.as_millis() as u64)
}
