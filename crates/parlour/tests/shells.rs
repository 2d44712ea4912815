//! The terminal client among other programs: signals, job control, pipes, terminals that nobody reads.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failing test is to stop"
)]

mod support;

#[path = "support/tmux.rs"]
mod tmux;

use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use support::{PARLOUR, PATIENCE, Server, Wire, eventually};
use tmux::{Tmux, join, parlour};

/// A terminal that nobody reads: the client's end, and ours.
fn pty() -> (std::fs::File, std::fs::File) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{Winsize, tcsetwinsize};

    // Not the child's as well: it is to see that the terminal is gone when a test ends.
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let ours = openpt(flags).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let size = Winsize {
        ws_row: 24,
        ws_col: 80,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&ours, size).unwrap();
    let theirs = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(name.to_str().unwrap())
        .unwrap();
    (theirs, ours.into())
}

/// The client on a terminal, or a pipe, that nobody reads, and somebody else in the room.
fn unread(
    server: &Server,
    home: &Path,
    more: &[&str],
    stdin: Stdio,
    stdout: Stdio,
) -> (Child, Wire) {
    let child = Command::new(PARLOUR)
        .args(["join", &format!("localhost:{}", server.address.port())])
        .args(["--nick", "me"])
        .args(more)
        .envs([
            ("HOME", home),
            ("XDG_CONFIG_HOME", home),
            ("XDG_STATE_HOME", home),
        ])
        .stdin(stdin)
        .stdout(stdout)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut other = server.irc("other");
    eventually("the client is there", || {
        other.send("NAMES #lobby\r\n");
        let names = other.until(" 366 ");
        if names.contains("me") {
            Ok(())
        } else {
            Err(names)
        }
    });
    (child, other)
}

/// Says much more than what a terminal or a pipe takes unread.
fn flood(other: &mut Wire, mut between: impl FnMut()) {
    for n in 0..200 {
        for m in 0..20 {
            other.send(&format!(
                "PRIVMSG #lobby :message {n} {m} of very many that nobody looks at\r\n"
            ));
        }
        between();
    }
}

/// Types a message until it is said: the client may not have been told of its room yet.
fn say_at_last(mut typed: impl Write, other: &mut Wire) {
    eventually("what is typed is said", || {
        typed.write_all(b"\x15/msg #lobby here at last\r").unwrap();
        other.send("PING :so far\r\n");
        match other.until("PONG") {
            said if said.contains("PRIVMSG #lobby :here at last") => Ok(()),
            said => Err(said),
        }
    });
}

#[test]
fn a_terminal_that_takes_nothing_stops_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("d"));
    let (theirs, mut ours) = pty();
    let end = || Stdio::from(theirs.try_clone().unwrap());
    let (mut child, mut other) = unread(&server, dir.path(), &[], end(), end());
    flood(&mut other, || ours.write_all(b"x\x7f").unwrap());
    say_at_last(&ours, &mut other);
    // And when it is read again, it shows what there is.
    let (sender, seen) = std::sync::mpsc::channel();
    let mut reader = ours.try_clone().unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count) = std::io::Read::read(&mut reader, &mut buffer) {
            if count == 0 || sender.send(buffer[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    let mut all = Vec::new();
    while !String::from_utf8_lossy(&all).contains("here at last") {
        all.extend(seen.recv_timeout(PATIENCE).unwrap());
    }
    ours.write_all(b"/quit\r").unwrap();
    drop(theirs);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn who_is_told_to_end_waits_for_no_reader() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("d"));
    for plain in [false, true] {
        let home = dir.path().join(if plain { "p" } else { "t" });
        std::fs::create_dir(&home).unwrap();
        let (theirs, mut ours) = pty();
        let (unread_end, pipe) = std::io::pipe().unwrap();
        let end = || Stdio::from(theirs.try_clone().unwrap());
        let (mut child, mut other) = match plain {
            false => unread(&server, &home, &[], end(), end()),
            true => unread(&server, &home, &["--plain"], Stdio::piped(), pipe.into()),
        };
        flood(&mut other, || {});
        if !plain {
            say_at_last(&ours, &mut other);
        }
        // Whole frames, each as large as a screen, and one after the other.
        for n in 0..40 {
            let typed: &mut dyn Write = match &mut child.stdin {
                Some(stdin) => stdin,
                None => &mut ours,
            };
            // A pipe's lines are said as they are.
            let (before, after) = match plain {
                true => ("", "\n"),
                false => ("\x0c/msg #lobby ", "\r"),
            };
            write!(typed, "{before}still here {n}{after}").unwrap();
            other.until(&format!("PRIVMSG #lobby :still here {n}"));
        }
        // What happens to it while it is stalled changes nothing.
        for signal in ["-CONT", "-TERM"] {
            let told = Command::new("kill")
                .args([signal, &child.id().to_string()])
                .status();
            assert!(told.unwrap().success());
        }
        let code = eventually("its end", || match child.try_wait().unwrap() {
            Some(status) => Ok(status.code()),
            None => Err("it runs".to_owned()),
        });
        assert_eq!(code, Some(0), "plain: {plain}");
        other.send("QUIT\r\n");
        other.rest();
        drop((ours, unread_end));
    }
}

#[test]
fn it_can_be_stopped_run_behind_the_shell_and_brought_back() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("d"));
    let tmux = Tmux::new(100, 30);
    join(&tmux, &server, dir.path(), "me");
    let program = tmux.program();
    let mut other = server.irc("other");
    tmux.keys("half a sentence");
    tmux.until("the draft", |s| s.contains("› half a sentence"));
    // By its own key, and by a signal from outside.
    tmux.press("C-z");
    tmux.until("the shell", |s| {
        s.contains("Stopped") && !s.contains("half a")
    });
    tmux.line("fg");
    tmux.until("the client", |s| s.contains("› half a sentence"));
    let stop = Command::new("kill").args(["-TSTP", &program]).status();
    assert!(stop.unwrap().success());
    tmux.until("the shell", |s| {
        s.contains("Stopped") && !s.contains("half a")
    });
    // In the background it listens, and leaves the screen to the shell.
    tmux.line("bg");
    other.send("PRIVMSG #lobby :me: can you hear this?\r\nPING :said\r\n");
    other.until("PONG");
    tmux.line("echo my own $((6 * 7))");
    tmux.until("the shell's answer", |s| s.contains("my own 42"));
    tmux.line("fg");
    let screen = tmux.until("what was heard", |s| {
        s.contains("me: can you hear this?") && s.contains("› half a sentence")
    });
    assert!(!screen.contains("my own 42"), "{screen}");
    // Stopped by what nobody can see coming.
    let stop = Command::new("kill").args(["-STOP", &program]).status();
    assert!(stop.unwrap().success());
    // Until then the screen is the client's own, and keys would be the shell's.
    tmux.until("the shell", |s| s.contains("Stopped"));
    // The shell is left with a terminal in which Enter ends no line.
    for order in ["bg", "fg"] {
        tmux.keys(order);
        tmux.press("C-j");
    }
    tmux.until("the client", |s| {
        s.contains("› half a sentence") && !s.contains("Stopped")
    });
    tmux.keys(" more");
    tmux.until("keys", |s| s.contains("› half a sentence more"));
    tmux.press("Enter");
    other.until("PRIVMSG #lobby :half a sentence more");
}

#[test]
fn plain_mode_can_be_stopped_and_brought_back_as_well() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("d"));
    let tmux = Tmux::new(200, 30);
    let port = server.address.port();
    tmux.line(&parlour(
        dir.path(),
        &format!("join localhost:{port} --nick me --plain"),
    ));
    tmux.until("the room", |s| s.contains("[#lobby]"));
    let program = tmux.program();
    let mut other = server.irc("other");
    tmux.keys("half a sentence");
    tmux.until("the draft", |s| s.contains("[#lobby] half a sentence"));
    tmux.press("C-z");
    tmux.until("the shell", |s| s.contains("Stopped"));
    tmux.line("bg");
    other.send("PRIVMSG #lobby :can you hear this?\r\nPING :said\r\n");
    other.until("PONG");
    tmux.line("echo my own $((6 * 7))");
    tmux.until("the shell's answer", |s| s.contains("my own 42"));
    tmux.line("fg");
    let heard = |s: &str| {
        let last = s.trim_end().lines().last().unwrap_or_default();
        s.contains("other: can you hear this?") && last.ends_with("[#lobby] half a sentence")
    };
    tmux.until("what was heard", heard);
    let stop = Command::new("kill").args(["-STOP", &program]).status();
    assert!(stop.unwrap().success());
    tmux.until("the shell", |s| s.matches("Stopped").count() == 2);
    tmux.keys("fg");
    tmux.press("C-j");
    tmux.keys(" more");
    tmux.until("keys", |s| s.contains("sentence more"));
    tmux.press("Enter");
    other.until("PRIVMSG #lobby :half a sentence more");
}

/// The client fed by a pipe: its exit code, what it wrote, and what it said of errors.
fn fed(home: &Path, arguments: &[&str], lines: &[u8]) -> (Option<i32>, String, String) {
    let mut child = Command::new(PARLOUR)
        .arg("join")
        .args(arguments)
        .args(["--nick", "me"])
        .envs([
            ("HOME", home),
            ("XDG_CONFIG_HOME", home),
            ("XDG_STATE_HOME", home),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A client that has gone reads nothing of it.
    let _ = child.stdin.take().unwrap().write_all(lines);
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn a_pipe_is_said_where_it_is_meant_to_be_and_always_ends() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("d"));
    let mut other = server.irc("other");
    other.send("JOIN #zed\r\n");
    other.until(" 366 ");
    let here = format!("localhost:{}", server.address.port());
    let home = |name: &str| {
        let home = dir.path().join(name);
        std::fs::create_dir(&home).unwrap();
        home
    };
    // Each line waits for the room that the line before it has asked for.
    let lines = b"in the lobby\n/join #zed\nin zed\n/msg other psst \xff\n/part\nback in zed\n";
    let (code, _, error) = fed(&home("a"), &[&here], lines);
    assert_eq!(code, Some(0), "{error}");
    other.until("PRIVMSG #lobby :in the lobby");
    other.until("PRIVMSG #zed :in zed");
    other.until("PRIVMSG other :psst \u{fffd}");
    // A room that cannot be entered, a server that is not there: nothing goes anywhere.
    let (code, _, error) = fed(&home("b"), &[&here, "--channel", "#a:b"], b"lost words\n");
    assert_eq!(code, Some(1));
    assert!(error.contains("#a:b: "), "{error}");
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let (code, _, error) = fed(&home("c"), &[&gone.to_string()], b"lost words\n");
    assert_eq!(code, Some(1));
    assert!(error.contains("cannot be reached"), "{error}");
    let (code, ..) = fed(&home("e"), &[&here, "--channel", "#a b"], b"lost words\n");
    assert_eq!(code, Some(2));
    // Who leaves at once has said it all the same, once; what was not said tells by the exit code.
    let twice = home("f");
    for text in ["one", "two"] {
        let lines = format!("/msg other {text}\n/quit\n");
        let (code, _, error) = fed(&twice, &[&here], lines.as_bytes());
        assert_eq!(code, Some(0), "{error}");
    }
    let (code, _, error) = fed(&twice, &[&here], b"/msg nobody hello\n");
    assert_eq!(code, Some(1));
    assert!(error.contains("1 of the messages"), "{error}");
    other.send("PING :end\r\n");
    let heard = other.until("PONG");
    assert!(!heard.contains("lost words"), "{heard}");
    for text in [":one", ":two", "other one", "other two"] {
        assert!(heard.matches(text).count() <= 1, "{text}: {heard}");
    }
    assert!(heard.contains("one") && heard.contains("two"), "{heard}");
}
