//! A fixed set of random runs with faults. Many more: `cargo run --release -p parlour-sim --bin
//! faults`.

use parlour_sim::faults::run_seeds;

const SEEDS: u64 = 60;

#[test]
fn what_was_acknowledged_is_kept_whatever_befalls_the_machine() {
    let counts = match run_seeds(0..SEEDS) {
        Ok(counts) => counts,
        Err(seed) => panic!("seed {seed} breaks a promise, see above"),
    };
    // Runs in which nothing happens would prove nothing.
    assert!(counts.acknowledged > 2_000, "{counts:?}");
    assert!(counts.lost > 50, "{counts:?}");
    assert!(counts.redacted > 100, "{counts:?}");
    assert!(counts.restarts > 150, "{counts:?}");
    assert!(counts.failures > 200, "{counts:?}");
}
