//! Clients that nobody here wrote: irssi and WeeChat, each without TLS and with it, join, talk,
//! and come back after the server was away.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failing test is to stop"
)]

mod support;

#[path = "support/tmux.rs"]
mod tmux;

use std::path::Path;
use std::process::Command;

use support::Server;
use tmux::Tmux;

/// How a client is started, led to a server, and led there again.
trait Client {
    fn start(&self, tmux: &Tmux, home: &Path);
    fn connect(&self, tmux: &Tmux, port: u16, tls: bool);
    fn reconnect(&self, tmux: &Tmux);
    /// What the screen shows once what is typed is said in the lobby.
    fn in_lobby(&self) -> &'static str;
}

fn need(program: &str) {
    let found = Command::new(program).arg("--version").output();
    assert!(
        found.is_ok_and(|output| output.status.success()),
        "{program} is needed for this test: apt-get install {program}"
    );
}

struct Irssi;

impl Client for Irssi {
    fn start(&self, tmux: &Tmux, home: &Path) {
        need("irssi");
        tmux.line(&format!("irssi --home={} --nick=guest", home.display()));
        tmux.until("irssi", |screen| screen.contains("[(status)]"));
    }

    fn connect(&self, tmux: &Tmux, port: u16, tls: bool) {
        let tls = if tls { "-tls -notls_verify" } else { "-notls" };
        tmux.line(&format!("/connect {tls} 127.0.0.1 {port}"));
    }

    fn reconnect(&self, tmux: &Tmux) {
        tmux.line("/reconnect ALL");
    }

    fn in_lobby(&self) -> &'static str {
        "[#lobby]"
    }
}

struct WeeChat;

impl Client for WeeChat {
    fn start(&self, tmux: &Tmux, home: &Path) {
        need("weechat");
        tmux.line(&format!("weechat --dir {}", home.display()));
        tmux.until("WeeChat", |screen| {
            screen.contains("WeeChat") && screen.contains("[core]")
        });
        // Lines that come together are a paste, which WeeChat asks about first.
        tmux.line("/set weechat.look.paste_max_lines -1");
        tmux.until("no more questions", |screen| {
            screen.contains("paste_max_lines = -1")
        });
    }

    fn connect(&self, tmux: &Tmux, port: u16, tls: bool) {
        tmux.line(&format!("/server add here 127.0.0.1/{port}"));
        tmux.line("/set irc.server.here.nicks guest");
        let on = if tls { "on" } else { "off" };
        // WeeChat 3 calls it ssl, WeeChat 4 tls; each leaves the other's alone.
        for name in ["ssl", "tls"] {
            tmux.line(&format!("/set irc.server.here.{name} {on}"));
            tmux.line(&format!("/set irc.server.here.{name}_verify off"));
        }
        tmux.line("/connect here");
    }

    fn reconnect(&self, tmux: &Tmux) {
        tmux.line("/reconnect here");
    }

    fn in_lobby(&self) -> &'static str {
        "2:#lobby"
    }
}

fn joins_talks_and_comes_back(client: &dyn Client, tls: bool) {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = Server::start(&data);
    let address = server.address.to_string();
    let tmux = Tmux::new(120, 36);
    client.start(&tmux, &dir.path().join("home"));
    client.connect(&tmux, server.address.port(), tls);
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
