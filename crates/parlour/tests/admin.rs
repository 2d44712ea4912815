//! `parlour admin`: over the socket in the data directory.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use support::{PARLOUR, Server};

/// Exit code, stdout and stderr.
fn admin_with(data: &Path, arguments: &[&str], stdin: &str) -> (Option<i32>, String, String) {
    let mut child = Command::new(PARLOUR)
        .arg("admin")
        .args(arguments)
        .arg("--data")
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Whoever does not want it has gone.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

/// The same, of what succeeds: stdout and stderr.
fn admin(data: &Path, arguments: &[&str]) -> (String, String) {
    let (code, out, error) = admin_with(data, arguments, "");
    assert_eq!(code, Some(0), "{arguments:?}: {error}");
    (out, error)
}

/// Why it fails.
fn refused(data: &Path, arguments: &[&str]) -> String {
    let (code, _, error) = admin_with(data, arguments, "");
    assert_eq!(code, Some(1), "{arguments:?}");
    error
}

#[test]
fn accounts_are_made_listed_reset_exported_and_erased() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("d");
    let server = Server::start(&data);
    let mode = data.join("admin.sock").metadata().unwrap().permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    // Any UTF-8 up to 600 bytes, and not more.
    let long = "ü".repeat(300);
    let (code, _, error) = admin_with(&data, &["account", "add", "Bob"], &format!("{long}\n"));
    assert_eq!(
        (code, error.as_str()),
        (Some(0), "The account Bob is made.\n")
    );
    for (name, password, why) in [
        ("bob", "another-one", "there is an account of that name"),
        ("b b", "another-one", "cannot be the name"),
        ("eve", "", "no password on standard input"),
        ("eve", "ab", "at least 8 characters"),
        ("eve", &format!("{long}x"), "at most 600 bytes"),
        ("eve", "nul\0nul", "without NUL"),
    ] {
        let (code, _, error) = admin_with(&data, &["account", "add", name], password);
        assert_eq!(code, Some(1), "{name}");
        assert!(error.contains(why), "{error}");
    }
    let mut bob = server.irc("guest");
    let log_in = |password: &str| {
        // In pieces of 400 bytes: a line holds no more.
        let answer = STANDARD.encode(format!("\0bob\0{password}"));
        let pieces = answer.as_bytes().chunks(400);
        let pieces = pieces.map(|piece| String::from_utf8_lossy(piece).into_owned());
        let lines = pieces.map(|piece| format!("AUTHENTICATE {piece}\r\n"));
        let lines: String = lines.collect();
        format!("CAP REQ sasl\r\nAUTHENTICATE PLAIN\r\n{lines}")
    };
    bob.send(&log_in(&long));
    bob.until(" 903 guest ");
    bob.send("CAP REQ echo-message\r\nPRIVMSG #lobby :mine to take along\r\n");
    bob.until("PRIVMSG #lobby :mine to take along\r\n");
    let (out, _) = admin(&data, &["account", "list"]);
    assert!(out.starts_with("NAME  CREATED "), "{out}");
    assert!(out.contains("\nBob   20"), "{out}");
    let (out, _) = admin(&data, &["account", "list", "--json"]);
    assert!(out.contains(r#"{"name":"Bob","created":"#), "{out}");
    let (out, error) = admin(&data, &["account", "export", "bob"]);
    assert!(out.contains(r#"{"account":"Bob","#), "{out}");
    assert!(out.contains(r#""text":"mine to take along""#), "{out}");
    assert_eq!(error, "1 messages.\n");
    // With another password the sessions are over, and the old one opens nothing.
    let (code, _, error) = admin_with(&data, &["account", "reset", "bob"], "open-sesame\n");
    assert_eq!(code, Some(0), "{error}");
    assert!(bob.rest().contains("Your password was reset"));
    let mut bob = server.irc("guest");
    bob.send(&log_in(&long));
    bob.until(" 904 guest ");
    bob.send(&log_in("open-sesame"));
    bob.until(" 903 guest ");
    // Erased: the account, and what was said in it.
    assert!(refused(&data, &["account", "erase", "bob"]).contains("--yes"));
    let (_, error) = admin(&data, &["account", "erase", "bob", "--yes"]);
    assert!(error.contains("deleted"), "{error}");
    assert!(bob.rest().contains("Your account was erased"));
    let mut eve = server.irc("eve");
    eve.send("CAP REQ :batch draft/event-playback soju.im/search\r\nCHATHISTORY LATEST #lobby * 10\r\nSEARCH text=along\r\nPING end\r\n");
    let past = eve.until("PONG");
    assert!(!past.contains("mine to take along"), "{past}");
    assert!(!past.contains("Your account was erased"), "{past}");
    assert!(refused(&data, &["account", "reset", "bob"]).contains("no password"));
    assert!(refused(&data, &["account", "export", "bob"]).contains("There is no account bob"));
    let (out, _) = admin(&data, &["audit", "--json"]);
    assert!(
        out.contains(r#""action":"account","about":"Bob","detail":"erased""#),
        "{out}"
    );
}

#[test]
fn channels_bans_and_words_of_the_server() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("d");
    let server = Server::start(&data);
    let mut bob = server.irc("bob");
    bob.send("REGISTER * * open-sesame\r\nJOIN #a\r\nTOPIC #a :ours\r\nCS REGISTER #a\r\n");
    bob.until("#a is your account's now");
    let (out, _) = admin(&data, &["channel", "list", "--json"]);
    let row = r##"{"name":"#a","members":1,"founder":"bob","topic":"ours"}"##;
    assert!(out.contains(row), "{out}");
    admin(&data, &["channel", "drop", "#a"]);
    bob.until(" MODE #a -q bob");
    assert!(refused(&data, &["channel", "drop", "#a"]).contains("belongs to no account"));
    assert!(refused(&data, &["channel", "drop", "#b"]).contains("There is no channel #b"));
    let (out, _) = admin(&data, &["who", "--json"]);
    assert!(
        out.contains(r#"{"nick":"bob","account":"bob","address":"127.0.0.1","connections":1"#),
        "{out}"
    );
    admin(&data, &["say", "#a", "to", "the", "room"]);
    bob.until(" NOTICE #a :to the room\r\n");
    admin(&data, &["say", "bob", "to you"]);
    bob.until(" NOTICE bob :to you\r\n");
    admin(&data, &["say", "*", "to all"]);
    bob.until(" NOTICE bob :to all\r\n");
    assert!(refused(&data, &["say", "nobody", "x"]).contains("Nobody is called nobody"));
    assert!(refused(&data, &["say", "*", "two\nlines"]).contains("one line"));
    assert!(refused(&data, &["say", "*", " "]).contains("nothing to say"));
    assert!(refused(&data, &["ban", "add", "x!y@z\r\nPRIVMSG"]).contains("one line"));
    // A ban ends the sessions that it means, and is there after a crash.
    let (_, said) = admin(
        &data,
        &[
            "ban",
            "add",
            "bob",
            "--for",
            "2d",
            "--reason",
            "enough of it",
        ],
    );
    assert!(said.contains("bob is banned until"), "{said}");
    assert!(bob.rest().contains("Banned: enough of it"));
    assert!(refused(&data, &["ban", "add", "x!*@*", "--for", "soon"]).contains("no duration"));
    server.crash();
    let server = Server::start(&data);
    let (out, _) = admin(&data, &["ban", "list"]);
    assert!(out.contains("bob     enough of it  (console)"), "{out}");
    let mut bob = server.irc("guest");
    bob.send("NS IDENTIFY bob open-sesame\r\n");
    bob.until("That account is suspended until");
    admin(&data, &["ban", "remove", "bob"]);
    bob.send("NS IDENTIFY bob open-sesame\r\n");
    bob.until("You're now logged in as bob");
    assert!(refused(&data, &["ban", "remove", "bob"]).contains("bob is not banned"));
}

#[test]
fn a_backup_is_whole_while_the_server_runs_and_can_take_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("d");
    let server = Server::start(&data);
    let mut bob = server.irc("bob");
    bob.send("CAP REQ echo-message\r\nPRIVMSG #lobby :before\r\n");
    bob.until("PRIVMSG #lobby :before\r\n");
    let copied = dir.path().join("copy.db");
    let copy = copied.to_str().unwrap();
    admin(&data, &["backup", copy]);
    assert!(refused(&data, &["backup", copy]).contains("is there already"));
    let nowhere = dir.path().join("nowhere/copy.db");
    assert!(refused(&data, &["backup", nowhere.to_str().unwrap()]).contains("cannot be written"));
    let mode = copied.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "it holds what only its owner may read");
    bob.send("PRIVMSG #lobby :after\r\n");
    bob.until("PRIVMSG #lobby :after\r\n");
    for whole in [copy, data.to_str().unwrap()] {
        let (_, said) = admin(&data, &["check", whole]);
        assert!(said.contains("is whole"), "{said}");
    }
    // It is what there was then.
    let other = dir.path().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::copy(&copied, other.join("parlour.db")).unwrap();
    let restored = Server::start(&other);
    let mut eve = restored.irc("eve");
    eve.send("CHATHISTORY LATEST #lobby * 5\r\nPING end\r\n");
    let past = eve.until("PONG");
    assert!(
        past.contains(":before\r\n") && !past.contains(":after\r\n"),
        "{past}"
    );
    // What is not whole is said to be so.
    let mut bytes = std::fs::read(&copied).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0x5a);
    std::fs::write(&copied, bytes).unwrap();
    assert!(refused(&data, &["check", copy]).contains("is not whole"));
    assert!(refused(&data, &["check", "/nowhere"]).contains("there is no database"));
    // As a database that lacks what it should have, or is of another version.
    for (sql, fault) in [
        ("DROP TABLE ban", "it has no table ban"),
        ("DELETE FROM journal", "its journal has 0 rows"),
        ("PRAGMA user_version = 99", "it is of version 99"),
    ] {
        let file = dir.path().join("lacking.db");
        std::fs::copy(other.join("parlour.db"), &file).unwrap();
        let database = rusqlite::Connection::open(&file).unwrap();
        database.execute_batch(sql).unwrap();
        drop(database);
        let (code, out, _) = admin_with(&data, &["check", file.to_str().unwrap()], "");
        assert_eq!(code, Some(1));
        assert!(out.contains(fault), "{out}");
    }
}

#[test]
fn stop_ends_the_server_with_everything_kept() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("d");
    assert!(refused(&data, &["who"]).contains("no server runs on"));
    let mut server = Server::start(&data);
    let mut bob = server.irc("bob");
    admin(&data, &["stop"]);
    assert!(bob.rest().contains("The server is stopping"));
    assert_eq!(server.process.ended(), Some(0));
    assert!(!data.join("admin.sock").exists());
    assert!(refused(&data, &["stop"]).contains("no server runs on"));
}

#[test]
fn the_lobby_can_be_run_from_the_server_itself() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("d");
    let server = Server::start(&data);
    let (mut bob, mut eve) = (server.irc("bob"), server.irc("eve"));
    admin(&data, &["channel", "op", "#lobby", "bob"]);
    eve.until("MODE #lobby +o bob");
    bob.send("MODE #lobby +m\r\n");
    eve.until("MODE #lobby +m");
    admin(&data, &["channel", "mode", "#lobby", "-m+v", "eve"]);
    eve.until("MODE #lobby -m+v eve");
    admin(&data, &["channel", "mode", "#lobby", "-o", "bob"]);
    eve.until("MODE #lobby -o bob");
    admin(&data, &["channel", "kick", "#lobby", "eve", "go", "home"]);
    eve.until("KICK #lobby eve :go home");
    bob.until("KICK #lobby eve :go home");
    for (arguments, why) in [
        (
            &["channel", "op", "#lobby", "eve"][..],
            "eve is not in #lobby",
        ),
        (
            &["channel", "op", "#lobby", "nobody"],
            "Nobody is called nobody",
        ),
        (
            &["channel", "mode", "#nowhere", "+m"],
            "There is no channel #nowhere",
        ),
        (&["channel", "mode", "#lobby", "+X"], "unknown mode"),
        (
            &["channel", "kick", "#lobby", "eve"],
            "eve is not in #lobby",
        ),
    ] {
        assert!(refused(&data, arguments).contains(why), "{arguments:?}");
    }
    // Muted: here, and silent.
    let (_, done) = admin(&data, &["ban", "add", "bob!*@*", "--mute", "--for", "1h"]);
    assert!(done.contains("bob!*@* is muted until "), "{done}");
    bob.send("PRIVMSG #lobby :hi\r\n");
    bob.until(" 404 bob #lobby :You are muted on this server");
    let (out, _) = admin(&data, &["ban", "list", "--json"]);
    assert!(out.contains("\"action\":\"mute\""), "{out}");
    let (out, _) = admin(&data, &["audit", "--json"]);
    for noted in ["\"mode\"", "\"kick\"", "\"mute\""] {
        assert!(out.contains(noted), "{noted}: {out}");
    }
}
