//! Clocks of the server; no other module reads them.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use parlour_core::{Now, Time};

/// Milliseconds by which the two clocks may drift apart between two looks before it counts as a
/// step. Slewing stays far below it; a suspend, during which only one of them runs, does not.
const STEP: u64 = 2_000;

/// Returns the wall clock time, in milliseconds since 1970.
pub(crate) fn time() -> Time {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    Time(since.as_millis() as u64)
}

/// Returns the monotonic time, in milliseconds since its first use in this process.
pub(crate) fn instant() -> parlour_core::Instant {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    let origin = ORIGIN.get_or_init(Instant::now);
    parlour_core::Instant(origin.elapsed().as_millis() as u64)
}

/// Reads both clocks.
pub(crate) fn now() -> Now {
    Now {
        time: time(),
        instant: instant(),
    }
}

/// Detector of steps of the wall clock.
#[derive(Debug, Default)]
pub(crate) struct StepWatch {
    last: Option<Now>,
}

impl StepWatch {
    /// Returns the milliseconds by which the wall clock was set since the last look, positive for
    /// forward. `None` for less than a step.
    pub fn look(&mut self, now: Now) -> Option<i64> {
        let last = self.last.replace(now)?;
        let passed = now.instant.since(last.instant);
        let step = now.time.0 as i64 - last.time.0 as i64 - passed as i64;
        (step.unsigned_abs() >= STEP).then_some(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: u64, instant: u64) -> Now {
        Now {
            time: Time(time),
            instant: parlour_core::Instant(instant),
        }
    }

    #[test]
    fn a_step_either_way_is_noticed_once_and_drift_is_not() {
        let mut watch = StepWatch::default();
        assert_eq!(watch.look(at(1_000_000, 0)), None);
        assert_eq!(watch.look(at(1_010_000, 10_500)), None);
        assert_eq!(watch.look(at(991_000, 11_500)), Some(-20_000));
        assert_eq!(watch.look(at(992_000, 12_500)), None);
        assert_eq!(watch.look(at(4_592_100, 12_600)), Some(3_600_000));
    }
}
