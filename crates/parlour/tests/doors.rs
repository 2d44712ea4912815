//! Every door on one port, through real sockets.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Barrier};
use std::thread;

use support::tls::tls_client;
use support::{Server, Wire};

#[test]
fn netcat_irc_and_tls_share_a_room() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let mut plain = server.connect();
    plain.until("Nickname: ");
    plain.send("bob\n");
    plain.until("1 in #lobby: bob");
    let mut irc = server.irc("ann");
    let mut tls = tls_client(&server);
    tls.write_all(b"NICK tom\r\nUSER tom 0 * :tom\r\nJOIN #lobby\r\nWHOIS tom\r\nPRIVMSG #lobby :from tls\r\n").unwrap();
    plain.until("-- tom joined\ntom: from tls\n");
    irc.until(":tom!~tom@127.0.0.1 PRIVMSG #lobby :from tls\r\n");
    plain.send("from netcat\n");
    irc.until(":bob!~plain@127.0.0.1 PRIVMSG #lobby :from netcat\r\n");
    irc.send("PRIVMSG #lobby :from irc\r\n");
    plain.until("ann: from irc\n");
    let mut seen = String::new();
    while !seen.contains("from irc") {
        let mut buffer = [0; 4096];
        let count = tls.read(&mut buffer).unwrap();
        seen.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    assert!(
        seen.contains(" 671 tom tom :"),
        "the connection counts as secure: {seen}"
    );
    plain.send("/quit\n");
    assert!(plain.rest().ends_with("-- Goodbye, bob!\n"));
    irc.until("bob!~plain@127.0.0.1 QUIT");
}

#[test]
fn a_tls_hello_cut_short_harms_nobody() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let mut cut: Vec<TcpStream> = (0..20)
        .map(|n| {
            let mut stream = TcpStream::connect(server.address).unwrap();
            stream
                .write_all(&[0x16, 3, 1, 2, 0, 1][..1 + n % 6])
                .unwrap();
            stream
        })
        .collect();
    server.irc("a").send("QUIT\r\n");
    for stream in &mut cut {
        stream.shutdown(Shutdown::Write).unwrap();
        let mut end = Vec::new();
        // Nothing in clear text, then the end.
        stream.read_to_end(&mut end).unwrap();
        assert!(!end.starts_with(b"Welcome"), "{end:?}");
    }
    let mut garbage = TcpStream::connect(server.address).unwrap();
    garbage
        .write_all(&[0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5, 6, 7, 8, 9])
        .unwrap();
    garbage.read_to_end(&mut Vec::new()).unwrap();
    server.irc("b").send("QUIT\r\n");
}

#[test]
fn of_many_who_want_a_nick_at_one_instant_one_gets_it() {
    const MANY: usize = 8;
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    for round in 0..10 {
        let barrier = Arc::new(Barrier::new(MANY));
        let threads: Vec<_> = (0..MANY)
            .map(|_| {
                let (barrier, mut wire) = (barrier.clone(), server.connect());
                thread::spawn(move || {
                    barrier.wait();
                    wire.send(&format!(
                        "NICK same{round}\r\nUSER u 0 * :r\r\nPING done\r\n"
                    ));
                    wire.until("PONG");
                    wire
                })
            })
            .collect();
        let wires: Vec<Wire> = threads.into_iter().map(|t| t.join().unwrap()).collect();
        let welcomed = wires.iter().filter(|w| w.seen.contains(" 001 ")).count();
        let refused = wires.iter().filter(|w| w.seen.contains(" 433 ")).count();
        assert_eq!((welcomed, refused), (1, MANY - 1));
    }
}

#[test]
fn a_flood_a_dead_socket_and_silence_do_not_disturb_a_talk() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let _silent = server.connect();
    let mut a = server.irc("a");
    let mut b = server.irc("b");
    let mut flood = server.irc("flood");
    let address = server.address;
    let flooding = thread::spawn(move || {
        let megabyte = vec![b'x'; 1 << 20];
        // It is let go long before the end of it.
        while flood.stream.write_all(&megabyte).is_ok() {}
    });
    drop(TcpStream::connect(address).unwrap());
    for n in 0..50 {
        a.send(&format!("PRIVMSG #lobby :talk {n}\r\n"));
        b.until(&format!("talk {n}\r\n"));
    }
    flooding.join().unwrap();
    let gone = ":flood!~flood@127.0.0.1 QUIT :A line without end\r\n";
    if !b.seen.contains(gone) {
        b.until(gone);
    }
}

#[test]
fn a_reader_that_never_reads_is_let_go() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let _slow = server.irc("slow");
    let mut a = server.irc("a");
    let mut b = server.irc("b");
    // Enough for every buffer of the system and the server's own megabyte.
    let line = format!("PRIVMSG #lobby :{}\r\n", "x".repeat(450));
    let writer = thread::spawn(move || {
        for _ in 0..40_000 {
            a.send(&line);
        }
        a
    });
    b.until(":slow!~slow@127.0.0.1 QUIT :SendQ exceeded\r\n");
    drop(b);
    writer.join().unwrap();
}

#[test]
fn half_a_connection_is_enough_for_a_pipe() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let mut watcher = server.irc("w");
    let mut pipe = server.connect();
    pipe.send("bob\nhello\nlast");
    pipe.stream.shutdown(Shutdown::Write).unwrap();
    assert!(pipe.rest().contains("Welcome, bob!"));
    watcher.until(":bob!~plain@127.0.0.1 PRIVMSG #lobby :hello\r\n");
    watcher.until("PRIVMSG #lobby :last\r\n");
    watcher.until("bob!~plain@127.0.0.1 QUIT");
}

#[test]
fn an_old_client_without_line_ends_talks_and_leaves() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let mut watcher = server.irc("w");
    let mut old = server.connect();
    old.until("Nickname: ");
    old.send("w");
    old.until("is taken; try another.\nNickname: ");
    old.send("old");
    old.until("Welcome, old!");
    old.until("2 in #lobby: w, old");
    old.send("hello all");
    old.until("old: hello all");
    watcher.until("PRIVMSG #lobby :hello all\r\n");
    old.send("/quit");
    assert!(old.rest().ends_with("Goodbye, old!"), "{}", old.seen);
}

#[test]
fn an_answer_larger_than_every_buffer_comes_whole_over_tls() {
    const MESSAGES: usize = 900;
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let mut a = server.irc("a");
    a.send("CAP REQ echo-message\r\n");
    let padding = "x".repeat(400);
    for n in 0..MESSAGES {
        a.send(&format!("PRIVMSG #lobby :m{n} {padding}\r\n"));
    }
    a.until(&format!(":m{} ", MESSAGES - 1));
    let mut tls = tls_client(&server);
    tls.write_all(b"CAP REQ batch\r\nNICK t\r\nUSER t 0 * :t\r\nCAP END\r\nJOIN #lobby\r\nCHATHISTORY LATEST #lobby * 1000\r\nQUIT\r\n").unwrap();
    let mut seen = Vec::new();
    // To the server's own end of TLS: its last words are not cut off either.
    tls.read_to_end(&mut seen).unwrap();
    let seen = String::from_utf8(seen).unwrap();
    assert_eq!(seen.matches("PRIVMSG #lobby :m").count(), MESSAGES);
    assert!(
        seen.ends_with("\r\n")
            && seen
                .lines()
                .last()
                .is_some_and(|line| line.starts_with("ERROR :")),
        "{}",
        &seen[seen.len() - 200..]
    );
}
