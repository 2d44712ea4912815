//! The pages that are generated are as the tables have them. `UPDATE=1` writes them anew.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

use std::path::Path;

fn compare(name: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "docs/{name} is not what the tables say; UPDATE=1 cargo test -p parlour --test documentation writes it"
    );
}

#[test]
fn every_key_of_the_configuration_is_documented() {
    compare(
        "configuration.md",
        &parlour_server::config::reference::reference(),
    );
}

#[test]
fn every_verb_mode_numeric_and_capability_is_documented() {
    compare("irc.md", &parlour_doors::irc::reference::reference());
}

#[test]
fn every_key_and_command_of_the_client_is_documented() {
    compare(
        "client-reference.md",
        &parlour_client::reference::reference(),
    );
}

/// `cargo run` without a package, as the README has it, needs a workspace whose default members
/// have one binary.
#[test]
fn cargo_run_in_a_checkout_runs_parlour() {
    let metadata = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let run_by_default = metadata["workspace_default_members"].as_array().unwrap();
    let binaries: Vec<&str> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|package| run_by_default.contains(&package["id"]))
        .flat_map(|package| package["targets"].as_array().unwrap())
        .filter(|target| target["kind"][0] == "bin")
        .map(|target| target["name"].as_str().unwrap())
        .collect();
    assert_eq!(binaries, ["parlour"]);
}
