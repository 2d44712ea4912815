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
