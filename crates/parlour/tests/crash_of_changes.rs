//! kill -9 in the middle of changes of every kind that is kept: what was acknowledged is there, and
//! nothing is half done.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use std::collections::BTreeSet;
use std::process::Command;

use support::{PARLOUR, Server, Wire, admin};

const CRASHES: usize = 10;
/// Channels of one round, each with one change of each kind.
const STEPS: usize = 12;
/// A moment that has been read up to.
const READ: &str = "timestamp=2026-01-02T03:04:05.678Z";
const CONFIGURATION: &str = "[[listen]]\naddress = \"127.0.0.1:0\"\n\
    [[oper]]\nname = \"op\"\npassword = \"secret\"\n";

/// Kinds of changes: what is sent, and what acknowledges it. `@` is the step's own name.
const KINDS: &[(&str, &str)] = &[
    ("TOPIC #@ :about @", " TOPIC #@ :about @\r\n"),
    ("MODE #@ +b @!*@*", " MODE #@ +b @!*@*\r\n"),
    ("CS REGISTER #@", ":#@ is your account's now\r\n"),
    (
        "UBAN ADD @!*@* 1d why @",
        "UBAN DONE :@!*@* is banned until ",
    ),
    ("NS SAREGISTER @ open-sesame", ":Account @ created\r\n"),
    (
        "MARKREAD #@ timestamp=2026-01-02T03:04:05.678Z",
        " MARKREAD #@ timestamp=2026-01-02T03:04:05.678Z\r\n",
    ),
    ("PRIVMSG #@ :words of @", " PRIVMSG #@ :words of @\r\n"),
    ("METADATA #@ SET url :about:@", " 761 chief #@ url "),
];

fn filled(pattern: &str, name: &str) -> String {
    // Masks have an @ of their own.
    pattern
        .replace("!*@*", "!*%*")
        .replace('@', name)
        .replace('%', "@")
}

/// Comes back as the user who stays, and as an operator; the channels that they are in.
fn log_in(server: &Server) -> (Wire, BTreeSet<String>) {
    let mut wire = server.connect();
    // chief, open-sesame
    wire.send(
        "CAP REQ :sasl batch echo-message draft/read-marker draft/metadata-3 draft/chathistory\r\n\
         AUTHENTICATE PLAIN\r\nAUTHENTICATE AGNoaWVmAG9wZW4tc2VzYW1l\r\nNICK chief\r\nUSER r 0 * :r\r\nCAP END\r\n",
    );
    let mut seen = wire.until(" 422 chief ");
    wire.send("OPER op secret\r\nPING there\r\n");
    seen.push_str(&wire.until(" PONG "));
    let joined = seen.lines().filter_map(|line| line.split_once(" JOIN #"));
    let joined = joined.map(|(_, channel)| channel.to_owned());
    (wire, joined.collect())
}

/// What is acknowledged of a round, by kind and step.
type Done = Vec<(usize, String)>;

/// Asks for everything at once, and crashes when so much is acknowledged; what was.
fn crash_after(server: Server, wire: &mut Wire, round: usize, acknowledged: usize) -> Done {
    let names: Vec<String> = (0..STEPS).map(|step| format!("r{round}s{step}")).collect();
    let mut all = String::new();
    for name in &names {
        all.push_str(&format!("JOIN #{name}\r\n"));
        for (change, _) in KINDS {
            all.push_str(&filled(change, name));
            all.push_str("\r\n");
        }
    }
    wire.send(&all);
    let wanted: Vec<(usize, &String, String)> = names
        .iter()
        .flat_map(|name| {
            let kinds = KINDS.iter().enumerate();
            kinds.map(move |(kind, (_, sign))| (kind, name, filled(sign, name)))
        })
        .collect();
    let mut seen = String::new();
    loop {
        seen.push_str(&wire.until("\r\n"));
        let done = wanted.iter().filter(|(_, _, sign)| seen.contains(sign));
        let done: Done = done
            .map(|(kind, name, _)| (*kind, (*name).clone()))
            .collect();
        if done.len() >= acknowledged {
            server.crash();
            return done;
        }
    }
}

#[test]
fn every_kind_of_change_that_was_acknowledged_survives() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::configured(data.path(), CONFIGURATION);
    let mut wire = server.irc("chief");
    wire.send("REGISTER * * open-sesame\r\nNS SET ALWAYS-ON on\r\nPART #lobby\r\n");
    wire.until("You stay here from now on");
    wire.until(" PART #lobby");
    server.crash();
    let mut done: Done = Vec::new();
    for round in 0..CRASHES {
        let server = Server::configured(data.path(), CONFIGURATION);
        let (mut wire, _) = log_in(&server);
        // Somewhere else in the order in each round.
        let acknowledged = 1 + round * (STEPS * KINDS.len() - 8) / CRASHES;
        done.extend(crash_after(server, &mut wire, round, acknowledged));
    }
    let server = Server::configured(data.path(), CONFIGURATION);
    let (mut wire, joined) = log_in(&server);
    let (channels, bans, accounts) = (
        admin(data.path(), &["channel", "list"]).unwrap(),
        admin(data.path(), &["ban", "list"]).unwrap(),
        admin(data.path(), &["account", "list"]).unwrap(),
    );
    assert!(done.len() > 200, "hardly anything was done: {}", done.len());
    for (kind, name) in &done {
        assert!(joined.contains(name), "who stays is not in #{name}");
        let channel = channels
            .lines()
            .find(|row| row.contains(&format!("\"#{name}\"")));
        let channel = channel.unwrap_or_else(|| panic!("there is no #{name}"));
        let mut ask = |line: String, end: &str| {
            wire.send(&line);
            wire.until(end)
        };
        let (change, _) = KINDS[*kind];
        let there = match *kind {
            0 => channel.contains(&format!("\"about {name}\"")),
            1 => ask(format!("MODE #{name} b\r\n"), " 368 ").contains(&format!(" {name}!*@* ")),
            2 => channel.contains("\"founder\":\"chief\""),
            3 => {
                bans.contains(&format!("\"{name}!*@*\"")) && bans.contains(&format!("why {name}\""))
            }
            4 => accounts.contains(&format!("\"name\":\"{name}\"")),
            5 => {
                ask(
                    format!("MARKREAD #{name}\r\n"),
                    &format!(" MARKREAD #{name} "),
                )
                .is_empty()
                    || wire.until("\r\n").contains(READ)
            }
            6 => ask(format!("CHATHISTORY LATEST #{name} * 5\r\n"), " BATCH -")
                .contains(&format!(":words of {name}\r\n")),
            _ => ask(format!("METADATA #{name} GET url\r\n"), "about:").contains(" 761 "),
        };
        assert!(there, "{change} of {name} was acknowledged, and is gone");
    }
    // Nothing is half done, and an account that is there can be logged into.
    drop(server);
    let mut check = Command::new(PARLOUR);
    let check = check
        .args(["admin", "check"])
        .arg(data.path())
        .output()
        .unwrap();
    assert!(check.status.success(), "{check:?}");
    let server = Server::configured(data.path(), CONFIGURATION);
    let mut guest = server.irc("guest");
    let made = done.iter().rev().find(|(kind, _)| *kind == 4).unwrap();
    guest.send(&format!("NS IDENTIFY {} open-sesame\r\n", made.1));
    guest.until("You're now logged in as");
}
