//! `parlour send` and `parlour tail`.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use std::io::{BufRead, BufReader, Write};
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
