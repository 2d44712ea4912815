//! Beats: things that are due at regular times.

use crate::clock::{self, Nanos, SECOND};

/// Things that are due at regular times.
pub(super) struct Beat {
    pub next: Nanos,
    step: Nanos,
}

impl Beat {
    pub fn new(rate: f64) -> Beat {
        let step = (SECOND as f64 / rate) as Nanos;
        Beat {
            next: clock::now() + step,
            step,
        }
    }

    /// Begins again now.
    pub fn restart(&mut self) {
        self.next = clock::now() + self.step;
    }

    /// Returns whether one is due, and by how much it is late. Beats that were missed stay due: the
    /// load does not slacken because the load generator was held up.
    pub fn is_due(&mut self, now: Nanos) -> Option<Nanos> {
        let late = now.checked_sub(self.next)?;
        self.next += self.step;
        Some(late)
    }
}
