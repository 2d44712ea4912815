//! Window of a run in which it is measured, after a warm-up.

use crate::BenchError;
use crate::clock::{self, Nanos, SECOND};
use crate::engine::Engine;
use crate::meter::{Meter, Snapshot};

/// Seconds without any delivery after which a run is given up.
const PATIENCE: u64 = 5;

/// Window of a run, and the counters at its ends.
pub(crate) struct Window {
    pub start: Nanos,
    pub end: Nanos,
    first: Option<Snapshot>,
    last: Option<Snapshot>,
}

impl Window {
    /// Begins a run now: `warmup`, then the window.
    pub fn begin(engine: &mut Engine, warmup: Nanos, length: Nanos) -> Window {
        let now = clock::now();
        engine.last_read = now;
        Window {
            start: now + warmup,
            end: now + warmup + length,
            first: None,
            last: None,
        }
    }

    /// Notes the time; takes the snapshots at the ends. Returns true while the run goes on.
    ///
    /// # Errors
    /// Nothing has arrived for some seconds.
    pub fn goes_on(&mut self, engine: &Engine, meter: &Meter) -> Result<bool, BenchError> {
        let now = clock::now();
        if self.first.is_none() && now >= self.start {
            self.first = Some(meter.snapshot(engine));
        }
        if self.last.is_none() && now >= self.end {
            self.last = Some(meter.snapshot(engine));
        }
        if self.last.is_none() && now.saturating_sub(engine.last_read) > PATIENCE * SECOND {
            return Err(BenchError::Stalled(PATIENCE));
        }
        Ok(self.last.is_none())
    }

    /// Returns whether the warm-up is over.
    pub fn is_measuring(&self) -> bool {
        self.first.is_some()
    }

    /// Returns the counters at both ends, once the run is over.
    pub fn ends(&self) -> Option<(&Snapshot, &Snapshot)> {
        self.first.as_ref().zip(self.last.as_ref())
    }
}
