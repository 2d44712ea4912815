//! idle: many who are joined and do nothing; how much memory each needs, and what they cost.

use clap::Args;

use crate::BenchError;
use crate::clock::{self, MILLISECOND, SECOND};
use crate::connection::Plan;
use crate::workload::{Run, SetupArgs, Workload};

/// Number of times that the memory is read while the connections come.
const STEPS: usize = 8;

/// `parlour bench idle`
#[derive(Clone, Debug, Args)]
pub struct IdleArgs {
    /// Connections.
    #[arg(long, default_value_t = 20_000)]
    connections: usize,
    /// Channels, each of which has as many members.
    #[arg(long, default_value_t = 200)]
    channels: usize,
    /// Seconds that they stay and do nothing.
    #[arg(long, default_value_t = 10.0)]
    hold: f64,
    #[command(flatten)]
    setup: SetupArgs,
}

impl Workload for IdleArgs {
    fn name(&self) -> &'static str {
        "idle"
    }

    fn run(&self, run: &mut Run<'_>) -> Result<(), BenchError> {
        let (engine, meter) = (&mut *run.engine, run.meter);
        if self.channels == 0 {
            return Err(BenchError::Value("--channels is at least 1".into()));
        }
        let at_once = self.setup.setup_concurrency.unwrap_or(100);
        let mut points = vec![(0.0, meter.resident() as f64)];
        for step in 0..STEPS {
            let (from, to) = (
                self.connections * step / STEPS,
                self.connections * (step + 1) / STEPS,
            );
            let plans = (from..to).map(|number| Plan {
                nick: format!("i{number:06}"),
                channel: Some(format!("#i{}", number % self.channels)),
                prefix: Vec::new(),
            });
            engine.connect_all(plans.collect(), at_once, self.setup.setup_limit)?;
            engine.settle(500 * MILLISECOND, 20 * SECOND);
            points.push((to as f64, meter.resident() as f64));
        }
        let start = meter.snapshot(engine);
        let end = clock::now() + clock::seconds(self.hold);
        while clock::now() < end {
            engine.poll(20 * MILLISECOND);
        }
        let end = meter.snapshot(engine);
        let figures = &mut *run.figures;
        figures.add("connections", self.connections);
        figures.add("channels", self.channels);
        let seconds = (end.at - start.at) as f64 / SECOND as f64;
        let server = end.server.saturating_sub(start.server) as f64;
        figures.ratio("server_cpu_pct", server * 100.0 / SECOND as f64 / seconds);
        let first = points.first().map_or(0.0, |point| point.1);
        let last = points.last().map_or(0.0, |point| point.1);
        figures.ratio("rss_before_kb", first);
        figures.ratio("rss_idle_kb", last);
        figures.ratio("rss_bytes_per_conn_joined", slope(&points) * 1024.0);
        let kib: Vec<f64> = points.iter().map(|point| point.1).collect();
        figures.add("rss_steps_kb", kib);
        figures.add("joined", self.connections);
        figures.add("lost", engine.totals.disconnects);
        Ok(())
    }
}

/// Returns the slope of the line that fits points best (least squares).
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let (mut above, mut below) = (0.0, 0.0);
    for point in points {
        above += (point.0 - x) * (point.1 - y);
        below += (point.0 - x) * (point.0 - x);
    }
    above / below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_slope_whatever_it_begins_at() {
        let line: Vec<(f64, f64)> = (0..5)
            .map(|x| (f64::from(x), 7.0 + 3.0 * f64::from(x)))
            .collect();
        assert!((slope(&line) - 3.0).abs() < 1e-9);
    }
}
