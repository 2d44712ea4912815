//! Three NATS servers, three nodes and clients of every door, while processes are killed and paused, and cut off from
//! each other, at random. Afterwards what was acknowledged is on every node once, in one order; what was refused is
//! nowhere; and nobody has seen two owners of one nick.
//!
//! `scripts/test-cluster SECONDS SEED` runs it for longer, each on a host of its own where the machine lets it.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod cables;
mod faults;
mod hosts;
mod lines;
mod network;
mod processes;
mod readers;
mod roster;
#[path = "../support/mod.rs"]
mod support;
mod talkers;

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use faults::Faults;
use network::COUNT;
use processes::Processes;
use readers::Reader;
use support::{Wire, admin, eventually, eventually_within, http};
use talkers::{Door, Notes, PASSWORD, Talkers};

/// Time in which all is well again after the last fault: the NATS servers may elect a leader first.
const RECOVERY: Duration = Duration::from_secs(60);

/// Returns a number that `scripts/test-cluster` has given.
fn given(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap())
}

/// Waits until something holds.
fn within(what: &str, all: &mut Processes, mut holds: impl FnMut(&[SocketAddr]) -> bool) {
    eventually_within(RECOVERY, what, || {
        // A node that cannot start says so and ends: whatever runs it starts it again.
        all.nodes.iter_mut().for_each(|node| {
            node.runs();
            node.start();
        });
        holds(&all.doors).then_some(()).ok_or("not yet".into())
    });
}

fn is_ready(door: SocketAddr) -> bool {
    let answer = http::try_ask(door, "GET /readyz", &[], b"");
    answer.is_ok_and(|answer| answer.status == 200)
}

fn all_ready(doors: &[SocketAddr]) -> bool {
    doors.iter().all(|door| is_ready(*door))
}

/// Makes a hook and accounts, and starts a talker of each door on each node.
fn start_talkers(all: &Processes) -> Talkers {
    let row = admin(&all.data(0), &["hook", "add", "ci", "#lobby"]).unwrap();
    let row: serde_json::Value = serde_json::from_str(&row).unwrap();
    let token = row["token"].as_str().unwrap();
    let mut talkers = Talkers::default();
    for node in 0..COUNT {
        let account = format!("account{node}");
        let mut wire = Wire::new(TcpStream::connect(all.doors[node]).unwrap());
        wire.send(&format!(
            "NICK {account}\r\nUSER u 0 * :r\r\nREGISTER * * {PASSWORD}\r\n"
        ));
        wire.until("REGISTER SUCCESS");
        let mut nodes = all.doors.clone();
        nodes.rotate_left(node);
        let doors = [
            (format!("plain{node}"), Door::Plain),
            (format!("irc{node}"), Door::Irc),
            (account, Door::Account),
            (format!("web{node}"), Door::WebSocket),
            (format!("hook{node}"), Door::Hook(token.to_owned())),
        ];
        for (name, door) in doors {
            talkers.start(name, door, nodes.clone());
        }
    }
    talkers
}

/// Checks what every node has against what the talkers were told.
fn check(doors: &[SocketAddr], notes: &[Notes]) {
    let wrong: Vec<&String> = notes.iter().flat_map(|notes| &notes.wrong).collect();
    assert!(wrong.is_empty(), "a nick had two owners: {wrong:?}");
    let histories = doors.iter().map(|door| {
        eventually("the history", || {
            let read = Reader::connect(*door).and_then(|mut reader| reader.history());
            read.map_err(|error| error.to_string())
        })
    });
    let histories: Vec<Vec<String>> = histories.collect();
    for (node, history) in histories.iter().enumerate() {
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for text in history {
            *times.entry(text).or_default() += 1;
        }
        let twice: Vec<_> = times.iter().filter(|(_, times)| **times > 1).collect();
        assert!(twice.is_empty(), "on node {node} more than once: {twice:?}");
        let lacking = notes
            .iter()
            .flat_map(|notes| &notes.acknowledged)
            .filter(|text| !times.contains_key(text.as_str()));
        let lacking: Vec<_> = lacking.collect();
        assert!(
            lacking.is_empty(),
            "acknowledged and not on node {node}: {lacking:?}"
        );
        let refused = notes
            .iter()
            .flat_map(|notes| &notes.refused)
            .filter(|text| times.contains_key(text.as_str()));
        let refused: Vec<_> = refused.collect();
        assert!(
            refused.is_empty(),
            "refused, and on node {node} all the same: {refused:?}"
        );
        assert!(
            *history == histories[0],
            "node {node} has another order than node 0"
        );
    }
}

#[test]
fn what_was_acknowledged_is_on_every_node_once_whatever_fails() {
    let (seconds, seed) = (given("SECONDS_OF_FAULTS", 20), given("SEED", 1));
    let grace = 3;
    let mut all = Processes::start(grace);
    within("the nodes do not start", &mut all, all_ready);
    let talkers = start_talkers(&all);
    let mut faults = Faults::new(seed);
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        println!("{}", faults.next(&mut all));
        // Faults last for a while: that is what they are.
        std::thread::park_timeout(faults.pause());
    }
    all.mend();
    within("the nodes do not serve again", &mut all, all_ready);
    // None of them can say nothing any more.
    for (name, before) in talkers.counts() {
        within(
            &format!("{name} can say nothing any more"),
            &mut all,
            |_| {
                talkers
                    .counts()
                    .iter()
                    .any(|(other, count)| *other == name && *count > before)
            },
        );
    }
    println!("{:?}", talkers.counts());
    let notes = talkers.end();
    let sum = |of: fn(&Notes) -> usize| notes.iter().map(of).sum::<usize>();
    println!(
        "{} acknowledged, {} refused",
        sum(|notes| notes.acknowledged.len()),
        sum(|notes| notes.refused.len())
    );
    eventually("one list of names", || {
        let readers = all.doors.iter().map(|door| Reader::connect(*door));
        let readers: Vec<Reader> = readers
            .collect::<std::io::Result<_>>()
            .map_err(|error| error.to_string())?;
        let lists: Vec<_> = readers.into_iter().map(|reader| reader.names).collect();
        let same = lists.iter().all(|list| *list == lists[0]);
        same.then_some(()).ok_or(format!("{lists:?}"))
    });
    check(&all.doors, &notes);
    let logs = all.logs();
    for word in ["this node stops", "panicked"] {
        assert!(!logs.contains(word), "{word}: {logs}");
    }
    for node in 0..COUNT {
        let rows = admin(&all.data(node), &["cluster"]).unwrap();
        assert_eq!(rows.matches("\"live\"").count(), COUNT, "{rows}");
    }
}
