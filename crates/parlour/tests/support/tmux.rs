//! A real terminal: tmux, each test with a server of its own.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::support::{PARLOUR, Server, eventually};

/// The client's command, its files below `home`.
pub fn parlour(home: &Path, arguments: &str) -> String {
    let home = home.display();
    format!("HOME={home} XDG_CONFIG_HOME={home} XDG_STATE_HOME={home} {PARLOUR} {arguments}")
}

/// The client in the lobby.
pub fn join(tmux: &Tmux, server: &Server, home: &Path, nick: &str) {
    let port = server.address.port();
    tmux.line(&parlour(
        home,
        &format!("join localhost:{port} --nick {nick}; echo exit=$?"),
    ));
    tmux.until("the lobby", |s| {
        s.contains("#lobby") && s.contains("here") && s.contains(ENCRYPTED)
    });
}

/// Mark of a message that the server has not acknowledged.
pub const PENDING: &str = "◌";
/// Mark of an encrypted connection.
pub const ENCRYPTED: &str = "✓";
/// Mark of the shown channel.
pub const SHOWN: &str = "▸ #lobby";

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A terminal with a shell in it.
pub struct Tmux {
    socket: String,
}

impl Tmux {
    pub fn new(width: u16, height: u16) -> Tmux {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let tmux = Tmux {
            socket: format!("parlour-test-{}-{number}", std::process::id()),
        };
        let (width, height) = (width.to_string(), height.to_string());
        tmux.run(&[
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            &width,
            "-y",
            &height,
            "env PS1='$ ' TERM=tmux-256color LANG=C.UTF-8 sh",
        ]);
        tmux.run(&["set", "-g", "escape-time", "0"]);
        tmux.until("a prompt", |screen| screen.contains('$'));
        tmux
    }

    fn run(&self, arguments: &[&str]) -> String {
        let Output {
            status,
            stdout,
            stderr,
        } = Command::new("tmux")
            .args(["-u", "-L", &self.socket])
            .args(arguments)
            .output()
            .expect("tmux is needed for this test: apt-get install tmux");
        assert!(
            status.success(),
            "tmux {arguments:?}: {}",
            String::from_utf8_lossy(&stderr)
        );
        String::from_utf8_lossy(&stdout).into_owned()
    }

    /// Types text.
    pub fn keys(&self, text: &str) {
        self.run(&["send-keys", "-l", text]);
    }

    /// Pastes text, as a terminal tells of it (bracketed).
    pub fn paste(&self, text: &str) {
        self.run(&["set-buffer", text]);
        self.run(&["paste-buffer", "-p"]);
    }

    /// Presses a key by tmux's name for it.
    pub fn press(&self, key: &str) {
        self.run(&["send-keys", key]);
    }

    /// Types a line.
    pub fn line(&self, text: &str) {
        self.keys(text);
        self.press("Enter");
    }

    /// Waits for the first question: a line that ends with a colon, where the cursor stands.
    pub fn question(&self) {
        self.until("a question", ends_with_question);
    }

    /// Answers a question, and waits for the next one, whatever it says.
    pub fn answer(&self, text: &str) {
        let before = filled(&self.screen());
        self.line(text);
        self.until("the next question", |s| {
            filled(s) > before && ends_with_question(s)
        });
    }

    pub fn resize(&self, width: u16, height: u16) {
        self.run(&[
            "resize-window",
            "-x",
            &width.to_string(),
            "-y",
            &height.to_string(),
        ]);
    }

    pub fn screen(&self) -> String {
        self.run(&["capture-pane", "-p"])
    }

    /// The process that the shell has started.
    pub fn program(&self) -> String {
        let shell = self.run(&["display-message", "-p", "#{pane_pid}"]);
        let children =
            std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", shell.trim())).unwrap();
        children.split_whitespace().next().unwrap().to_owned()
    }

    /// Whether a program has the alternate screen.
    pub fn is_alternate(&self) -> bool {
        self.run(&["display-message", "-p", "#{alternate_on}"])
            .trim()
            == "1"
    }

    /// Whether the cursor is shown.
    pub fn has_cursor(&self) -> bool {
        self.run(&["display-message", "-p", "#{cursor_flag}"])
            .trim()
            == "1"
    }

    /// Whether the mouse belongs to the program.
    pub fn has_mouse(&self) -> bool {
        self.run(&["display-message", "-p", "#{mouse_any_flag}"])
            .trim()
            == "1"
    }

    /// Waits for a screen.
    pub fn until(&self, what: &str, seen: impl Fn(&str) -> bool) -> String {
        eventually(what, || {
            let screen = self.screen();
            if seen(&screen) {
                Ok(screen)
            } else {
                Err(screen)
            }
        })
    }
}

/// Lines of a screen that have text.
fn filled(screen: &str) -> usize {
    screen
        .lines()
        .filter(|line| !line.trim().is_empty())
        .count()
}

fn ends_with_question(screen: &str) -> bool {
    let last = screen.lines().rfind(|line| !line.trim().is_empty());
    last.is_some_and(|line| line.trim_end().ends_with(':'))
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = Command::new("tmux")
            .args(["-L", &self.socket, "kill-server"])
            .output();
    }
}
