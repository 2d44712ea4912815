//! Replay of all inputs kept by the fuzzers, against regressions.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

use std::path::Path;

#[path = "../../../fuzz/checks.rs"]
mod checks;

/// Fuzz target: its name and its check.
type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 5] = [
    ("message", checks::message),
    ("safe_text", checks::safe_text),
    ("formats", checks::formats),
    ("wrap", checks::rows),
    ("keys", checks::keys),
];

#[test]
fn the_corpus_holds() {
    for (name, check) in TARGETS {
        let place = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../fuzz/corpus")
            .join(name);
        let mut count = 0;
        for entry in std::fs::read_dir(place).unwrap() {
            let data = std::fs::read(entry.unwrap().path()).unwrap();
            // Prefixes as well: truncated input finds most bugs.
            for end in 0..=data.len() {
                check(&data[..end]);
            }
            count += 1;
        }
        assert!(count > 0, "{name}");
    }
}
