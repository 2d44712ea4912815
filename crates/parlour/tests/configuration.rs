//! The configuration: read again while the server runs, passwords, gateways.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use support::{PARLOUR, Server, Wire, eventually};

const LISTEN: &str = "[[listen]]\naddress = \"127.0.0.1:0\"\n";
const OPER: &str = "[[oper]]\nname = \"root\"\npassword = \"secret\"\n";

fn write(data: &Path, text: &str) {
    std::fs::write(data.join("parlour.toml"), text).unwrap();
}

#[test]
fn a_rehash_changes_what_is_configured_and_drops_nobody() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::configured(data.path(), &format!("{LISTEN}{OPER}"));
    let mut op = server.irc("op");
    let mut plain = server.connect();
    plain.send("pat\n");
    plain.until("2 in #lobby");
    op.send("OPER root secret\r\n");
    op.until(" 381 op ");
    // What is not right changes nothing, and says why.
    write(
        data.path(),
        &format!("{LISTEN}{OPER}[servr]\nmotd = \"x\"\n"),
    );
    op.send("REHASH\r\n");
    let why = op.until("did you mean `server`?");
    assert!(
        why.contains(" 400 op REHASH :") && why.contains("line 6"),
        "{why}"
    );
    op.send("MOTD\r\n");
    op.until(" 422 op ");
    // What is right is in force at once.
    write(
        data.path(),
        &format!("{LISTEN}{OPER}[server]\nmotd = \"Hello.\"\n[limits]\nnick = 12\n"),
    );
    op.send("REHASH\r\n");
    op.until(" 005 op NICKLEN=12 ");
    op.until(" 382 op ");
    op.send("MOTD\r\nNICK thirteen_long\r\n");
    op.until(" 372 op :- Hello.");
    op.until(" 432 op thirteen_long ");
    // SIGHUP does the same.
    write(
        data.path(),
        &format!("{LISTEN}{OPER}[server]\nmotd = \"Again.\"\n"),
    );
    server.signal("-HUP");
    op.until(" 005 op NICKLEN=32 ");
    op.send("MOTD\r\nPRIVMSG #lobby :still here\r\n");
    op.until(" 372 op :- Again.");
    plain.until("op: still here\n");
    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("the configuration stays as it was"), "{log}");
    assert!(!log.contains("secret"), "{log}");
}

#[test]
fn a_server_is_heard_however_often_its_configuration_is_read() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::configured(data.path(), &format!("{LISTEN}{OPER}"));
    let mut op = server.irc("op");
    op.send("OPER root secret\r\n");
    op.until(" 381 op ");
    for round in 0..6 {
        op.send("REHASH\r\n");
        op.until(" 382 op ");
        // As many as there are shards and more, so that each of them is asked.
        let mut guests: Vec<Wire> = (0..8).map(|_| server.connect()).collect();
        for (number, guest) in guests.iter_mut().enumerate() {
            let nick = format!("g{round}x{number}");
            guest.send(&format!("NICK {nick}\r\nUSER g 0 * :g\r\nQUIT\r\n"));
            assert!(guest.rest().contains(&format!(" 001 {nick} ")));
        }
    }
}

#[test]
fn nobody_waits_while_somebody_guesses() {
    let data = tempfile::tempdir().unwrap();
    let hash = parlour_server::password::hash("letmein").unwrap();
    let server = Server::configured(
        data.path(),
        &format!("{LISTEN}[server]\npassword = \"{hash}\"\n"),
    );
    let hello = |password: &str, nick: &str| {
        let mut wire = server.connect();
        let lines = format!("PASS {password}\r\nNICK {nick}\r\nUSER u 0 * :u\r\n");
        wire.send(&lines);
        wire
    };
    // Many at once: some are told that too many wait, the others that they are wrong or that
    // there have been too many of these. Each is told something.
    let guesses: Vec<Wire> = (0..200).map(|n| hello("wrong", &format!("x{n}"))).collect();
    for mut guess in guesses {
        let seen = guess.rest();
        assert!(seen.contains(" 464 * :"), "{seen}");
    }
    let mut more = hello("letmein", "late");
    assert!(more.rest().contains("Too many wrong passwords"));
}

#[test]
fn listeners_come_and_go_with_a_rehash() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::configured(data.path(), &format!("{LISTEN}{OPER}"));
    let mut op = server.irc("op");
    op.send("OPER root secret\r\n");
    op.until(" 381 op ");
    // A port that is free now; that it is still free then is as good as certain.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let other = format!("[[listen]]\naddress = \"{address}\"\n");
    write(data.path(), &format!("{LISTEN}{other}{OPER}"));
    op.send("REHASH\r\n");
    op.until(" 382 op ");
    let mut new = eventually("the new port", || {
        let stream = TcpStream::connect(address).map_err(|error| error.to_string())?;
        Ok(Wire::new(stream))
    });
    new.send("NICK n\r\nUSER n 0 * :n\r\n");
    new.until(" 001 n ");
    // The port goes, those who came by it stay.
    write(data.path(), &format!("{LISTEN}{OPER}"));
    op.send("REHASH\r\n");
    op.until(" 382 op ");
    eventually("the end of the port", || {
        match TcpStream::connect(address) {
            Ok(_) => Err("it still listens".into()),
            Err(_) => Ok(()),
        }
    });
    new.send("PRIVMSG op :here\r\n");
    op.until("n!~n@127.0.0.1 PRIVMSG op :here");
    // The one that was there from the start was never closed.
    server.irc("late");
}

#[test]
fn hashed_passwords_for_the_server_and_its_operators() {
    let data = tempfile::tempdir().unwrap();
    let hash = |password: &str| {
        let mut child = Command::new(PARLOUR)
            .arg("hash-password")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let server = Server::configured(
        data.path(),
        &format!(
            "{LISTEN}[server]\npassword = \"{}\"\n[[class]]\nname = \"watch\"\nprivileges = [\"see\"]\n\
             [[oper]]\nname = \"root\"\npassword = \"{}\"\nclass = \"watch\"\n",
            hash("let me in"),
            hash("s\u{e9}same")
        ),
    );
    let mut wrong = server.connect();
    wrong.send("PASS nope\r\nNICK w\r\nUSER w 0 * :w\r\n");
    assert!(wrong.rest().contains(" 464 * :"));
    let mut right = server.connect();
    right.send("PASS :let me in\r\nNICK r\r\nUSER r 0 * :r\r\nOPER root s\u{e9}same\r\n");
    right.until(" 001 r ");
    right.until(" 381 r ");
    right.send("KILL r :x\r\nREHASH\r\n");
    right.until(" 481 r ");
    right.until(" 481 r ");
}

#[test]
fn a_gateway_is_believed_from_its_own_address_only() {
    let data = tempfile::tempdir().unwrap();
    let gateway =
        |from: &str| format!("{LISTEN}{OPER}[[gateway]]\nfrom = [\"{from}\"]\npassword = \"pw\"\n");
    let server = Server::configured(data.path(), &gateway("127.0.0.1/32"));
    let hello = "WEBIRC pw web user.example 192.0.2.9\r\nNICK g\r\nUSER g 0 * :g\r\n";
    let mut believed = server.connect();
    believed.send(hello);
    believed.until(" 001 g :");
    // The name that it told is cloaked as an address is, and the address is the user's own to see.
    assert!(believed.until("\r\n").contains(".cloak"));
    believed.send("WHOIS g\r\n");
    believed.until(" 378 g g :");
    believed.until("192.0.2.9");
    write(data.path(), &gateway("192.0.2.0/24"));
    server.signal("-HUP");
    eventually("the end of the gateway", || {
        let mut refused = server.connect();
        // Still believed, it would stay.
        refused.send(&format!("{hello}QUIT\r\n"));
        let seen = refused.rest();
        if seen.contains("ERROR :") && seen.contains("WEBIRC is not for this address") {
            Ok(())
        } else {
            Err(seen)
        }
    });
}

#[test]
fn what_is_not_to_be_kept_goes_by_itself() {
    let data = tempfile::tempdir().unwrap();
    let listen = "[[listen]]\naddress = \"127.0.0.1:0\"\n";
    let server = Server::configured(data.path(), listen);
    let mut bob = server.irc("bob");
    bob.send("CAP REQ echo-message\r\n");
    for n in 1..=5 {
        bob.send(&format!("PRIVMSG #lobby :{n}\r\n"));
    }
    bob.until("PRIVMSG #lobby :5\r\n");
    server.stop();
    let keep = format!("{listen}[[retention]]\nchannel = \"#Lobby\"\nkeep_messages = 2\n");
    let server = Server::configured(data.path(), &keep);
    let mut eve = server.irc("eve");
    eventually("the end of what is too much", || {
        eve.send("CHATHISTORY LATEST #lobby * 10\r\nPING end\r\n");
        let past = eve.until(" PONG ");
        let kept = past.matches(" PRIVMSG #lobby ").count();
        if kept == 2 { Ok(()) } else { Err(past) }
    });
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("parlour.toml");
    std::fs::write(&file, "[[retention]]\nchannel = \"lobby\"\n").unwrap();
    let output = Command::new(PARLOUR)
        .arg("check-config")
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("retention.channel"));
}

/// A pipe is empty when it is read again, and the server would be one without settings.
#[test]
fn a_configuration_that_can_be_read_once_only_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let served = Command::new(PARLOUR)
        .args(["serve", "--config", "/dev/stdin", "--data"])
        .arg(data.path())
        .stdin(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(served.status.code(), Some(1));
    let why = String::from_utf8_lossy(&served.stderr);
    assert!(why.contains("/dev/stdin is no file"), "{why}");
    // To be checked it is read once.
    let mut checked = Command::new(PARLOUR)
        .args(["check-config", "/dev/stdin"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = checked.stdin.take().unwrap();
    input.write_all(LISTEN.as_bytes()).unwrap();
    drop(input);
    assert!(checked.wait().unwrap().success());
}
