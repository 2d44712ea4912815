//! What people do with the terminal client all day, in real terminals.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failing test is to stop"
)]

mod support;

#[path = "support/tmux.rs"]
mod tmux;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use support::{PARLOUR, PATIENCE, Server, eventually};
use tmux::Tmux;

/// The client's command, its files below `home`.
fn parlour(home: &Path, arguments: &str) -> String {
    let home = home.display();
    format!("HOME={home} XDG_CONFIG_HOME={home} XDG_STATE_HOME={home} {PARLOUR} {arguments}")
}

fn join(tmux: &Tmux, server: &Server, home: &Path, nick: &str) {
    let port = server.address.port();
    tmux.line(&parlour(
        home,
        &format!("join localhost:{port} --nick {nick}; echo exit=$?"),
    ));
    tmux.until("the lobby", |s| {
        s.contains("#lobby") && s.contains("here") && s.contains("TLS ✓")
    });
}

#[test]
fn the_first_run_asks_three_questions_and_says_where_it_keeps_the_answers() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("d"));
    let tmux = Tmux::new(100, 30);
    tmux.line(&parlour(dir.path(), "; echo exit=$?"));
    tmux.until("the first question", |s| {
        s.contains("Server [localhost:25000]:")
    });
    tmux.line("not a server at all://");
    tmux.until("a sentence", |s| s.contains("That is no server"));
    tmux.line(&format!("localhost:{}", server.address.port()));
    tmux.until("the second question", |s| s.contains("Nickname ["));
    tmux.line("newcomer");
    tmux.until("the third question", |s| {
        s.contains("Password of your account")
    });
    tmux.line("correct-horse");
    tmux.until("the lobby", |s| {
        s.contains("▸ #lobby") && s.contains("TLS ✓")
    });
    let told = tmux.until("where it is kept", |s| {
        s.contains("Welcome, newcomer.")
            && s.contains("Your password is kept in")
            && s.contains("Your configuration is")
    });
    assert!(!told.contains("correct-horse"), "{told}");
    tmux.press("C-p");
    tmux.until("the login", |s| {
        s.contains("You are logged into the account newcomer.")
    });
    tmux.line("/quit");
    tmux.until("the shell", |s| s.contains("exit=0"));
    let config = std::fs::read_to_string(dir.path().join("parlour/client.toml")).unwrap();
    assert!(config.contains("account = \"newcomer\"") && !config.contains("correct-horse"));
    // The next time nothing is asked, and the account is the user's.
    tmux.line("clear");
    tmux.line(&parlour(dir.path(), "; echo exit=$?"));
    tmux.until("the lobby at once", |s| {
        s.contains("▸ #lobby") && s.contains("TLS ✓")
    });
    tmux.line("/quit");
    tmux.until("the shell", |s| s.contains("exit=0"));
}

#[test]
fn a_configuration_that_is_wrong_says_where_and_what_is_meant() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("c.toml");
    std::fs::write(&file, "[ui]\nthem = \"dark\"\n").unwrap();
    let output = Command::new(PARLOUR)
        .args(["--plain", "--config"])
        .arg(&file)
        .env("XDG_STATE_HOME", dir.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("line 2: there is no them; did you mean theme?"),
        "{error}"
    );
}

#[test]
fn what_was_typed_survives_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("d"));
    let tmux = Tmux::new(100, 30);
    join(&tmux, &server, dir.path(), "me");
    tmux.line("said before");
    tmux.until("it is kept", |s| {
        s.contains("│ said before") && !s.contains("sending")
    });
    tmux.keys("a draft of importance");
    let state = dir.path().join("parlour/client.json");
    eventually("the draft is written", || {
        match std::fs::read_to_string(&state) {
            Ok(text) if text.contains("a draft of importance") => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
    let killed = Command::new("kill").args(["-9", &tmux.program()]).status();
    assert!(killed.unwrap().success());
    tmux.until("the shell", |s| {
        s.contains("exit=137") || s.contains("Killed")
    });
    // The terminal is as a killed program leaves it: Enter is no end of a line there.
    tmux.keys("stty sane; clear");
    tmux.press("C-j");
    tmux.until("a clear screen", |s| {
        !s.contains("HOMELAB") && !s.contains("said before")
    });
    join(&tmux, &server, dir.path(), "me");
    tmux.until("the draft", |s| s.contains("[me] › a draft of importance"));
    tmux.press("Enter");
    tmux.until("it is said", |s| {
        s.contains("│ a draft of importance") && !s.contains("sending")
    });
    tmux.press("Up");
    tmux.press("Up");
    tmux.until("what was sent in another life", |s| {
        s.contains("[me] › said before")
    });
}

#[test]
fn a_paste_asks_and_an_editor_helps() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("d"));
    let tmux = Tmux::new(100, 30);
    tmux.line("export EDITOR='sed -i s/tea/coffee/'");
    join(&tmux, &server, dir.path(), "me");
    let mut other = server.irc("other");
    tmux.paste("one\ntwo\nthree\nfour\n/quit\n");
    tmux.until("a question", |s| {
        s.contains("5 lines pasted") && s.contains("Enter  send as one message")
    });
    tmux.press("Escape");
    tmux.until("nothing", |s| !s.contains("lines pasted"));
    tmux.paste("one\ntwo\nthree\nfour\n/quit\n");
    tmux.until("a question", |s| s.contains("5 lines pasted"));
    tmux.press("Enter");
    other.until("PRIVMSG #lobby :/quit");
    tmux.keys("more tea");
    tmux.press("C-o");
    tmux.until("what the editor made of it", |s| {
        s.contains("[me] › more coffee")
    });
    tmux.press("Enter");
    other.until("PRIVMSG #lobby :more coffee");
}

#[test]
fn replies_reactions_edits_and_deletions_are_seen_by_others() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("d"));
    let (home_a, home_b) = (dir.path().join("a"), dir.path().join("b"));
    let (a, b) = (Tmux::new(100, 30), Tmux::new(80, 24));
    join(&a, &server, &home_a, "ann");
    join(&b, &server, &home_b, "ben");
    a.line("teh label says FTLX8571");
    b.until("the message", |s| s.contains("teh label"));
    // ben answers and reacts.
    b.press("Escape");
    b.until("the messages", |s| s.contains("Esc back"));
    b.keys("r");
    b.until("what is answered to", |s| {
        s.contains("replying to ann: teh label")
    });
    b.line("which one?");
    a.until("the answer", |s| {
        s.contains("╭ ann: teh label says") && s.contains("which one?")
    });
    b.line("/react 2 :tada:");
    a.until("the reaction", |s| s.contains("[🎉 1]"));
    // ann says it anew.
    a.press("M-e");
    a.until("the text again", |s| s.contains("[ann] › teh label"));
    a.press("C-u");
    a.line("the label says FTLX8571");
    b.until("the new text", |s| {
        s.contains("│ the label says FTLX8571")
            && s.contains("(edited)")
            && !s.contains("ann │ teh")
    });
    // ben types, and deletes what he said.
    b.keys("hm");
    a.until("that he types", |s| s.contains("ben is typing…"));
    b.press("C-u");
    b.press("Escape");
    b.until("the messages", |s| s.contains("Esc back"));
    b.keys("d");
    b.until("a question", |s| s.contains("Delete this message?"));
    b.keys("y");
    a.until("it is gone", |s| {
        s.contains("message removed by ben") && !s.contains("which one?")
    });
    // Whoever comes later sees the same.
    let home_c = dir.path().join("c");
    let c = Tmux::new(100, 30);
    join(&c, &server, &home_c, "cat");
    let late = c.until("the same", |s| {
        s.contains("the label says FTLX8571") && s.contains("[🎉 1]") && s.contains("(edited)")
    });
    assert!(
        !late.contains("teh label") && !late.contains("which one?"),
        "{late}"
    );
}

#[test]
fn a_storm_of_sizes_ends_in_the_right_screen() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("d"));
    let tmux = Tmux::new(120, 36);
    join(&tmux, &server, dir.path(), "me");
    tmux.line("a line that is long enough to be broken at forty columns or so");
    tmux.until("it is kept", |s| {
        s.contains("a line that") && !s.contains("sending")
    });
    for step in 0..40u16 {
        tmux.resize(20 + step * 3, 4 + step % 30);
    }
    tmux.resize(1, 1);
    tmux.resize(40, 20);
    tmux.until("the narrow screen", |s| {
        s.starts_with("‹ #lobby")
            && s.contains("me: a line that is long enough")
            && s.matches("a line that").count() == 1
    });
    tmux.resize(120, 36);
    tmux.until("the wide screen", |s| {
        s.contains("▌ # lobby") && s.contains("me │ a line that")
    });
}

/// A foreign server: ngIRCd.
struct Ngircd {
    child: Child,
    port: u16,
    _dir: tempfile::TempDir,
}

impl Drop for Ngircd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ngircd() -> Ngircd {
    // It takes no port of the system's choice: one that was free a moment ago is.
    let port = {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().port()
    };
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ngircd.conf");
    let text = format!(
        "[Global]\nName = irc.test.example\nInfo = Test\nListen = 127.0.0.1\nPorts = {port}\nMotdPhrase = hello\n\
         [Limits]\nMaxConnectionsIP = 0\nMaxPenaltyTime = 0\n[Options]\nDNS = no\nIdent = no\nPAM = no\n"
    );
    std::fs::write(&file, text).unwrap();
    let program = ["ngircd", "/usr/sbin/ngircd"].into_iter().find(|program| {
        let shown = Command::new(program).arg("--version").output();
        shown.is_ok()
    });
    let program = program.expect("ngircd is needed for this test: apt-get install ngircd");
    let child = Command::new(program)
        .args(["-n", "-f"])
        .arg(&file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Ngircd {
        child,
        port,
        _dir: dir,
    };
    eventually("ngircd listens", || {
        std::net::TcpStream::connect(("127.0.0.1", port))
            .map(|_| ())
            .map_err(|error| error.to_string())
    });
    server
}

#[test]
fn it_is_a_client_for_servers_that_nobody_here_wrote() {
    let server = ngircd();
    let dir = tempfile::tempdir().unwrap();
    let tmux = Tmux::new(100, 30);
    let url = format!("irc://localhost:{}", server.port);
    tmux.line(&parlour(
        dir.path(),
        &format!("join {url} --nick me --channel '#talk'; echo exit=$?"),
    ));
    tmux.until("the room", |s| {
        s.contains("▸ #talk") && s.contains("1 here")
    });
    let mut other =
        support::Wire::new(std::net::TcpStream::connect(("127.0.0.1", server.port)).unwrap());
    other.send("NICK other\r\nUSER o 0 * :o\r\nJOIN #talk\r\n");
    other.until(" 366 ");
    tmux.line("hello, plain old server");
    other.until("PRIVMSG #talk :hello, plain old server");
    tmux.until("it is not pending for ever", |s| {
        s.contains("me │ hello, plain old server") && !s.contains("sending")
    });
    other.send("PRIVMSG #talk :me: \x02hello\x02 yourself\r\n");
    tmux.until("the answer", |s| s.contains("other ▌ me: hello yourself"));
    tmux.line("/topic about nothing");
    other.until("TOPIC #talk :about nothing");
    tmux.line("/op other");
    other.until("MODE #talk +o other");
    tmux.line("/me waves");
    other.until("\u{1}ACTION waves\u{1}");
    tmux.line(&format!("/connect {url}"));
    tmux.until("one is there", |s| s.contains("You are on that network"));
    tmux.paste("one\ntwo\nthree\nfour\n");
    tmux.until("a question", |s| {
        s.contains("4 lines pasted") && s.contains("send as 4 messages")
    });
    tmux.press("Enter");
    other.until("PRIVMSG #talk :four");
    tmux.line("/part");
    other.until("PART #talk");
    tmux.line("/quit");
    tmux.until("the shell", |s| s.contains("exit=0"));
}

#[test]
fn plain_mode_writes_lines_and_leaves_the_one_that_is_typed_whole() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("d"));
    let tmux = Tmux::new(80, 24);
    let port = server.address.port();
    tmux.line(&parlour(
        dir.path(),
        &format!("join localhost:{port} --nick me --plain; echo exit=$?"),
    ));
    tmux.until("the room", |s| s.contains("[#lobby]"));
    let mut other = server.irc("other");
    tmux.keys("half a thou");
    tmux.until("what is typed", |s| s.contains("[#lobby] half a thou"));
    other.send("PRIVMSG #lobby :while you type\r\n");
    tmux.until("both", |s| {
        let last = s.lines().rfind(|line| !line.is_empty());
        s.contains("other: while you type") && last == Some("[#lobby] half a thou")
    });
    tmux.line("ght");
    other.until("PRIVMSG #lobby :half a thought");
    tmux.until("it is said", |s| s.contains("me: half a thought"));
    tmux.line("/names");
    tmux.until("who is here", |s| {
        s.contains("2 here: me, other") || s.contains("2 here: ")
    });
    tmux.line("/quit");
    tmux.until("the shell", |s| s.contains("exit=0"));
    tmux.line("echo typed $((20 + 3))");
    tmux.until("a shell as before", |s| s.contains("typed 23"));
}

#[test]
fn without_a_terminal_lines_go_in_and_out() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("d"));
    let mut other = server.irc("other");
    let mut child = Command::new(PARLOUR)
        .args([
            "join",
            &format!("localhost:{}", server.address.port()),
            "--nick",
            "me",
        ])
        .envs([
            ("HOME", dir.path()),
            ("XDG_CONFIG_HOME", dir.path()),
            ("XDG_STATE_HOME", dir.path()),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let (sender, lines) = std::sync::mpsc::channel();
    let stdout = child.stdout.take().unwrap();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    let until = |text: &str| {
        let mut seen = String::new();
        loop {
            let line = lines
                .recv_timeout(PATIENCE)
                .unwrap_or_else(|_| panic!("no {text} in:\n{seen}"));
            assert!(!line.contains('\x1b'), "{line:?}");
            seen.push_str(&line);
            if line.contains(text) {
                return line;
            }
            seen.push('\n');
        }
    };
    stdin.write_all(b"first line\n").unwrap();
    other.until("PRIVMSG #lobby :first line");
    other.send("PRIVMSG #lobby :and \x1b[31mhostile\x07\r\n");
    assert!(until("hostile").contains("other: and ␛[31mhostile␇"));
    stdin.write_all(b"last line\n").unwrap();
    drop(stdin);
    other.until("PRIVMSG #lobby :last line");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// A terminal that nobody reads: the client's end, and ours.
fn pty() -> (std::fs::File, std::fs::File) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{Winsize, tcsetwinsize};

    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
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
) -> (Child, support::Wire) {
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
fn flood(other: &mut support::Wire, mut between: impl FnMut()) {
    for n in 0..200 {
        for m in 0..20 {
            other.send(&format!(
                "PRIVMSG #lobby :message {n} {m} of very many that nobody looks at\r\n"
            ));
        }
        between();
    }
}

#[test]
fn a_terminal_that_takes_nothing_stops_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("d"));
    let (theirs, mut ours) = pty();
    let end = || Stdio::from(theirs.try_clone().unwrap());
    let (mut child, mut other) = unread(&server, dir.path(), &[], end(), end());
    flood(&mut other, || ours.write_all(b"x\x7f").unwrap());
    ours.write_all(b"still here\r").unwrap();
    other.until("PRIVMSG #lobby :still here");
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
    while !String::from_utf8_lossy(&all).contains("still here") {
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
        // Whole frames, each as large as a screen, and one after the other.
        for n in 0..40 {
            let typed: &mut dyn Write = match &mut child.stdin {
                Some(stdin) => stdin,
                None => &mut ours,
            };
            let redraw = if plain { "" } else { "\x0c" };
            write!(typed, "{redraw}still here {n}\r\n").unwrap();
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
