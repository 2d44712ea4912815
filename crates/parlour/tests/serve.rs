//! Starting, refusing to start, and stopping.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Output};

use support::http::ask;
use support::{PARLOUR, Server};

fn refused(arguments: &[&str]) -> String {
    let Output { status, stderr, .. } = Command::new(PARLOUR)
        .arg("serve")
        .args(arguments)
        .output()
        .unwrap();
    let error = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{error}");
    let told: Vec<&str> = error
        .lines()
        .filter(|line| line.starts_with("parlour: "))
        .collect();
    assert_eq!(told.len(), 1, "one sentence: {error}");
    told[0].to_owned()
}

#[test]
fn the_banner_names_the_ways_in() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let port = server.address.port();
    for wanted in [
        format!("parlour join localhost:{port}"),
        format!("nc localhost {port}"),
        format!("irssi -c localhost -p {port}"),
        "TLS SHA-256".into(),
        data.path().display().to_string(),
    ] {
        assert!(
            server.banner.contains(&wanted),
            "{wanted}: {}",
            server.banner
        );
    }
}

#[test]
fn a_log_that_nobody_reads_stops_nobody() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(data.path());
    // Two lines each: together more than the pipe holds, and than may wait.
    for _ in 0..10_000 {
        assert_eq!(ask(server.address, "GET /healthz", &[], b"").status, 200);
    }
    // Once it is read again, it tells of the gap, and goes on.
    let mut log = BufReader::new(server.process.0.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("lines of the log were lost") {
        line.clear();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "no word of the gap");
    }
    server.irc("late");
    while !line.contains("late") {
        line.clear();
        assert_ne!(
            log.read_line(&mut line).unwrap(),
            0,
            "nothing after the gap"
        );
    }
    server.signal("-TERM");
    let mut rest = String::new();
    log.read_to_string(&mut rest).unwrap();
    assert_eq!(server.process.0.wait().unwrap().code(), Some(0));
    assert!(rest.trim_end().ends_with("everything is kept"), "{rest}");
}

#[test]
fn a_signal_tells_everybody_and_exits_with_zero() {
    for signal in ["-TERM", "-INT"] {
        let data = tempfile::tempdir().unwrap();
        let server = Server::start(data.path());
        let mut irc = server.irc("a");
        let mut plain = server.connect();
        plain.send("bob\n");
        plain.until("in #lobby");
        let (code, log) = server.stop_by(signal);
        assert_eq!(code, Some(0), "{signal}: {log}");
        assert!(
            irc.rest()
                .contains("ERROR :Closing link: 127.0.0.1 (The server is stopping)")
        );
        assert!(plain.rest().contains("-- The server is stopping"));
    }
}

#[test]
fn the_log_says_who_comes_and_goes_and_never_what_is_said() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let mut a = server.irc("alice");
    a.send("NICK alicia\r\nPRIVMSG #lobby :a secret word\r\nPRIVMSG alicia :another\r\nTOPIC #lobby :third\r\nQUIT :bye\r\n");
    a.rest();
    let (_, log) = server.stop();
    for wanted in [
        "connected from 127.0.0.1",
        "is alice from 127.0.0.1, by the irc door",
        "alice is alicia now",
        "alicia has gone: Quit: bye",
    ] {
        assert!(log.contains(wanted), "{wanted}: {log}");
    }
    for secret in ["secret", "another", "third"] {
        assert!(!log.contains(secret), "{log}");
    }
}

#[test]
fn a_port_in_use_is_one_sentence() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let other = tempfile::tempdir().unwrap();
    let address = server.address.to_string();
    let told = refused(&[
        "--listen",
        &address,
        "--data",
        other.path().to_str().unwrap(),
    ]);
    assert!(told.contains("in use"), "{told}");
}

#[test]
fn a_second_server_on_the_same_data_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let _server = Server::start(data.path());
    let told = refused(&[
        "--listen",
        "127.0.0.1:0",
        "--data",
        data.path().to_str().unwrap(),
    ]);
    assert!(told.contains("another parlour server"), "{told}");
}

#[test]
fn a_directory_that_cannot_be_written_is_one_sentence() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let told = refused(&[
        "--listen",
        "127.0.0.1:0",
        "--data",
        file.path().to_str().unwrap(),
    ]);
    assert!(told.contains("data directory"), "{told}");
}

#[test]
fn a_database_from_a_newer_version_is_refused() {
    let data = tempfile::tempdir().unwrap();
    Server::start(data.path()).stop();
    let database = rusqlite::Connection::open(data.path().join("parlour.db")).unwrap();
    database.pragma_update(None, "user_version", 1000).unwrap();
    drop(database);
    let told = refused(&[
        "--listen",
        "127.0.0.1:0",
        "--data",
        data.path().to_str().unwrap(),
    ]);
    assert!(told.contains("newer parlour"), "{told}");
}

#[test]
fn a_configuration_is_used_or_refused_with_its_line() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("parlour.toml");
    let path = file.to_str().unwrap();
    fs::write(&file, "[server]\nnam = \"x\"\n").unwrap();
    let told = refused(&["--config", path]);
    assert!(
        told.contains("line 2") && told.contains("did you mean `name`?"),
        "{told}"
    );
    fs::write(&file, "[server]\nname = \"chat.example\"\nnetwork = \"Test\"\nmotd = \"\"\"\nhello\nworld\"\"\"\n").unwrap();
    let checked = Command::new(PARLOUR)
        .args(["check-config", path])
        .output()
        .unwrap();
    assert!(checked.status.success());
    let server = Server::start_at(&data.path().join("d"), "127.0.0.1:0", &["--config", path]);
    let mut a = server.irc("a");
    assert!(
        a.seen
            .contains(":chat.example 001 a :Welcome to the Test network")
    );
    assert!(a.seen.contains(":chat.example 372 a :- world"));
    a.send("QUIT\r\n");
}

#[test]
fn wrong_usage_exits_with_two() {
    let output = Command::new(PARLOUR)
        .args(["serve", "--nosuch"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_wildcard_takes_both_families() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start_at(data.path(), "[::]:0", &[]);
    let port = server.address.port();
    let mut found = 0;
    for host in ["127.0.0.1", "::1"] {
        // A machine may be without IPv6; it is not without IPv4.
        let Ok(stream) = std::net::TcpStream::connect((host, port)) else {
            assert_ne!(host, "127.0.0.1");
            continue;
        };
        let mut wire = support::Wire::new(stream);
        wire.send("NICK a\r\nUSER a 0 * :a\r\nWHOIS a\r\nQUIT\r\n");
        let shown = if host == "::1" { "0::1" } else { host };
        wire.until(&format!(" 311 a a ~a {shown} * :a"));
        wire.rest();
        found += 1;
    }
    assert!(found > 0);
}

#[test]
fn after_a_crash_topic_and_history_are_there_at_both_doors() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let mut irc = server.irc("ann");
    irc.send("CAP REQ echo-message\r\nTOPIC #lobby :kept topic\r\nPRIVMSG #lobby :kept words\r\n");
    irc.until("PRIVMSG #lobby :kept words\r\n");
    server.crash();
    let server = Server::start(data.path());
    let mut plain = server.connect();
    plain.send("bob\n/history\n/search WORDS kept\n/search nosuch\n");
    plain.until("-- The topic of #lobby: kept topic\n");
    plain.until("] ann: kept words\n");
    plain.until("-- 1 found (times are UTC):\n");
    plain.until("] [#lobby] ann: kept words\n");
    plain.until("-- Nothing was found.\n");
    let mut irc = server.irc("ann");
    assert!(irc.seen.contains(" 332 ann #lobby :kept topic"));
    irc.send("CHATHISTORY LATEST #lobby * 5\r\n");
    irc.until(":ann!~ann@127.0.0.1 PRIVMSG #lobby :kept words\r\n");
}

#[test]
fn descriptors_that_are_used_up_leave_some_for_history_and_backups() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = Server::with_descriptors(&data, 300);
    let mut bob = server.connect();
    bob.send(
        "CAP REQ :draft/chathistory batch\r\nNICK bob\r\nUSER b 0 * :b\r\nCAP END\r\nJOIN #a\r\n",
    );
    bob.send("PRIVMSG #a :kept\r\nPING said\r\n");
    bob.until("PONG");
    // Until one is turned away, and some more.
    let mut open = Vec::new();
    let mut turned_away = 0;
    while turned_away < 20 {
        let mut wire = server.connect();
        wire.send("PING x\r\n");
        if wire.until("\r\n").contains("as many connections as it can") {
            turned_away += 1;
        } else {
            open.push(wire);
        }
    }
    assert!(open.len() > 100, "{}", open.len());
    bob.send("CHATHISTORY LATEST #a * 10\r\n");
    bob.until("PRIVMSG #a :kept\r\n");
    let copy = dir.path().join("copy.db");
    let backup = Command::new(PARLOUR)
        .args(["admin", "backup"])
        .arg(&copy)
        .arg("--data")
        .arg(&data)
        .output()
        .unwrap();
    assert!(backup.status.success(), "{backup:?}");
    // Who leaves makes room.
    drop(open);
    support::eventually("a welcome", || {
        let mut wire = server.connect();
        wire.send("NICK eve\r\nUSER e 0 * :e\r\n");
        let answer = wire.until("\r\n");
        if answer.contains(" 001 ") {
            Ok(())
        } else {
            Err(answer)
        }
    });
}

#[test]
fn a_database_that_is_gone_is_told_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let mut bob = server.irc("bob");
    bob.send("PRIVMSG #lobby :kept\r\nPING said\r\n");
    bob.until("PONG");
    server.crash();
    for name in ["parlour.db", "parlour.db-wal", "parlour.db-shm"] {
        let _ = fs::remove_file(dir.path().join(name));
    }
    let output = Command::new(PARLOUR)
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(dir.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("missing or empty") && error.contains("to begin anew"),
        "{error}"
    );
}
