//! Starting, refusing to start, and stopping.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use std::fs;
use std::process::{Command, Output};

use support::{PARLOUR, Server};

fn refused(arguments: &[&str]) -> String {
    let Output { status, stderr, .. } = Command::new(PARLOUR)
        .arg("serve")
        .args(arguments)
        .output()
        .unwrap();
    let error = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{error}");
    let told: Vec<&str> = error
        .lines()
        .filter(|line| line.starts_with("parlour: "))
        .collect();
    assert_eq!(told.len(), 1, "one sentence: {error}");
    told[0].to_owned()
}

#[test]
fn the_banner_names_the_ways_in() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let port = server.address.port();
    for wanted in [
        format!("parlour join localhost:{port}"),
        format!("nc localhost {port}"),
        format!("irssi -c localhost -p {port}"),
        "TLS SHA-256".into(),
        data.path().display().to_string(),
    ] {
        assert!(
            server.banner.contains(&wanted),
            "{wanted}: {}",
            server.banner
        );
    }
}

#[test]
fn a_signal_tells_everybody_and_exits_with_zero() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let mut irc = server.irc("a");
    let mut plain = server.connect();
    plain.send("bob\n");
    plain.until("in #lobby");
    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(
        irc.rest()
            .contains("ERROR :Closing link: 127.0.0.1 (The server is stopping)")
    );
    assert!(plain.rest().contains("-- The server is stopping"));
}

#[test]
fn the_log_says_who_comes_and_goes_and_never_what_is_said() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let mut a = server.irc("alice");
    a.send("NICK alicia\r\nPRIVMSG #lobby :a secret word\r\nPRIVMSG alicia :another\r\nTOPIC #lobby :third\r\nQUIT :bye\r\n");
    a.rest();
    let (_, log) = server.stop();
    for wanted in [
        "connected from 127.0.0.1",
        "is alice from 127.0.0.1, by the irc door",
        "alice is alicia now",
        "alicia has gone: Quit: bye",
    ] {
        assert!(log.contains(wanted), "{wanted}: {log}");
    }
    for secret in ["secret", "another", "third"] {
        assert!(!log.contains(secret), "{log}");
    }
}

#[test]
fn a_port_in_use_is_one_sentence() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let other = tempfile::tempdir().unwrap();
    let address = server.address.to_string();
    let told = refused(&[
        "--listen",
        &address,
        "--data",
        other.path().to_str().unwrap(),
    ]);
    assert!(told.contains("in use"), "{told}");
}

#[test]
fn a_second_server_on_the_same_data_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let _server = Server::start(data.path());
    let told = refused(&[
        "--listen",
        "127.0.0.1:0",
        "--data",
        data.path().to_str().unwrap(),
    ]);
    assert!(told.contains("another parlour server"), "{told}");
}

#[test]
fn a_directory_that_cannot_be_written_is_one_sentence() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let told = refused(&[
        "--listen",
        "127.0.0.1:0",
        "--data",
        file.path().to_str().unwrap(),
    ]);
    assert!(told.contains("data directory"), "{told}");
}

#[test]
fn a_database_from_a_newer_version_is_refused() {
    let data = tempfile::tempdir().unwrap();
    Server::start(data.path()).stop();
    let database = rusqlite::Connection::open(data.path().join("parlour.db")).unwrap();
    database.pragma_update(None, "user_version", 1000).unwrap();
    drop(database);
    let told = refused(&[
        "--listen",
        "127.0.0.1:0",
        "--data",
        data.path().to_str().unwrap(),
    ]);
    assert!(told.contains("newer parlour"), "{told}");
}

#[test]
fn a_configuration_is_used_or_refused_with_its_line() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("parlour.toml");
    let path = file.to_str().unwrap();
    fs::write(&file, "[server]\nnam = \"x\"\n").unwrap();
    let told = refused(&["--config", path]);
    assert!(
        told.contains("line 2") && told.contains("did you mean `name`?"),
        "{told}"
    );
    fs::write(&file, "[server]\nname = \"chat.example\"\nnetwork = \"Test\"\nmotd = \"\"\"\nhello\nworld\"\"\"\n").unwrap();
    let checked = Command::new(PARLOUR)
        .args(["check-config", path])
        .output()
        .unwrap();
    assert!(checked.status.success());
    let server = Server::start_at(&data.path().join("d"), "127.0.0.1:0", &["--config", path]);
    let mut a = server.irc("a");
    assert!(
        a.seen
            .contains(":chat.example 001 a :Welcome to the Test network")
    );
    assert!(a.seen.contains(":chat.example 372 a :- world"));
    a.send("QUIT\r\n");
}

#[test]
fn wrong_usage_exits_with_two() {
    let output = Command::new(PARLOUR)
        .args(["serve", "--nosuch"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
}
