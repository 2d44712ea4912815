//! The words of the code: doc comments begin with the noun that a type is, or with the verb that a
//! function does (CONTRIBUTING.md).
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

use std::fs;
use std::path::{Path, PathBuf};

/// Words that begin a clause where a noun or a verb is wanted.
const CLAUSES: &[&str] = &[
    "Everybody",
    "How",
    "Nobody",
    "Somebody",
    "Someone",
    "Something",
    "That",
    "What",
    "When",
    "Where",
    "Whether",
    "Which",
    "Who",
    "Whoever",
    "Whom",
    "Whose",
    "Why",
];

/// All sources below a folder.
fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

fn doc(line: &str) -> Option<&str> {
    let line = line.trim_start();
    line.strip_prefix("///")
        .or_else(|| line.strip_prefix("//!"))
}

#[test]
fn doc_comments_begin_with_a_noun_or_a_verb() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut paths = Vec::new();
    for entry in fs::read_dir(&crates).unwrap() {
        sources(&entry.unwrap().path().join("src"), &mut paths);
    }
    sources(&crates.join("../bench/src"), &mut paths);
    assert!(!paths.is_empty());
    let mut clauses = Vec::new();
    for path in &paths {
        let text = fs::read_to_string(path).unwrap();
        let mut inside = false;
        for (number, line) in text.lines().enumerate() {
            let Some(words) = doc(line) else {
                inside = false;
                continue;
            };
            let first = words.split_whitespace().next().unwrap_or_default();
            let first = first.trim_end_matches([',', '.', ':', ';']);
            let first = first.strip_suffix("'s").unwrap_or(first);
            if !inside && CLAUSES.contains(&first) {
                clauses.push(format!(
                    "{}:{}: {}",
                    path.display(),
                    number + 1,
                    line.trim()
                ));
            }
            inside = true;
        }
    }
    assert!(
        clauses.is_empty(),
        "{} clauses:\n{}",
        clauses.len(),
        clauses.join("\n")
    );
}
