//! The terminal client in a real terminal.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failing test is to stop"
)]

mod support;

#[path = "support/tmux.rs"]
mod tmux;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use support::{PARLOUR, Server, eventually};
use tmux::{ENCRYPTED, PENDING, Tmux, join};

fn composer(screen: &str) -> &str {
    screen
        .lines()
        .find(|line| line.contains('›'))
        .unwrap_or_default()
        .trim_end()
}

#[test]
fn the_client_talks_with_netcat_at_every_width() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(&data.path().join("d"));
    let mut plain = server.connect();
    plain.send("bob\n");
    plain.until("in #lobby");
    let tmux = Tmux::new(120, 36);
    join(&tmux, &server, data.path(), "me");
    tmux.line("hello from the client");
    plain.until("me: hello from the client\n");
    plain.send("hello back, me\n");
    let wide = tmux.until("the answer", |s| {
        s.contains("▌ # lobby") && s.contains(" bob ▌ hello back, me")
    });
    assert!(
        !wide.contains(PENDING),
        "the own line is acknowledged: {wide}"
    );
    tmux.line("/join dev");
    tmux.until("the other room", |s| s.contains("▸ #dev"));
    plain.send("me: look\n");
    plain.send("and this\n");
    tmux.until("the counts of unread", |s| {
        s.lines()
            .any(|l| l.contains("# lobby") && l.contains("@1 2"))
    });
    tmux.resize(80, 24);
    tmux.until("tabs", |s| {
        s.starts_with(" #dev  #lobby @1 2") && composer(s).starts_with(" [me] ›")
    });
    tmux.resize(40, 20);
    tmux.until("the narrow screen", |s| {
        s.starts_with("‹ #dev") && s.lines().next().unwrap().contains("•1 @1")
    });
    tmux.press("M-a");
    // All of it: a screen can be looked at in the middle of a frame.
    tmux.until("the lobby again", |s| {
        s.starts_with("‹ #lobby")
            && s.contains("2 new since")
            && s.contains("▌bob: me: look")
            && s.contains("bob: and this")
    });
    tmux.line("/quit so long");
    plain.until("-- me left (Quit: so long)\n");
    tmux.until("the shell", |s| s.contains("exit=0"));
}

/// The founding test: typing and incoming messages never overlap.
#[test]
fn typing_is_never_disturbed_by_what_arrives() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(&data.path().join("d"));
    let tmux = Tmux::new(80, 24);
    join(&tmux, &server, data.path(), "me");
    let mut talker = server.irc("talker");
    let stop = AtomicBool::new(false);
    /// Also a failing test is to end its talker.
    struct Stop<'a>(&'a AtomicBool);
    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut number = 0;
            while !stop.load(Ordering::Relaxed) {
                talker.send(&format!("PRIVMSG #lobby :message number {number}\r\n"));
                number += 1;
                std::thread::park_timeout(Duration::from_millis(10));
            }
        });
        let _stop = Stop(&stop);
        let text = "sphinx of black quartz, judge my vow 0123456789";
        let mut typed = String::new();
        for word in text.split_inclusive(' ') {
            tmux.keys(word);
            typed.push_str(word);
            let wanted = format!("[me] › {}", typed.trim_end());
            let screen = tmux.until("what was typed", |s| composer(s).trim_start() == wanted);
            // What was typed stands in its row and nowhere else.
            assert_eq!(screen.matches(word.trim_end()).count(), 1, "{screen}");
        }
        let first = tmux.screen();
        tmux.until("messages that arrive meanwhile", |s| {
            s != first && s.contains("message number")
        });
        tmux.press("Enter");
        tmux.until("the own line", |s| s.contains(&format!("me │ {text}")));
    });
}

#[test]
fn the_terminal_is_given_back_after_quit_signal_and_panic() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(&data.path().join("d"));
    let tmux = Tmux::new(80, 24);
    let given_back = |how: &str| {
        eventually(how, || {
            if tmux.is_alternate() {
                Err(tmux.screen())
            } else {
                Ok(())
            }
        });
        assert!(tmux.has_cursor(), "{how}");
        assert!(!tmux.has_mouse(), "{how}");
        tmux.line("echo typed $((20 + 3))");
        tmux.until(how, |s| {
            s.contains("echo typed $((20 + 3))") && s.contains("typed 23")
        });
        tmux.line("clear");
    };
    join(&tmux, &server, data.path(), "q");
    assert!(tmux.is_alternate() && tmux.has_mouse());
    let before = tmux.screen();
    tmux.press("C-c");
    tmux.until("a warning", |s| s != before);
    tmux.press("C-c");
    tmux.until("exit code 0", |s| s.contains("exit=0"));
    given_back("after quit");
    for signal in ["-TERM", "-HUP"] {
        join(&tmux, &server, data.path(), "s");
        let status = std::process::Command::new("kill")
            .args([signal, &tmux.program()])
            .status()
            .unwrap();
        assert!(status.success());
        tmux.until("exit code 0", |s| s.contains("exit=0"));
        given_back(signal);
    }
    let example = Path::new(PARLOUR)
        .with_file_name("examples")
        .join("panic_with_terminal");
    // Always: an old one would tell nothing of what there is now.
    let built = std::process::Command::new(env!("CARGO"))
        .args(["build", "-q", "-p", "parlour-client"])
        .args(["--example", "panic_with_terminal"])
        .status()
        .unwrap();
    assert!(built.success());
    tmux.line(&format!("{}; echo exit=$?", example.display()));
    tmux.until("the panic's message", |s| s.contains("exit=101"));
    given_back("after a panic");
}

#[test]
fn a_lost_connection_is_made_again_and_the_gap_is_filled() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(&data.path().join("d"));
    let address = server.address.to_string();
    let tmux = Tmux::new(100, 30);
    join(&tmux, &server, data.path(), "me");
    tmux.line("before the crash");
    tmux.until("the line acknowledged", |s| {
        s.contains("│ before the crash") && !s.contains(PENDING)
    });
    server.crash();
    tmux.until("word of the loss", |s| !s.contains(ENCRYPTED));
    tmux.line("said while away");
    tmux.until("the line pending", |s| {
        s.contains("said while away") && s.contains(PENDING)
    });
    let server = Server::start_at(&data.path().join("d"), &address, &[]);
    let mut other = server.irc("other");
    other.send("PRIVMSG #lobby :missed by the client\r\n");
    let screen = tmux.until("the gap filled and the line sent", |s| {
        s.contains("missed by the client")
            && s.contains("│ said while away")
            && !s.contains(PENDING)
    });
    assert_eq!(screen.matches("before the crash").count(), 1, "{screen}");
    other.until("PRIVMSG #lobby :said while away\r\n");
    tmux.line("/quit");
    tmux.until("the shell", |s| s.contains("exit=0"));
}
