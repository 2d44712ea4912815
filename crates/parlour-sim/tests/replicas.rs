//! The replica is made by the journal alone: whoever applies the same entries, from wherever they
//! begin, holds the same state.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

use parlour_core::settings::OperBlock;
use parlour_core::state::PRIVILEGES;
use parlour_core::{Entry, Replica, SNAPSHOT_VERSION, Secret, Settings};
use parlour_doors::DoorSettings;
use parlour_sim::{Client, Disk, Node, Random};

const SEEDS: u64 = 40;
const STEPS: usize = 150;
const CLIENTS: usize = 5;

fn settings() -> Settings {
    let mut settings = Settings::default();
    settings.accounts.password_min = 3;
    settings.opers.push(OperBlock {
        name: "chief".into(),
        password: Secret::new("secret"),
        class: "all".into(),
        privileges: PRIVILEGES.iter().map(|(_, privilege)| *privilege).collect(),
        from: Vec::new(),
        host: None,
    });
    settings
}

/// A line of one of the verbs that change something, with random parameters.
fn line(random: &mut Random, step: usize) -> String {
    let nick = format!("n{}", random.below(CLIENTS + 2));
    let channel = ["#a", "#b", "#c"][random.below(3)];
    let sign = ["+", "-"][random.below(2)];
    let flag = ["i", "m", "s", "t", "n", "M", "R", "u"][random.below(8)];
    let rank = ["o", "v", "h"][random.below(3)];
    let list = ["b", "e", "I"][random.below(3)];
    match random.below(34) {
        0..=4 => format!("JOIN {channel}"),
        5 => format!("PART {channel} :bye"),
        6..=8 => format!("PRIVMSG {channel} :s{step}"),
        9 => format!("PRIVMSG {nick} :s{step}"),
        10 => format!("NOTICE @{channel} :s{step}"),
        11 => format!("TOPIC {channel} :topic {step}"),
        12 | 13 => format!("MODE {channel} {sign}{flag}"),
        14 | 15 => format!("MODE {channel} {sign}{rank} {nick}"),
        16 | 17 => format!("MODE {channel} {sign}{list} {nick}!*@*"),
        18 => format!("MODE {channel} {sign}kl key 9"),
        19 => format!("KICK {channel} {nick} :out"),
        20 => format!("INVITE {nick} {channel}"),
        21 => format!("NICK {nick}"),
        22 => format!("AWAY :gone {step}"),
        23 => "AWAY".to_owned(),
        24 => format!("SETNAME :name {step}"),
        25 => format!("METADATA * SET url :u{step}"),
        26 => format!("METADATA {channel} SET url :u{step}"),
        27 => format!("RENAME {channel} #r{} :why", random.below(3)),
        28 => format!("MARKREAD {channel} timestamp=2026-11-22T12:00:00.000Z"),
        29 => format!("CS REGISTER {channel}"),
        30 => format!("CS ACCESS {channel} {nick} +o"),
        31 => "OPER chief secret".to_owned(),
        32 => format!("UBAN MUTE {nick}!*@* 1m loud"),
        _ => format!("MONITOR + {nick}"),
    }
}

const CAPS: &str = "CAP REQ :draft/metadata-2 draft/channel-rename draft/read-marker setname";

fn connect(node: &mut Node, number: usize) -> Client {
    let client = node.connect(number % 2);
    let text = format!("{CAPS}\r\nNICK n{number}\r\nUSER u 0 * :r\r\nCAP END\r\n");
    node.send(client, text.as_bytes());
    client
}

/// The state at one place of the journal.
struct Snapshot {
    /// How many entries it holds.
    entries: usize,
    bytes: Vec<u8>,
}

/// Runs random sessions, with a journal that lags and delivers again; returns what each replica
/// has to be rebuilt from.
fn run(seed: u64) -> (Node, Replica, Vec<Snapshot>) {
    let mut random = Random::new(seed);
    let mut node = Node::with(2, settings(), DoorSettings::default(), Disk::default());
    let first = node.replica().clone();
    let mut snapshots = Vec::new();
    let mut clients: Vec<Client> = (0..CLIENTS).map(|n| connect(&mut node, n)).collect();
    for (number, client) in clients.iter().take(2).enumerate() {
        node.log_in(*client, Some(&format!("n{number}")));
        node.send(*client, b"NS SET ALWAYS-ON on\r\n");
    }
    for step in 0..STEPS {
        let number = random.below(CLIENTS);
        match random.below(24) {
            0 => {
                node.lose(clients[number]);
                clients[number] = connect(&mut node, number);
            }
            1 => node.places_at_once(false),
            2 | 3 => node.places_at_once(true),
            4 => {
                let entries = node.entries().len();
                let bytes = node.replica().encode(SNAPSHOT_VERSION).unwrap();
                snapshots.push(Snapshot { entries, bytes });
            }
            // An entry that was applied comes once more.
            5 => {
                let before = node.replica().clone();
                let known = node.entries().len();
                let again = random.below(known);
                let entry: Entry = node.entries()[again].clone();
                node.deliver(entry);
                assert!(*node.replica() == before, "seed {seed}, step {step}");
            }
            6 => node.wait(20_000),
            7 => {
                let mut other = settings();
                other.limits.channels_per_user = 2 + random.below(5);
                other.accounts.always_on = random.below(2) == 0;
                node.reloaded = Some((other, DoorSettings::default()));
                node.send(clients[number], b"OPER chief secret\r\nREHASH\r\n");
            }
            _ => {
                let text = line(&mut random, step) + "\r\n";
                node.send(clients[number], text.as_bytes());
                if random.below(3) == 0 {
                    node.place();
                }
            }
        }
    }
    node.places_at_once(true);
    node.run();
    (node, first, snapshots)
}

/// Applies entries to a replica, as another node would, and compares it with the one that was
/// there when they happened.
fn compare(node: &Node, mut replica: Replica, from: usize, what: &str) {
    for entry in &node.entries()[from..] {
        assert!(replica.catch_up(entry.clone()), "{what}: {entry:?}");
    }
    assert!(replica == *node.replica(), "{what}");
    assert_eq!(
        replica.digest(SNAPSHOT_VERSION).unwrap(),
        node.replica().digest(SNAPSHOT_VERSION).unwrap(),
        "{what}"
    );
}

#[test]
fn the_whole_journal_gives_the_same_replica() {
    for seed in 0..SEEDS {
        let (node, first, _) = run(seed);
        assert!(node.entries().len() > STEPS / 4, "seed {seed}");
        compare(&node, first, 0, &format!("seed {seed}"));
    }
}

#[test]
fn a_snapshot_and_the_rest_give_the_same_replica() {
    let mut compared = 0;
    for seed in 0..SEEDS {
        let (node, _, snapshots) = run(seed);
        for Snapshot { entries, bytes } in snapshots {
            let replica = Replica::decode(&bytes).unwrap();
            compare(
                &node,
                replica,
                entries,
                &format!("seed {seed} after {entries}"),
            );
            compared += 1;
        }
    }
    assert!(compared > SEEDS);
}

#[test]
fn replicas_that_differ_have_other_digests_and_broken_snapshots_are_refused() {
    let (node, first, _) = run(1);
    assert_ne!(
        first.digest(SNAPSHOT_VERSION).unwrap(),
        node.replica().digest(SNAPSHOT_VERSION).unwrap()
    );
    let bytes = node.replica().encode(SNAPSHOT_VERSION).unwrap();
    for cut in [0, 1, 2, bytes.len() / 2, bytes.len() - 1] {
        assert!(Replica::decode(&bytes[..cut]).is_err(), "{cut}");
    }
    let mut other = bytes;
    other[0] = other[0].wrapping_add(1);
    assert!(Replica::decode(&other).is_err());
}
