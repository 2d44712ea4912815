//! Who may use whom (ARCHITECTURE.md), held against `cargo metadata`.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Each of our crates with all of ours that it may use.
const ALLOWED: &[(&str, &[&str])] = &[
    ("irc-wire", &[]),
    ("parlour-core", &[]),
    ("parlour-doors", &["irc-wire", "parlour-core"]),
    ("parlour-store", &["parlour-core"]),
    (
        "parlour-server",
        &["parlour-core", "parlour-doors", "parlour-store"],
    ),
    ("parlour-client", &["irc-wire"]),
    (
        "parlour-sim",
        &["irc-wire", "parlour-core", "parlour-doors", "parlour-store"],
    ),
    ("parlour", &["parlour-client", "parlour-server"]),
];

/// Crates of the outside world that do I/O, and who alone may use them.
const OUTSIDE: &[(&str, &[&str])] = &[
    ("rusqlite", &["parlour-store"]),
    ("mio", &["parlour-server"]),
    ("socket2", &["parlour-server"]),
    ("tokio", &["parlour-client"]),
    ("tokio-rustls", &["parlour-client"]),
    ("rustls", &["parlour-client", "parlour-server"]),
    ("tungstenite", &["parlour-server"]),
    ("proxy-header", &["parlour-server"]),
    ("argon2", &["parlour-server"]),
    ("lettre", &["parlour-server"]),
    ("ratatui", &["parlour-client"]),
    ("crossterm", &["parlour-client"]),
];

fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| {
            let used = package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|d| d["kind"].is_null());
            let names = used
                .map(|d| d["name"].as_str().unwrap().to_owned())
                .collect();
            (package["name"].as_str().unwrap().to_owned(), names)
        })
        .collect()
}

#[test]
fn our_crates_use_each_other_in_the_allowed_directions_only() {
    let found = dependencies();
    let ours: BTreeSet<&str> = ALLOWED.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        found.keys().map(String::as_str).collect::<BTreeSet<_>>(),
        ours
    );
    for (name, allowed) in ALLOWED {
        for used in found[*name]
            .iter()
            .filter(|used| ours.contains(used.as_str()))
        {
            assert!(
                allowed.contains(&used.as_str()),
                "{name} must not use {used}"
            );
        }
    }
}

#[test]
fn what_does_input_and_output_stays_at_the_edge() {
    let found = dependencies();
    for (outside, allowed) in OUTSIDE {
        for (name, used) in &found {
            assert!(
                !used.contains(*outside) || allowed.contains(&name.as_str()),
                "{name} must not use {outside}"
            );
        }
    }
}

#[test]
fn the_pure_crates_have_no_standard_library() {
    for name in ["irc-wire", "parlour-core"] {
        let path = format!("{}/../{name}/src/lib.rs", env!("CARGO_MANIFEST_DIR"));
        assert!(
            std::fs::read_to_string(path)
                .unwrap()
                .contains("#![no_std]"),
            "{name}"
        );
    }
}
