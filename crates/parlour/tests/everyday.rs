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
use std::process::{Child, Command, Stdio};

use support::{PARLOUR, PATIENCE, Server, eventually};
use tmux::{ENCRYPTED, PENDING, SHOWN, Tmux, join, parlour};

#[test]
fn the_first_run_asks_three_questions_and_says_where_it_keeps_the_answers() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("d"));
    let tmux = Tmux::new(100, 30);
    tmux.line(&parlour(dir.path(), "; echo exit=$?"));
    tmux.question();
    tmux.answer("not a server at all://");
    // One that does not answer is not taken at once.
    tmux.answer("localhost:1");
    tmux.answer(&format!("localhost:{}", server.address.port()));
    tmux.answer("newcomer");
    // A new password is typed twice; two that differ are asked for again.
    tmux.answer("correct-horse");
    tmux.answer("correct-house");
    tmux.answer("correct-horse");
    tmux.line("correct-horse");
    tmux.until("the lobby", |s| s.contains(SHOWN) && s.contains(ENCRYPTED));
    let told = tmux.until("where it is kept", |s| s.contains("client.toml"));
    assert!(!told.contains("correct-horse"), "{told}");
    let mut other = server.irc("other");
    other.send("WHOIS newcomer\r\n");
    let known = other.until(" 318 ");
    assert!(known.contains(" 330 other newcomer newcomer "), "{known}");
    tmux.line("/quit");
    tmux.until("the shell", |s| s.contains("exit=0"));
    let config = std::fs::read_to_string(dir.path().join("parlour/client.toml")).unwrap();
    assert!(config.contains("account = \"newcomer\"") && !config.contains("correct-horse"));
    // The next time nothing is asked, and the account is the user's.
    tmux.line("clear");
    tmux.line(&parlour(dir.path(), "; echo exit=$?"));
    tmux.until("the lobby at once", |s| {
        s.contains(SHOWN) && s.contains(ENCRYPTED)
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
        s.contains("│ said before") && !s.contains(PENDING)
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
        s.contains("│ a draft of importance") && !s.contains(PENDING)
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
        s.contains("a line that") && !s.contains(PENDING)
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
        s.contains("me │ hello, plain old server") && !s.contains(PENDING)
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
    tmux.until("who is here", |s| s.contains("2 here: me, other"));
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
