//! `parlour send` and `parlour tail`.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use support::{PARLOUR, Server};

fn parlour(config: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(PARLOUR);
    command
        .args(arguments)
        .env("XDG_CONFIG_HOME", config)
        .stdin(Stdio::null());
    command
}

fn run(mut command: Command) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = command.output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

#[test]
fn send_exits_with_zero_only_when_everything_is_kept() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(&data.path().join("d"));
    let address = server.address.to_string();
    let mut watcher = server.irc("w");
    let (code, error) = run(parlour(
        data.path(),
        &[
            "send",
            "#lobby",
            "hello there",
            "--server",
            &address,
            "--nick",
            "s",
        ],
    ));
    assert_eq!(code, Some(0), "{error}");
    assert!(
        error.contains("SHA-256"),
        "the certificate is shown on the first visit: {error}"
    );
    watcher.until(":s!~s@127.0.0.1 PRIVMSG #lobby :hello there\r\n");
    // One message a line, longer ones in pieces, empty ones not at all.
    let mut piped = parlour(
        data.path(),
        &["send", "w", "--server", &address, "--nick", "s"],
    )
    .stdin(Stdio::piped())
    .spawn()
    .unwrap();
    let long = "word ".repeat(200);
    piped
        .stdin
        .take()
        .unwrap()
        .write_all(format!("one\n\ntwo ✓\n{long}").as_bytes())
        .unwrap();
    assert!(piped.wait().unwrap().success());
    watcher.until("PRIVMSG w :one\r\n");
    watcher.until("PRIVMSG w :two ✓\r\n");
    let pieces = watcher.until("word\r\n");
    assert!(pieces.contains("PRIVMSG w :word word"));
    for (target, wanted) in [("nobody", "nobody"), ("#a:b", "#a:b")] {
        let (code, error) = run(parlour(
            data.path(),
            &["send", target, "x", "--server", &address],
        ));
        assert_eq!(code, Some(1));
        assert!(error.contains(wanted), "{error}");
    }
    server.crash();
    let (code, error) = run(parlour(
        data.path(),
        &["send", "#lobby", "x", "--server", &address],
    ));
    assert_eq!(code, Some(1));
    assert!(error.contains("cannot be reached"), "{error}");
    let (code, _) = run(parlour(data.path(), &["send"]));
    assert_eq!(code, Some(2));
}

fn next_line(reader: &mut impl BufRead) -> String {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

fn tail(config: &Path, address: &str, more: &[&str]) -> Child {
    let mut arguments = vec!["tail", "#lobby", "--server", address, "--nick", "t"];
    arguments.extend(more);
    parlour(config, &arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn tail_follows_through_a_restart_and_loses_nothing() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(&data.path().join("d"));
    let address = server.address.to_string();
    let mut watcher = server.irc("w");
    let mut child = tail(data.path(), &address, &["--json"]);
    let mut out = BufReader::new(child.stdout.take().unwrap());
    watcher.until("t!~t@127.0.0.1 JOIN");
    watcher.send("PRIVMSG #lobby :one \x1b[31mred\r\n");
    let line = next_line(&mut out);
    let value: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        (&value["from"], &value["kind"], &value["target"]),
        (&"w".into(), &"message".into(), &"#lobby".into())
    );
    assert_eq!(value["text"], "one ␛[31mred");
    assert_eq!(value["time"].as_str().unwrap().len(), 24);
    assert_eq!(value["msgid"].as_str().unwrap().len(), 13);
    server.crash();
    // Said while the follower was away.
    let server = Server::start_at(&data.path().join("d"), &address, &[]);
    let mut watcher = server.irc("w2");
    watcher.send("PRIVMSG #lobby :while away\r\n");
    watcher.until("t!~t@127.0.0.1 JOIN");
    watcher.send("PRIVMSG #lobby :and after\r\n");
    assert!(next_line(&mut out).contains("while away"));
    assert!(next_line(&mut out).contains("and after"));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_reader_of_tail_that_goes_is_no_error() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(&data.path().join("d"));
    let mut watcher = server.irc("w");
    let mut child = tail(data.path(), &server.address.to_string(), &[]);
    let mut out = BufReader::new(child.stdout.take().unwrap());
    watcher.until("t!~t@127.0.0.1 JOIN");
    watcher.send("PRIVMSG #lobby :\x01ACTION waves\x01\r\n");
    assert!(next_line(&mut out).ends_with("] * w waves"));
    drop(out);
    watcher.send("PRIVMSG #lobby :x\r\n");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_changed_certificate_is_a_hard_stop() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(&data.path().join("d"));
    let address = server.address.to_string();
    let send = ["send", "#lobby", "x", "--server", &address, "--nick", "s"];
    assert_eq!(run(parlour(data.path(), &send)).0, Some(0));
    server.crash();
    let server = Server::start_at(&data.path().join("other"), &address, &[]);
    let (code, error) = run(parlour(data.path(), &send));
    assert_eq!(code, Some(1));
    assert!(error.contains("another certificate"), "{error}");
    drop(server);
}

#[test]
fn history_and_search_write_what_one_may_read() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(&data.path().join("d"));
    let address = server.address.to_string();
    let mut bob = server.irc("bob");
    bob.send("REGISTER * * open-sesame\r\nJOIN #team\r\n");
    bob.until(" 366 bob #team");
    bob.send("CAP REQ echo-message\r\nPRIVMSG #team :the lost key\r\nPRIVMSG #lobby :\u{1}ACTION waves; a key\u{1}\r\nNOTICE #lobby :no match\r\n");
    bob.until("NOTICE #lobby :no match\r\n");
    let output = |arguments: &[&str]| {
        let mut command = parlour(data.path(), arguments);
        command.args(["--server", &address, "--nick", "script"]);
        let Output { status, stdout, .. } = command.output().unwrap();
        (status.code(), String::from_utf8(stdout).unwrap())
    };
    let (code, out) = output(&["history", "#lobby", "--limit", "1"]);
    assert_eq!(code, Some(0));
    assert!(out.ends_with("] [#lobby] -bob- no match\n"), "{out}");
    assert_eq!(out.lines().count(), 1, "{out}");
    // Who is in no channel finds nothing: that is no failure.
    assert_eq!(output(&["search", "key"]), (Some(0), String::new()));
    let (code, out) = output(&["search", "key", "--in", "#lobby", "--json"]);
    assert_eq!(code, Some(0));
    assert!(out.contains(r##""target":"#lobby""##), "{out}");
    assert!(out.contains(r#""text":"waves; a key""#), "{out}");
    assert!(out.contains(r#""kind":"action""#), "{out}");
    let (code, out) = output(&[
        "search",
        "waves;",
        "--after",
        "2999-01-01",
        "--in",
        "#lobby",
    ]);
    assert_eq!((code, out.as_str()), (Some(0), ""));
    // With an account, everywhere where its user is.
    let mut search = parlour(
        data.path(),
        &[
            "search",
            "key",
            "--server",
            &address,
            "--nick",
            "bob",
            "--account",
            "bob",
        ],
    );
    let Output { status, stdout, .. } = search
        .env("PARLOUR_PASSWORD", "open-sesame")
        .output()
        .unwrap();
    let out = String::from_utf8(stdout).unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(out.contains("] [#team] bob: the lost key\n"), "{out}");
    assert!(out.contains("] [#lobby] * bob waves; a key\n"), "{out}");
    // Whoever looks something up stays nowhere.
    bob.send("NAMES #lobby\r\n");
    assert!(
        bob.until(" 366 ").contains(" = #lobby :bob\r\n"),
        "{}",
        bob.seen
    );
}

#[test]
fn what_cannot_be_looked_up_is_said_and_the_exit_code_tells() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(&data.path().join("d"));
    let address = server.address.to_string();
    let mut bob = server.irc("bob");
    bob.send("REGISTER * * open-sesame\r\n");
    bob.until("REGISTER SUCCESS");
    let many = "word ".repeat(21);
    let long = "x".repeat(600);
    let failing: [(&[&str], &str); 5] = [
        (&["search", &many], "too many words"),
        (&["search", &long], "too long"),
        (&["search", "key", "--in", "nobody"], "not yours to read"),
        (&["search", "key", "--after", "soon"], "A time looks like"),
        (&["search", "key", "--account", "bob"], "PARLOUR_PASSWORD"),
    ];
    for (arguments, wanted) in failing {
        let mut command = parlour(data.path(), arguments);
        command.args(["--server", &address, "--nick", "script"]);
        let (code, error) = run(command);
        assert_eq!(code, Some(1), "{error}");
        assert!(error.contains(wanted), "{error}");
    }
    let mut wrong = parlour(
        data.path(),
        &["history", "#team", "--server", &address, "--account", "bob"],
    );
    wrong.env("PARLOUR_PASSWORD", "wrong");
    let (code, error) = run(wrong);
    assert_eq!(code, Some(1));
    assert!(error.contains("the login failed"), "{error}");
    let (code, error) = run(parlour(
        data.path(),
        &["history", "#typo", "--server", &address, "--nick", "script"],
    ));
    assert_eq!(code, Some(1), "{error}");
    assert!(error.contains("there is no #typo"), "{error}");
    let (code, error) = run(parlour(data.path(), &["history", "#a,#b"]));
    assert_eq!(code, Some(2));
    assert!(error.contains("one room"), "{error}");
    let mut nowhere = parlour(data.path(), &["history", "#lobby"]);
    nowhere.args(["--server", "127.0.0.1:1"]);
    assert_eq!(run(nowhere).0, Some(1));
}

#[test]
fn rooms_are_listed_and_a_room_is_written_for_keeping() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(&data.path().join("d"));
    let address = server.address.to_string();
    let mut other = server.irc("other");
    other.send("JOIN #team\r\nTOPIC #team :<b>what\r\n");
    other.send(
        "PRIVMSG #team :one & \x02two\x02\r\nPRIVMSG #team :\x01ACTION waves\x01\r\nPING kept\r\n",
    );
    other.until("PONG");
    let asked = |arguments: &[&str]| {
        let more = ["--server", &address, "--nick", "script"];
        let output = parlour(data.path(), &[arguments, &more].concat())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let rooms = asked(&["ls"]);
    assert!(rooms.contains("#team\t1\t<b>what\n"), "{rooms}");
    let rooms = asked(&["ls", "--json"]);
    assert!(
        rooms.contains("{\"name\":\"#team\",\"users\":1,\"topic\":\"<b>what\"}"),
        "{rooms}"
    );
    let text = asked(&["export", "#team"]);
    assert!(
        text.contains("Z other: one & two\n") && text.contains("Z * other waves\n"),
        "{text}"
    );
    let page = asked(&["export", "#team", "--format", "html"]);
    assert!(
        page.contains("<h1>#team</h1>") && page.contains("<td>one &amp; two</td>"),
        "{page}"
    );
    let lines = asked(&["export", "#team", "--format", "json"]);
    let kinds: Vec<String> = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["kind"].to_string())
        .collect();
    assert_eq!(kinds, ["\"message\"", "\"action\""]);
}

#[test]
fn completions_and_the_manual_know_every_command() {
    let data = tempfile::tempdir().unwrap();
    for arguments in [
        &["completions", "bash"][..],
        &["completions", "fish"],
        &["man"],
    ] {
        let output = parlour(data.path(), arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        for command in ["serve", "send", "export", "admin"] {
            assert!(
                text.contains(command),
                "{arguments:?} does not know {command}"
            );
        }
    }
}

/// A server that answers each question for history with the same page.
fn same_again() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let page: String = (0..100)
        .map(|n| {
            format!(
                "@batch=p;msgid=m{n};time=2026-01-01T00:00:00.{n:03}Z :bob!u@h PRIVMSG #x :{n}\r\n"
            )
        })
        .collect();
    let page = format!(":s BATCH +p chathistory #x\r\n{page}:s BATCH -p\r\n");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let reader = BufReader::new(stream.try_clone().unwrap());
            for line in reader.lines().map_while(Result::ok) {
                let caps = "batch server-time message-tags draft/chathistory";
                let answer = match line.split(' ').take(2).collect::<Vec<_>>()[..] {
                    ["CAP", "LS"] => format!(":s CAP * LS :{caps}\r\n"),
                    ["CAP", "REQ"] => format!(":s CAP * ACK :{caps}\r\n"),
                    ["CAP", "END"] => {
                        ":s 001 me :hi\r\n:s 005 me CHATHISTORY=100 :are\r\n:s 422 me :no\r\n"
                            .into()
                    }
                    ["CHATHISTORY", _] => page.clone(),
                    _ => String::new(),
                };
                stream.write_all(answer.as_bytes()).unwrap();
            }
        }
    });
    address
}

#[test]
fn a_server_that_sends_the_same_again_is_asked_no_more() {
    let data = tempfile::tempdir().unwrap();
    let address = same_again().to_string();
    for what in [
        &["export", "#x", "--format", "json"][..],
        &["history", "#x", "--limit", "1000000", "--json"],
    ] {
        let mut command = parlour(data.path(), what);
        command.args(["--server", &address, "--nick", "me"]);
        let output = command.output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains("the same messages again"), "{error}");
        // What came is written all the same.
        let written = String::from_utf8(output.stdout).unwrap();
        assert_eq!(written.lines().count(), 100, "{written}");
    }
}

/// Runs `parlour send` with these bytes on standard input.
fn send_piped(config: &Path, arguments: &[&str], stdin: &[u8]) -> (Option<i32>, String) {
    let mut child = parlour(config, arguments)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Whoever has refused already reads nothing.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    let output = child.wait_with_output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), error)
}

/// A server that knows no labels: it counts messages, and answers PINGs.
fn without_labels() -> (SocketAddr, std::thread::JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let counting = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut answers = stream.try_clone().unwrap();
        let (mut count, mut asked) = (0, 0);
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if line.starts_with("USER ") {
                answers
                    .write_all(b":s 001 me :hi\r\n:s 422 me :none\r\n")
                    .unwrap();
            } else if line.starts_with("JOIN ") {
                answers.write_all(b":me!u@h JOIN #x\r\n").unwrap();
            } else if let Some(token) = line.strip_prefix("PING ") {
                // No more than a window comes before its PONG.
                assert!(count - asked <= 16, "{count} after {asked}");
                asked = count;
                answers
                    .write_all(format!(":s PONG s {token}\r\n").as_bytes())
                    .unwrap();
            } else if line.starts_with("PRIVMSG ") {
                count += 1;
            }
        }
        count
    });
    (address, counting)
}

/// Whoever acknowledges nothing is asked now and then how far it is, so that no line is lost in a
/// queue and standard input is read no faster than the server reads.
#[test]
fn send_waits_for_servers_that_acknowledge_nothing() {
    let data = tempfile::tempdir().unwrap();
    let (address, counting) = without_labels();
    let server = format!("irc://{address}");
    let arguments = ["send", "#x", "-", "--server", &server, "--nick", "me"];
    let lines: String = (0..5_000).map(|n| format!("line {n}\n")).collect();
    let (code, error) = send_piped(data.path(), &arguments, lines.as_bytes());
    assert_eq!(code, Some(0), "{error}");
    assert_eq!(counting.join().unwrap(), 5_000);
}

#[test]
fn send_speaks_as_who_it_was_told_to_or_not_at_all() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(&data.path().join("d"));
    let address = server.address.to_string();
    let mut watcher = server.irc("w");
    let send = |more: &[&str]| {
        let arguments = [&["send", "#lobby", "hello", "--server", &address], more].concat();
        run(parlour(data.path(), &arguments))
    };
    let (code, error) = send(&["--nick", "w"]);
    assert_eq!(code, Some(1));
    assert!(
        error.contains("w is taken") && error.contains("--nick-fallback"),
        "{error}"
    );
    let (code, error) = send(&["--nick", "w", "--nick-fallback"]);
    assert_eq!(code, Some(0), "{error}");
    // Nobody sees it come and go.
    let heard = watcher.until("PRIVMSG #lobby :hello\r\n");
    assert!(heard.contains(":w_!") && !heard.contains("JOIN"), "{heard}");
    watcher.send("PING after\r\n");
    let heard = watcher.until("after\r\n");
    assert!(
        !heard.contains("PART") && !heard.contains("QUIT"),
        "{heard}"
    );
    // The account, by a password in a file.
    watcher.send("PRIVMSG NickServ :REGISTER correct-horse\r\n");
    watcher.until(" 900 ");
    let file = data.path().join("password");
    std::fs::write(&file, "correct-horse\n").unwrap();
    let file = file.to_str().unwrap();
    let (code, error) = send(&["--account", "w", "--password-file", file]);
    assert_eq!(code, Some(0), "{error}");
    watcher.until(":w!~w@");
    std::fs::write(file, "wrong\n").unwrap();
    let (code, error) = send(&["--account", "w", "--password-file", file]);
    assert_eq!(code, Some(1));
    assert!(error.contains("login failed"), "{error}");
    // The certificate that was told, and no other.
    let shown = server.banner.split("TLS SHA-256").nth(1).unwrap();
    let shown = shown.split_whitespace().next().unwrap();
    let (code, error) = send(&["--nick", "s", "--fingerprint", shown]);
    assert_eq!(code, Some(0), "{error}");
    let other = if shown.starts_with('A') { "B" } else { "A" };
    let other = format!("{other}{}", &shown[1..]);
    let (code, error) = send(&["--nick", "s", "--fingerprint", &other]);
    assert_eq!(code, Some(1));
    assert!(error.contains("--fingerprint"), "{error}");
}

#[test]
fn send_makes_a_room_that_is_not_there() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(&data.path().join("d"));
    let address = server.address.to_string();
    let arguments = [
        "send", "#builds", "first", "--server", &address, "--nick", "s",
    ];
    let (code, error) = run(parlour(data.path(), &arguments));
    assert_eq!(code, Some(0), "{error}");
    let mut watcher = server.irc("w");
    watcher.send(
        "CAP REQ :batch draft/chathistory\r\nJOIN #builds\r\nCHATHISTORY LATEST #builds * 5\r\n",
    );
    watcher.until("PRIVMSG #builds :first\r\n");
}

#[test]
fn send_takes_lines_as_they_are_or_all_as_one() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(&data.path().join("d"));
    let address = server.address.to_string();
    let mut watcher = server.irc("w");
    let base = ["send", "#lobby", "--server", &address, "--nick", "s"];
    let (code, error) = send_piped(data.path(), &base, b"one\n\xff\xfe\nthree\n");
    assert_eq!(code, Some(1));
    assert!(error.contains("line 2 is not UTF-8"), "{error}");
    let heard = watcher.until("PRIVMSG #lobby :three\r\n");
    assert_eq!(heard.matches("PRIVMSG").count(), 2, "{heard}");
    let dash = [&base[..2], &["-"], &base[2..]].concat();
    let (code, error) = send_piped(data.path(), &dash, b"by dash\n");
    assert_eq!(code, Some(0), "{error}");
    watcher.until("PRIVMSG #lobby :by dash\r\n");
    let whole = [&base[..], &["--multiline"]].concat();
    watcher.send("CAP REQ :draft/multiline batch message-tags\r\n");
    watcher.until("ACK");
    let (code, error) = send_piped(data.path(), &whole, b"first\nsecond\n");
    assert_eq!(code, Some(0), "{error}");
    let heard = watcher.until("BATCH -");
    assert!(
        heard.contains("draft/multiline") && heard.contains(":second"),
        "{heard}"
    );
    let long = "x\n".repeat(5_000);
    let (code, error) = send_piped(data.path(), &whole, long.as_bytes());
    assert_eq!(code, Some(1));
    assert!(error.contains("too much for one message"), "{error}");
}

#[test]
fn a_mistyped_command_is_met_with_the_nearest() {
    let dir = tempfile::tempdir().unwrap();
    let (code, error) = run(parlour(dir.path(), &["serev"]));
    assert_eq!(code, Some(1));
    assert!(error.contains("did you mean parlour serve?"), "{error}");
    let help = parlour(dir.path(), &["--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("self-hosted chat server"), "{help}");
}
