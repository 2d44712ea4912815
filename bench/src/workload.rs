//! Workload: what all of them share.

use clap::Args;

use crate::BenchError;
use crate::clock::{self, Nanos};
use crate::engine::Engine;
use crate::figures::Figures;
use crate::meter::Meter;

/// Times of a run.
#[derive(Clone, Copy, Debug, Args)]
pub struct Times {
    /// Seconds that are measured.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Seconds before that, which are not.
    #[arg(long, default_value_t = 0.5)]
    warmup: f64,
}

impl Times {
    /// Returns the time that is measured.
    pub(crate) fn length(self) -> Nanos {
        clock::seconds(self.seconds)
    }

    /// Returns the time before that.
    pub(crate) fn warmup(self) -> Nanos {
        clock::seconds(self.warmup)
    }
}

/// Set-up of the connections.
#[derive(Clone, Copy, Debug, Args)]
pub struct SetupArgs {
    /// Connections on their way at once, while the load is set up; pyChat takes one at a time.
    #[arg(long)]
    pub(crate) setup_concurrency: Option<usize>,
    /// Seconds in which all must be in.
    #[arg(long, default_value_t = 60)]
    pub(crate) setup_limit: u64,
}

/// Run of a workload: what it works on, and where its figures go.
pub(crate) struct Run<'r> {
    pub engine: &'r mut Engine,
    pub meter: &'r Meter,
    pub figures: &'r mut Figures,
}

/// Workload.
pub(crate) trait Workload {
    /// Returns its name.
    fn name(&self) -> &'static str;

    /// Runs it.
    ///
    /// # Errors
    /// The load could not be set up, or the server stood still.
    fn run(&self, run: &mut Run<'_>) -> Result<(), BenchError>;
}
