//! Runs each script in `tests/scripts` as a test of its own, named after its file:
//! `cargo test -p parlour-sim --test scripts znc` runs those whose name holds `znc`.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn trial(path: PathBuf) -> Trial {
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    Trial::test(name, move || {
        let script = fs::read_to_string(&path)?;
        parlour_sim::script::run(&script).map_err(Into::into)
    })
}

fn main() -> ExitCode {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut paths: Vec<PathBuf> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    // An empty folder would pass: no script found is a failure.
    assert!(!paths.is_empty(), "there are no scripts");
    let trials = paths.into_iter().map(trial).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
