//! Clients that nobody here wrote: irssi and WeeChat, each without TLS and with it, join, talk,
//! and come back after the server was away.
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

use client::{Client, Irssi, Login, WeeChat};
use support::Server;
use tmux::Tmux;

fn joins_talks_and_comes_back(client: &dyn Client, tls: bool) {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = Server::start(&data);
    let address = server.address.to_string();
    let tmux = Tmux::new(120, 36);
    client.start(&tmux, &dir.path().join("home"));
    client.connect(&tmux, server.address.port(), tls, &Login::Guest);
    tmux.until("the welcome", |screen| {
        screen.contains("There is no message of the day")
            || screen.contains("Welcome to the parlour")
    });
    let mut bob = server.irc("bob");
    tmux.line("/join #lobby");
    bob.until(":guest!");
    bob.until(" JOIN #lobby");
    tmux.until("the lobby", |screen| screen.contains(client.in_lobby()));
    tmux.line("hello from here, ça va");
    bob.until("PRIVMSG #lobby :hello from here, ça va");
    bob.send("PRIVMSG #lobby :and from bob\r\nWHOIS guest\r\n");
    tmux.until("bob's words", |screen| screen.contains("and from bob"));
    let whois = bob.until(" 318 bob guest ");
    assert_eq!(whois.contains(" 671 bob guest "), tls, "{whois}");
    // The server is away, and comes back where it was.
    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
    let server = Server::start_at(&data, &address, &[]);
    let mut bob = server.irc("bob");
    client.reconnect(&tmux);
    bob.until(":guest!");
    bob.until(" JOIN #lobby");
    tmux.line("back again");
    bob.until("PRIVMSG #lobby :back again");
    bob.send("PRIVMSG #lobby :welcome back\r\n");
    tmux.until("bob's words", |screen| screen.contains("welcome back"));
    tmux.line("/quit");
    bob.until(":guest!");
    bob.until(" QUIT");
}

#[test]
fn irssi_joins_talks_and_comes_back() {
    joins_talks_and_comes_back(&Irssi, false);
}

#[test]
fn irssi_joins_talks_and_comes_back_over_tls() {
    joins_talks_and_comes_back(&Irssi, true);
}

#[test]
fn weechat_joins_talks_and_comes_back() {
    joins_talks_and_comes_back(&WeeChat, false);
}

#[test]
fn weechat_joins_talks_and_comes_back_over_tls() {
    joins_talks_and_comes_back(&WeeChat, true);
}
