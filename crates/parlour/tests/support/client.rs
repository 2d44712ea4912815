//! Clients that nobody here wrote, each in a terminal.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::expect_used, reason = "a failing test is to stop")]

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tmux::Tmux;

/// Who the client says it is, beside the nick `guest`.
pub enum Login {
    Guest,
    /// The account `guest` by SASL.
    Password {
        mechanism: &'static str,
        password: &'static str,
    },
    /// The account that the certificate in this file, which has its key too, stands for.
    Certificate(PathBuf),
}

/// How a client is started, led to a server, and led there again.
pub trait Client {
    fn start(&self, tmux: &Tmux, home: &Path);
    fn connect(&self, tmux: &Tmux, port: u16, tls: bool, login: &Login);
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

pub struct Irssi;

impl Client for Irssi {
    fn start(&self, tmux: &Tmux, home: &Path) {
        need("irssi");
        tmux.line(&format!("irssi --home={} --nick=guest", home.display()));
        tmux.until("irssi", |screen| screen.contains("[(status)]"));
    }

    fn connect(&self, tmux: &Tmux, port: u16, tls: bool, login: &Login) {
        let tls = if tls { "-tls -notls_verify" } else { "-notls" };
        let sasl = match login {
            Login::Guest => String::new(),
            Login::Password {
                mechanism,
                password,
            } => format!(
                "-sasl_mechanism {mechanism} -sasl_username guest -sasl_password {password}"
            ),
            Login::Certificate(_) => "-sasl_mechanism EXTERNAL".to_owned(),
        };
        let certificate = match login {
            Login::Certificate(file) => format!("-tls_cert {}", file.display()),
            Login::Guest | Login::Password { .. } => String::new(),
        };
        tmux.line(&format!("/network add {sasl} here"));
        tmux.line(&format!(
            "/connect {tls} {certificate} -network here 127.0.0.1 {port}"
        ));
    }

    fn reconnect(&self, tmux: &Tmux) {
        tmux.line("/reconnect ALL");
    }

    fn in_lobby(&self) -> &'static str {
        "[#lobby]"
    }
}

pub struct WeeChat;

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

    fn connect(&self, tmux: &Tmux, port: u16, tls: bool, login: &Login) {
        tmux.line(&format!("/server add here 127.0.0.1/{port}"));
        tmux.line("/set irc.server.here.nicks guest");
        let on = if tls { "on" } else { "off" };
        // WeeChat 3 calls it ssl, WeeChat 4 tls; each leaves the other's alone.
        for name in ["ssl", "tls"] {
            tmux.line(&format!("/set irc.server.here.{name} {on}"));
            tmux.line(&format!("/set irc.server.here.{name}_verify off"));
        }
        let set = |name: &str, value: &str| {
            tmux.line(&format!("/set irc.server.here.{name} {value}"));
        };
        match login {
            Login::Guest => {}
            Login::Password {
                mechanism,
                password,
            } => {
                set("sasl_mechanism", &mechanism.to_ascii_lowercase());
                set("sasl_username", "guest");
                set("sasl_password", password);
            }
            Login::Certificate(file) => {
                set("sasl_mechanism", "external");
                for name in ["ssl_cert", "tls_cert"] {
                    set(name, &file.display().to_string());
                }
            }
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
