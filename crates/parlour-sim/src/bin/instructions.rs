//! Fixed workloads whose instructions are counted: `instructions fanout|dm|join|parse`.
//!
//! Each sets a node up, and then does its work in [`measured`], which `scripts/instructions` has
//! callgrind count alone. Nothing depends on time or chance.

use std::hint::black_box;
use std::process::ExitCode;

use irc_wire::Message;
use parlour_core::Settings;
use parlour_doors::DoorSettings;
use parlour_sim::{Client, Disk, Node};

/// Members of the room, and what is said in it.
const MEMBERS: usize = 200;
const MESSAGES: usize = 300;
/// Pairs, and the rounds in which each of them writes to and fro.
const PAIRS: usize = 100;
const ROUNDS: usize = 20;
/// Users who join a room, one after the other.
const JOINS: usize = 300;
/// Messages, or joins, that arrive together, as under load.
const TOGETHER: usize = 10;
/// Passes over the lines that are parsed.
const PASSES: usize = 5_000;

/// Lines of clients and servers.
const LINES: &[&str] = &[
    "PRIVMSG #lobby :hello there, how is everybody",
    "@time=2026-11-30T12:00:00.000Z;msgid=abc;account=bob :bob!~u@host PRIVMSG #lobby :hello",
    "@+draft/reply=xyz;+typing=active TAGMSG #lobby",
    "JOIN #a,#b,#c key1,key2",
    ":srv 353 bob = #lobby :@alice +carol dave erin frank",
    "MODE #lobby +ovb-k alice carol *!*@bad.example key",
    "PING :1234567890",
];

fn main() -> ExitCode {
    let workload = std::env::args().nth(1);
    match workload.as_deref() {
        Some("fanout") => fanout(),
        Some("dm") => dm(),
        Some("join") => join(),
        Some("parse") => parse(),
        Some(_) | None => {
            eprintln!("Usage: instructions fanout|dm|join|parse");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// Runs what is counted. Its name is known to `scripts/instructions`.
#[inline(never)]
fn measured(mut work: impl FnMut()) {
    work();
}

/// Creates a node, and people who are registered on it.
fn node(people: usize, channel: Option<&str>) -> (Node, Vec<Client>) {
    // Without limits of pace, as both settings are by default.
    let (chat, doors) = (Settings::default(), DoorSettings::default());
    let mut node = Node::with(1, chat, doors, Disk::default());
    let clients: Vec<Client> = (0..people)
        .map(|number| {
            let client = node.connect(0);
            let hello = format!("NICK n{number}\r\nUSER u 0 * :r\r\n");
            node.send(client, hello.as_bytes());
            if let Some(channel) = channel {
                node.send(client, format!("JOIN {channel}\r\n").as_bytes());
            }
            client
        })
        .collect();
    read_all(&mut node, &clients);
    (node, clients)
}

/// Takes all output, and returns its length.
fn read_all(node: &mut Node, clients: &[Client]) -> usize {
    clients
        .iter()
        .map(|&client| node.output(client).len())
        .sum()
}

fn fanout() {
    let (mut node, clients) = node(MEMBERS, Some("#room"));
    measured(|| {
        for number in 0..MESSAGES {
            let line = format!("PRIVMSG #room :message number {number} to everybody here\r\n");
            node.feed(clients[number % MEMBERS], line.as_bytes());
            if number % TOGETHER == 0 {
                node.run();
                black_box(read_all(&mut node, &clients));
            }
        }
        node.run();
    });
}

fn dm() {
    let (mut node, clients) = node(2 * PAIRS, None);
    measured(|| {
        for round in 0..ROUNDS {
            for pair in 0..PAIRS {
                let (one, other) = (2 * pair, 2 * pair + 1);
                for (from, to) in [(one, other), (other, one)] {
                    let line = format!("PRIVMSG n{to} :round {round}, to you alone\r\n");
                    node.feed(clients[from], line.as_bytes());
                }
            }
            node.run();
            black_box(read_all(&mut node, &clients));
        }
    });
}

fn join() {
    let (mut node, clients) = node(JOINS, None);
    measured(|| {
        for some in clients.chunks(TOGETHER) {
            for &client in some {
                node.feed(client, b"JOIN #room\r\n");
            }
            node.run();
            black_box(read_all(&mut node, &clients));
        }
    });
}

fn parse() {
    measured(|| {
        for _ in 0..PASSES {
            for line in LINES {
                black_box(Message::parse(black_box(line)).is_ok());
            }
        }
    });
}
