//! Random runs with faults: people write, take back and register while the process is killed, the
//! power is cut, the disk runs full or fails, commits are slow and the clock steps.
//!
//! Held against a model (`model.rs`): whatever was acknowledged, or seen by anybody, is kept, once,
//! in the order in which all saw it; what was redacted is gone; nobody sees what is for others.

mod model;
mod person;
mod world;

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::Random;
use world::World;

/// Steps of one run.
const STEPS: usize = 150;

/// Counts of what happened in runs, so that a test can tell that something did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Messages that were acknowledged.
    pub acknowledged: usize,
    /// Messages that were sent, and neither acknowledged nor found.
    pub lost: usize,
    /// Messages that were redacted.
    pub redacted: usize,
    /// Restarts after the process ended, or the power was cut.
    pub restarts: usize,
    /// Writes and syncs that failed.
    pub failures: u64,
}

impl Counts {
    fn add(&mut self, other: Counts) {
        self.acknowledged += other.acknowledged;
        self.lost += other.lost;
        self.redacted += other.redacted;
        self.restarts += other.restarts;
        self.failures += other.failures;
    }
}

/// Runs one seed.
///
/// # Panics
/// If a promise is broken.
pub fn run(seed: u64) -> Counts {
    let mut random = Random::new(seed);
    let mut world = World::new();
    for step in 0..STEPS {
        world.step(&mut random, step);
    }
    world.end()
}

/// Runs several seeds, and returns what happened in all of them.
///
/// # Errors
/// The first seed that breaks a promise; the promise is told on the standard error output.
pub fn run_seeds(seeds: Range<u64>) -> Result<Counts, u64> {
    let mut counts = Counts::default();
    for seed in seeds {
        // Nothing of a run outlasts it.
        let outcome = catch_unwind(AssertUnwindSafe(|| run(seed)));
        counts.add(outcome.map_err(|_| seed)?);
    }
    Ok(counts)
}
