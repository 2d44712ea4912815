//! ARCHITECTURE.md names files by crate: `core/actions/join.rs`. Each of them is there.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

use std::fs;
use std::path::Path;

/// Crates by the short names of the page, and where their sources are.
const CRATES: [(&str, &str); 8] = [
    ("core", "parlour-core/src"),
    ("doors", "parlour-doors/src"),
    ("store", "parlour-store/src"),
    ("server", "parlour-server/src"),
    ("client", "parlour-client/src"),
    ("web", "parlour-web/src"),
    ("sim", "parlour-sim/src"),
    ("parlour", "parlour/src"),
];

#[test]
fn every_file_that_the_map_names_is_there() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = fs::read_to_string(crates.join("../ARCHITECTURE.md")).unwrap();
    let (mut named, mut absent) = (0, Vec::new());
    // Between backticks, every second piece.
    for word in page.split('`').skip(1).step_by(2) {
        let Some((short, rest)) = word.split_once('/') else {
            continue;
        };
        let Some((_, folder)) = CRATES.iter().find(|(name, _)| *name == short) else {
            continue;
        };
        // A verb stands for each of its files.
        if rest.contains("VERB") {
            continue;
        }
        named += 1;
        // Or beside the sources, such as migrations.
        let sources = crates.join(folder);
        if !sources.join(rest).exists() && !sources.join("..").join(rest).exists() {
            absent.push(word);
        }
    }
    assert!(named > 50, "only {named} files are named");
    assert!(absent.is_empty(), "{absent:?}");
}
