//! One connection that asks for as much as it can.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use parlour_core::Settings;
use parlour_doors::irc::verbs::VERBS;
use parlour_doors::{DoorSettings, Pace};
use parlour_sim::{Disk, Node};
use support::{irc, text};

/// A node where one may say five things at once, and then one a second.
fn paced() -> Node {
    let settings = DoorSettings {
        pace: Some(Pace {
            burst: 5,
            per_second: 1,
        }),
        ..DoorSettings::default()
    };
    Node::with(1, Settings::default(), settings, Disk::default())
}

/// The cheapest thing costs a fiftieth of a message.
const MOST_AT_ONCE: usize = 5 * 50 + 50;

#[test]
fn no_verb_is_free() {
    for verb in VERBS {
        let mut node = paced();
        let flood = irc(&mut node, "flood");
        node.wait(60_000);
        text(&mut node, flood);
        let before = node.calls_taken();
        // As its own words, as one that means a room, and as one that means nobody.
        for words in ["", " #lobby +b x!*@*", " nobody x y z", " * LIST"] {
            let line = format!("{}{words}\r\n", verb.name);
            node.send(flood, line.repeat(2_000).as_bytes());
        }
        let asked = node.calls_taken() - before;
        assert!(
            asked <= MOST_AT_ONCE,
            "{} was done {asked} times at once",
            verb.name
        );
    }
}

#[test]
fn what_a_room_hears_of_one_person_is_paced_whatever_it_is() {
    let floods = [
        ("JOIN and PART", "JOIN #a\r\nPART #a\r\n"),
        ("MODE", "MODE #flood +m\r\nMODE #flood -m\r\n"),
        ("AWAY", "AWAY :x\r\nAWAY\r\n"),
        ("SETNAME", "SETNAME a\r\nSETNAME b\r\n"),
        ("NICK", "NICK flood1\r\nNICK flood2\r\n"),
        (
            "METADATA",
            "METADATA * SET url x\r\nMETADATA * SET url y\r\n",
        ),
        ("TOPIC", "TOPIC #flood a\r\nTOPIC #flood b\r\n"),
        (
            "RENAME",
            "RENAME #flood #flood1\r\nRENAME #flood1 #flood\r\n",
        ),
        ("KICK", "KICK #flood eve\r\n"),
    ];
    for (name, flood) in floods {
        let mut node = paced();
        let caps = "away-notify setname draft/metadata-3 batch standard-replies";
        let (eve, bob) = (
            support::capable(&mut node, "eve", caps),
            irc(&mut node, "flood"),
        );
        node.send(bob, b"JOIN #flood\r\nJOIN #a\r\n");
        node.send(eve, b"JOIN #flood\r\nJOIN #a\r\nMETADATA * SUB url\r\n");
        node.wait(60_000);
        text(&mut node, eve);
        node.send(bob, flood.repeat(2_000).as_bytes());
        let heard = text(&mut node, eve).lines().count();
        // A RENAME is a PART and a JOIN with topic and names, twice at most.
        assert!((1..=20).contains(&heard), "{name}: {heard} lines at once");
        let before = heard;
        for _ in 0..10 {
            node.wait(1_000);
            node.send(eve, b"PONG srv\r\n");
        }
        let heard = text(&mut node, eve).lines().count();
        assert!(heard <= 20 + before, "{name}: {heard} lines in 10 s");
    }
}

#[test]
fn whoever_leaves_is_not_held_back() {
    let mut node = paced();
    let (eve, bob) = (irc(&mut node, "eve"), irc(&mut node, "bob"));
    text(&mut node, eve);
    node.send(bob, b"PRIVMSG #lobby :1\r\nPRIVMSG #lobby :2\r\nQUIT\r\n");
    assert!(text(&mut node, eve).contains("QUIT"));
}
