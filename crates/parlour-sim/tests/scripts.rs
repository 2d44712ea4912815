//! Each script in `tests/scripts` holds.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

use std::fs;
use std::path::Path;

#[test]
fn every_script_holds() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.sort();
    assert!(names.len() > 15, "the scripts are not found");
    let mut failures = Vec::new();
    for path in names {
        if let Err(why) = parlour_sim::script::run(&fs::read_to_string(&path).unwrap()) {
            failures.push(format!(
                "{}, {why}",
                path.file_name().unwrap().to_string_lossy()
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
