//! Figures as lines for people.

use std::fmt::Write;

use crate::figures::Figures;

/// Lines of the summary: name, figure, factor, unit.
const LINES: &[(&str, &str, f64, &str)] = &[
    ("deliveries", "deliveries_per_s", 1.0, "a second"),
    ("round trips", "round_trips_per_s", 1.0, "a second"),
    ("registrations", "connects_per_s", 1.0, "a second"),
    ("latency, median", "lat_p50_us", 1e-3, "ms"),
    ("latency, 99 %", "lat_p99_us", 1e-3, "ms"),
    ("latency, worst", "lat_max_us", 1e-3, "ms"),
    ("time to register, median", "reg_p50_us", 1e-3, "ms"),
    ("time to register, 99 %", "reg_p99_us", 1e-3, "ms"),
    ("time to join, median", "join_p50_us", 1e-3, "ms"),
    (
        "server, each delivery",
        "server_cpu_us_per_delivery",
        1.0,
        "µs of processor time",
    ),
    (
        "server, each registration",
        "server_cpu_us_per_connect",
        1.0,
        "µs of processor time",
    ),
    (
        "server, each join",
        "server_cpu_us_per_join",
        1.0,
        "µs of processor time",
    ),
    ("server, busy", "server_cpu_pct", 1.0, "% of one processor"),
    (
        "load generator, busy",
        "load_cpu_pct",
        1.0,
        "% of one processor",
    ),
    (
        "memory of a connection",
        "rss_bytes_per_conn_joined",
        1.0 / 1024.0,
        "KiB",
    ),
    ("messages", "messages", 1.0, ""),
    ("lost", "lost", 1.0, ""),
    ("too many", "extra", 1.0, ""),
    ("out of order", "order_errors", 1.0, ""),
    ("in the wrong place", "foreign", 1.0, ""),
    ("closed connections", "disconnects", 1.0, ""),
];

/// Figures that are told only if they are not zero.
const FAULTS: &[&str] = &["extra", "order_errors", "foreign", "disconnects"];

/// Formats figures for people.
pub(crate) fn summary(figures: &Figures) -> String {
    let mut text = String::new();
    for (name, figure, factor, unit) in LINES {
        let Some(value) = figures.0.get(*figure).and_then(serde_json::Value::as_f64) else {
            continue;
        };
        // Without a process to measure there is no processor time.
        let is_unknown = figure.starts_with("server") && value == 0.0;
        if is_unknown || (FAULTS.contains(figure) && value == 0.0) {
            continue;
        }
        let value = number(value * factor);
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {name:26} {value:>14} {unit}");
    }
    if let Some(errors) = figures.0.get("errors").and_then(|errors| errors.as_str())
        && !errors.is_empty()
    {
        let _ = writeln!(text, "  the server said: {errors}");
    }
    text
}

/// Formats a number with about three digits, and with commas between thousands.
fn number(value: f64) -> String {
    match value.abs() {
        size if size == value.trunc().abs() || size >= 100.0 => {
            let digits = format!("{}", value.round() as i64);
            let mut grouped = String::new();
            for (at, digit) in digits.chars().enumerate() {
                if at > 0 && (digits.len() - at).is_multiple_of(3) {
                    grouped.push(',');
                }
                grouped.push(digit);
            }
            grouped
        }
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_grouped() {
        for (value, text) in [
            (0.0, "0"),
            (12.0, "12"),
            (1_234_567.8, "1,234,568"),
            (123.4, "123"),
            (12.34, "12.3"),
            (1.234, "1.23"),
            (0.0914, "0.091"),
        ] {
            assert_eq!(number(value), text);
        }
    }
}
