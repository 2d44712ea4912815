//! Figures of a run: one JSON object, or lines for people.

use serde_json::{Map, Value};

use crate::clock::{Nanos, SECOND};
use crate::engine::Engine;
use crate::histogram::Histogram;
use crate::meter::Snapshot;

/// Figures by name, in the order in which they were added.
#[derive(Debug, Default)]
pub(crate) struct Figures(pub Map<String, Value>);

impl Figures {
    /// Adds a figure.
    pub fn add(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Adds a figure, rounded to three digits behind the point; null if there is none.
    pub fn ratio(&mut self, name: &str, value: f64) {
        let rounded = (value * 1000.0).round() / 1000.0;
        let value = serde_json::Number::from_f64(rounded).map_or(Value::Null, Value::Number);
        self.0.insert(name.to_owned(), value);
    }

    /// Returns a figure; 0 if there is none.
    pub fn number(&self, name: &str) -> f64 {
        self.0.get(name).and_then(Value::as_f64).unwrap_or(0.0)
    }

    /// Adds the quantiles of a histogram.
    pub fn times(&mut self, name: &str, times: &Histogram) {
        for (suffix, quantile) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999)] {
            let value = times.quantile(quantile);
            self.ratio(&format!("{name}_{suffix}_us"), value as f64 / 1000.0);
        }
        self.ratio(&format!("{name}_max_us"), times.max() as f64 / 1000.0);
        self.add(&format!("{name}_samples"), times.count());
    }

    /// Adds what every workload measures between two snapshots.
    pub fn between(&mut self, start: &Snapshot, end: &Snapshot) {
        let seconds = (end.at - start.at) as f64 / SECOND as f64;
        let deliveries = end.deliveries - start.deliveries;
        let each = |value: f64| match deliveries {
            0 => f64::NAN,
            deliveries => value / deliveries as f64,
        };
        let micros = |from: Nanos, to: Nanos| to.saturating_sub(from) as f64 / 1000.0;
        let server = micros(start.server, end.server);
        let own = micros(start.own, end.own);
        self.ratio("seconds", seconds);
        self.add("deliveries", deliveries);
        self.ratio("deliveries_per_s", deliveries as f64 / seconds);
        self.ratio("server_cpu_us_per_delivery", each(server));
        self.ratio("server_cpu_pct", server / 1e4 / seconds);
        let user = end.ticks.0.saturating_sub(start.ticks.0) as f64;
        let system = end.ticks.1.saturating_sub(start.ticks.1) as f64;
        self.ratio("server_sys_share", system / (user + system));
        let busy = |from: u64, to: u64| to.saturating_sub(from) as f64 / seconds;
        self.ratio("server_core_busy_pct", busy(start.busy.0, end.busy.0));
        self.ratio("server_core_softirq_pct", busy(start.busy.1, end.busy.1));
        self.ratio("load_cpu_pct", own / 1e4 / seconds);
        self.ratio("load_cpu_us_per_delivery", each(own));
        // Nagle and backlogs move sends into the processing of the receiver's acknowledgements, on
        // the load generator's processor: the sum shows it.
        self.ratio("both_cpu_us_per_delivery", each(server + own));
        self.ratio(
            "rx_bytes_per_delivery",
            each((end.bytes - start.bytes) as f64),
        );
        let reads = (end.reads - start.reads) as f64;
        self.ratio("deliveries_per_read", deliveries as f64 / reads);
    }

    /// Adds what went wrong.
    pub fn faults(&mut self, engine: &Engine) {
        self.add("malformed", engine.totals.malformed);
        self.add("disconnects", engine.totals.disconnects);
        self.add("errors", engine.errors());
    }
}
