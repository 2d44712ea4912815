//! Random sessions against a reference model: everybody in a channel sees the same
//! messages in the same order, once; nobody else sees any.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

use std::collections::BTreeMap;

use parlour_core::{Body, Record, SNAPSHOT_VERSION};
use parlour_sim::{Client, Node, Random};

const CLIENTS: usize = 6;
const CHANNELS: [&str; 3] = ["#a", "#b", "#c"];
const SEEDS: u64 = 150;
/// Seeds that are run twice, to compare.
const SEEDS_TWICE: u64 = 15;
const STEPS: usize = 120;

/// What the model knows of one client: where it is, and what it has to have seen.
#[derive(Default)]
struct Seen {
    nick: String,
    client: Option<Client>,
    channels: Vec<&'static str>,
    expected: Vec<String>,
    got: Vec<String>,
    partial: Vec<u8>,
    /// All bytes that it got.
    bytes: Vec<u8>,
    plain: bool,
}

/// The messages of one client's output, as `channel text`.
fn read(node: &mut Node, seen: &mut Seen) {
    let Some(client) = seen.client else { return };
    let output = node.output(client);
    seen.bytes.extend(&output);
    seen.partial.extend(output);
    while let Some(end) = seen.partial.iter().position(|&b| b == b'\n') {
        let line: Vec<u8> = seen.partial.drain(..=end).collect();
        let line = String::from_utf8(line).unwrap();
        let line = line.trim_end();
        if seen.plain {
            // `nick: text`, or `[#room] nick: text`; lines of the system begin with `--`.
            if line.starts_with("--") || line.starts_with("Nickname") {
                continue;
            }
            let (room, rest) = match line.strip_prefix('[').and_then(|l| l.split_once("] ")) {
                Some((room, rest)) => (room.to_owned(), rest),
                None => ("#lobby".to_owned(), line),
            };
            let (_, text) = rest.split_once(": ").unwrap_or_else(|| panic!("{line}"));
            seen.got.push(format!("{room} {text}"));
        } else if let Some((_, said)) = line.split_once(" PRIVMSG ") {
            let (room, text) = said.split_once(" :").unwrap();
            seen.got.push(format!("{room} {text}"));
        }
    }
}

fn connect(node: &mut Node, random: &mut Random, index: usize, number: usize) -> Seen {
    let client = node.connect(index % 2);
    let nick = format!("n{index}x{number}");
    // Half of them hear their own words.
    let caps = if index.is_multiple_of(2) {
        "CAP REQ echo-message\r\n"
    } else {
        ""
    };
    let lines = format!("{caps}NICK {nick}\r\nUSER u 0 * :r\r\nCAP END\r\n");
    send(node, random, client, &lines);
    Seen {
        nick,
        client: Some(client),
        ..Seen::default()
    }
}

/// Sends lines in pieces of random size.
fn send(node: &mut Node, random: &mut Random, client: Client, text: &str) {
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(1 + random.below(rest.len().min(20)));
        node.feed(client, piece);
        if random.below(4) == 0 {
            node.run();
        }
        rest = after;
    }
    node.run();
}

/// All that came of a run: the bytes of each client, the records that were kept, and the state.
#[derive(PartialEq, Eq)]
struct Transcript {
    bytes: Vec<Vec<u8>>,
    records: Vec<Record>,
    /// Digest of the replica at the end.
    digest: [u8; 32],
}

impl Transcript {
    fn new(node: &Node, ended: Vec<Vec<u8>>, people: Vec<Seen>) -> Transcript {
        let mut bytes = ended;
        bytes.extend(people.into_iter().map(|person| person.bytes));
        Transcript {
            bytes,
            records: node.kept().to_vec(),
            digest: node.replica().digest(SNAPSHOT_VERSION).unwrap(),
        }
    }
}

/// One seed, each step done before the next: the model knows exactly who sees what.
fn one_by_one(seed: u64) -> Transcript {
    let mut random = Random::new(seed);
    let mut node = Node::new(2);
    let mut people: Vec<Seen> = (0..CLIENTS)
        .map(|i| connect(&mut node, &mut random, i, 0))
        .collect();
    let mut ended = Vec::new();
    for step in 0..STEPS {
        let index = random.below(CLIENTS);
        let channel = CHANNELS[random.below(CHANNELS.len())];
        let client = people[index].client.unwrap();
        let inside = people[index].channels.contains(&channel);
        match random.below(10) {
            0 | 1 if !inside => {
                send(
                    &mut node,
                    &mut random,
                    client,
                    &format!("JOIN {channel}\r\n"),
                );
                people[index].channels.push(channel);
            }
            2 => {
                send(
                    &mut node,
                    &mut random,
                    client,
                    &format!("PART {channel}\r\n"),
                );
                people[index].channels.retain(|c| *c != channel);
            }
            3 => {
                let nick = format!("n{index}y{step}");
                send(&mut node, &mut random, client, &format!("NICK {nick}\r\n"));
                people[index].nick = nick;
            }
            4 if random.below(4) == 0 => {
                read(&mut node, &mut people[index]);
                if random.below(2) == 0 {
                    send(&mut node, &mut random, client, "QUIT\r\n");
                    assert!(node.is_closed(client));
                } else {
                    node.lose(client);
                }
                assert_eq!(people[index].got, people[index].expected, "seed {seed}");
                let next = connect(&mut node, &mut random, index, step + 1);
                ended.push(std::mem::replace(&mut people[index], next).bytes);
            }
            _ => {
                let text = format!("s{step} by {}", people[index].nick);
                send(
                    &mut node,
                    &mut random,
                    client,
                    &format!("PRIVMSG {channel} :{text}\r\n"),
                );
                if inside {
                    for (other, person) in people.iter_mut().enumerate() {
                        let echo = other != index || other.is_multiple_of(2);
                        if echo && person.channels.contains(&channel) {
                            person.expected.push(format!("{channel} {text}"));
                        }
                    }
                }
            }
        }
    }
    for person in &mut people {
        read(&mut node, person);
        assert_eq!(person.got, person.expected, "seed {seed}, {}", person.nick);
    }
    Transcript::new(&node, ended, people)
}

/// The messages of each channel in the order in which they are kept.
fn kept(node: &Node) -> BTreeMap<String, Vec<String>> {
    let mut logs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for record in node.kept() {
        if let Record::Message(_, event) = record
            && let Body::Message {
                to: parlour_core::event::Addressee::Channel(place, _),
                text,
                ..
            } = &event.body
        {
            logs.entry(place.name.to_string())
                .or_default()
                .push(format!("{} {text}", place.name));
        }
    }
    logs
}

/// One seed, everything at once: shards and commits lag at random. What each client sees
/// of a channel is then a run of what is kept, without a gap, to the end.
fn at_once(seed: u64) -> Transcript {
    let mut random = Random::new(seed);
    let mut node = Node::new(2);
    let mut people: Vec<Seen> = (0..CLIENTS)
        .map(|i| connect(&mut node, &mut random, i, 0))
        .collect();
    let plain = node.connect(1);
    node.send(plain, b"plain\n");
    people.push(Seen {
        nick: "plain".into(),
        client: Some(plain),
        plain: true,
        ..Seen::default()
    });
    for person in &people[..CLIENTS] {
        node.feed(person.client.unwrap(), b"JOIN #lobby\r\n");
    }
    node.commits_at_once = false;
    node.run();
    for step in 0..STEPS {
        let index = random.below(people.len());
        let client = people[index].client.unwrap();
        let text = format!("s{step}");
        let line = if people[index].plain {
            format!("{text}\n")
        } else {
            format!("PRIVMSG #lobby :{text}\r\n")
        };
        // Here: what it said itself.
        people[index].expected.push(format!("#lobby {text}"));
        node.feed(client, line.as_bytes());
        match random.below(6) {
            0 => node.run(),
            1 => {
                // Nobody may have seen what is not kept.
                let before = kept(&node).remove("#lobby").unwrap_or_default().len();
                node.run();
                for person in &mut people {
                    read(&mut node, person);
                    assert!(
                        person.got.len() <= before,
                        "seed {seed}: seen before it was kept"
                    );
                }
                node.commit();
            }
            2 => {
                node.take_calls_of(random.below(2));
            }
            _ => {}
        }
    }
    node.commits_at_once = true;
    node.run();
    let all = kept(&node).remove("#lobby").unwrap();
    assert_eq!(all.len(), STEPS, "seed {seed}: something was not kept");
    for (index, person) in people.iter_mut().enumerate() {
        read(&mut node, person);
        let echoed = !person.plain && index.is_multiple_of(2);
        if echoed {
            assert_eq!(person.got, all, "seed {seed}, {}", person.nick);
        } else {
            // All but its own words, in the same order, once.
            let others: Vec<&String> = all
                .iter()
                .filter(|kept| !person.expected.contains(kept))
                .collect();
            assert_eq!(
                person.got.iter().collect::<Vec<_>>(),
                others,
                "seed {seed}, {}",
                person.nick
            );
        }
    }
    Transcript::new(&node, Vec::new(), people)
}

#[test]
fn everybody_sees_the_same_and_nobody_else_sees_any() {
    for seed in 0..SEEDS {
        one_by_one(seed);
    }
}

#[test]
fn order_and_keeping_hold_under_any_lag() {
    for seed in 0..SEEDS {
        at_once(seed);
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_records() {
    for run in [one_by_one, at_once] {
        let mut before: Option<Transcript> = None;
        for seed in 0..SEEDS_TWICE {
            let first = run(seed);
            assert!(first == run(seed), "seed {seed} went two ways");
            // Runs that are all alike would prove nothing.
            assert!(before.is_none_or(|other| other != first), "seed {seed}");
            before = Some(first);
        }
    }
}
