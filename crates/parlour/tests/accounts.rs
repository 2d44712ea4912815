//! Accounts over the network: they outlive the server, and clients that nobody here wrote log in
//! to them by every mechanism they know.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failing test is to stop"
)]

mod support;

#[path = "support/client.rs"]
mod client;
#[path = "support/tmux.rs"]
mod tmux;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use client::{Client, Irssi, Login, WeeChat};
use support::tls::tls_client_with;
use support::{Server, Wire};
use tmux::Tmux;

const PASSWORD: &str = "correct-horse-battery";

/// Registers the account `guest`, and leaves.
fn register(server: &Server) {
    let mut guest = server.irc("guest");
    guest.send(&format!("REGISTER * * {PASSWORD}\r\n"));
    guest.until("REGISTER SUCCESS guest ");
    guest.send("QUIT\r\n");
    guest.rest();
}

/// Tries a password by SASL PLAIN; the connection waits at CAP END after it.
fn try_plain(server: &Server, password: &str) -> (Wire, String) {
    let mut wire = server.connect();
    let words = BASE64_STANDARD.encode(format!("\0guest\0{password}"));
    wire.send(&format!(
        "CAP REQ sasl\r\nNICK guest\r\nUSER u 0 * :u\r\nAUTHENTICATE PLAIN\r\nAUTHENTICATE {words}\r\nPING end\r\n"
    ));
    let answer = wire.until("PONG");
    (wire, answer)
}

#[test]
fn an_account_outlives_the_server_and_so_does_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    register(&server);
    server.crash();

    let server = Server::start(dir.path());
    let (_, wrong) = try_plain(&server, "wrong-horse");
    assert!(wrong.contains(" 904 "), "{wrong}");
    let (mut guest, right) = try_plain(&server, PASSWORD);
    assert!(
        right.contains(" 900 ") && right.contains(" 903 "),
        "{right}"
    );
    guest.send("CAP END\r\nWHOIS guest\r\n");
    guest.until(" 330 guest guest guest ");
    guest.send(&format!(
        "NS PASSWD {PASSWORD} another-horse\r\nPING set\r\n"
    ));
    guest.until("PONG");
    server.crash();

    let server = Server::start(dir.path());
    let (_, old) = try_plain(&server, PASSWORD);
    assert!(old.contains(" 904 "), "{old}");
    let (mut guest, new) = try_plain(&server, "another-horse");
    assert!(new.contains(" 903 "), "{new}");
    guest.send("CAP END\r\nNS DROP guest\r\nPING dropped\r\n");
    guest.until("PONG");
    server.crash();

    let server = Server::start(dir.path());
    let (_, gone) = try_plain(&server, "another-horse");
    assert!(gone.contains(" 904 "), "{gone}");
}

#[test]
fn no_password_stands_in_the_data_directory() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    register(&server);
    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains(PASSWORD), "{log}");
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_file() {
            let bytes = std::fs::read(file.path()).unwrap();
            let found = bytes
                .windows(PASSWORD.len())
                .any(|window| window == PASSWORD.as_bytes());
            assert!(!found, "{:?}", file.path());
        }
    }
}

/// A certificate with its key in one file, as clients take it.
fn certificate(dir: &Path) -> PathBuf {
    let made = rcgen::generate_simple_self_signed(["guest".to_owned()]).unwrap();
    let file = dir.join("guest.pem");
    let both = made.cert.pem() + &made.signing_key.serialize_pem();
    std::fs::write(&file, both).unwrap();
    file
}

fn logs_in(client: &dyn Client, login: &Login, server: &Server, home: &Path) {
    let tmux = Tmux::new(120, 36);
    client.start(&tmux, home);
    client.connect(&tmux, server.address.port(), true, login);
    tmux.until("the account", |screen| {
        screen.contains("You are now logged in as guest")
    });
    tmux.until("the welcome", |screen| {
        screen.contains("There is no message of the day")
    });
    tmux.line("/join #lobby");
    let mut bob = server.irc("bob");
    tmux.until("the lobby", |screen| screen.contains(client.in_lobby()));
    bob.send("WHOIS guest\r\n");
    let whois = bob.until(" 318 bob guest ");
    assert!(whois.contains(" 330 bob guest guest "), "{whois}");
    tmux.line("/quit");
    bob.send("JOIN #lobby\r\n");
}

fn logs_in_by_password(client: &dyn Client, mechanism: &'static str) {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("data"));
    register(&server);
    let login = Login::Password {
        mechanism,
        password: PASSWORD,
    };
    logs_in(client, &login, &server, &dir.path().join("home"));
}

fn logs_in_by_certificate(client: &dyn Client) {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("data"));
    register(&server);
    let file = certificate(dir.path());
    let mut guest = tls_client_with(&server, &std::fs::read(&file).unwrap());
    let words = format!(
        "NICK visitor\r\nUSER u 0 * :u\r\nNS IDENTIFY guest {PASSWORD}\r\nNS CERT ADD\r\nQUIT\r\n"
    );
    guest.write_all(words.as_bytes()).unwrap();
    let mut seen = String::new();
    guest.read_to_string(&mut seen).unwrap();
    assert!(seen.contains("stands for"), "{seen}");
    logs_in(
        client,
        &Login::Certificate(file),
        &server,
        &dir.path().join("home"),
    );
}

#[test]
fn weechat_logs_in_by_plain() {
    logs_in_by_password(&WeeChat, "PLAIN");
}

#[test]
fn weechat_logs_in_by_scram() {
    logs_in_by_password(&WeeChat, "SCRAM-SHA-256");
}

#[test]
fn weechat_logs_in_by_certificate() {
    logs_in_by_certificate(&WeeChat);
}

#[test]
fn irssi_logs_in_by_plain() {
    logs_in_by_password(&Irssi, "PLAIN");
}

#[test]
fn irssi_logs_in_by_certificate() {
    logs_in_by_certificate(&Irssi);
}
