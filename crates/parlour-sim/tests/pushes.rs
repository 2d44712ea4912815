//! Whom push messages are due for, on a virtual clock.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use parlour_core::{Record, Settings};
use parlour_doors::DoorSettings;
use parlour_doors::settings::PushSettings;
use parlour_sim::{Client, Disk, Node};
use support::{capable, irc};

const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;

fn node() -> Node {
    let settings = DoorSettings {
        push: Some(PushSettings::new("key".into(), |_, _, _| true)),
        ..DoorSettings::default()
    };
    let mut chat = Settings::default();
    chat.accounts.password_min = 1;
    Node::with(1, chat, settings, Disk::default())
}

/// A user with an account.
fn bob(node: &mut Node) -> Client {
    let bob = capable(node, "bob", "draft/webpush");
    node.log_in(bob, Some("bob"));
    bob
}

fn register(node: &mut Node, bob: Client, device: u32) {
    let line = format!("WEBPUSH REGISTER https://push.org/{device} p256dh=k;auth=a\r\n");
    node.send(bob, line.as_bytes());
    let answer = support::text(node, bob);
    assert!(answer.contains("WEBPUSH REGISTER"), "{answer}");
}

/// The devices that are told of the last message that was kept.
fn told(node: &Node) -> Vec<String> {
    let message = node.kept().iter().rev().find_map(|record| match record {
        Record::Message(_, event) => Some(event),
        _ => None,
    });
    let due = node.replica().pushes_for(message.unwrap());
    let devices = due.into_iter().flat_map(|due| due.devices);
    devices.map(|device| device.endpoint.to_string()).collect()
}

/// Keeps a connection from being taken for dead over a long time.
fn wait(node: &mut Node, clients: &[Client], ms: u64) {
    let mut left = ms;
    while left > 0 {
        let step = left.min(MINUTE);
        node.wait(step);
        for &client in clients {
            node.send(client, b"PONG x\r\n");
            node.output(client);
        }
        left -= step;
    }
}

#[test]
fn a_device_that_is_not_renewed_is_told_nothing_after_thirty_days() {
    let mut node = node();
    let bob = bob(&mut node);
    register(&mut node, bob, 1);
    node.send(bob, b"AWAY :out\r\n");
    let ann = irc(&mut node, "ann");
    // The wall clock alone counts: nobody is connected for so long.
    node.set_clock(29 * DAY as i64);
    node.send(ann, b"PRIVMSG bob :still there?\r\n");
    assert_eq!(told(&node), ["https://push.org/1"]);
    register(&mut node, bob, 2);
    node.set_clock(2 * DAY as i64);
    node.send(ann, b"PRIVMSG bob :and now?\r\n");
    assert_eq!(told(&node), ["https://push.org/2"]);
    register(&mut node, bob, 1);
    node.send(ann, b"PRIVMSG bob :renewed\r\n");
    assert_eq!(told(&node).len(), 2);
}

#[test]
fn of_more_than_ten_devices_the_one_renewed_longest_ago_goes() {
    let mut node = node();
    let bob = bob(&mut node);
    for device in 0..10 {
        register(&mut node, bob, device);
        node.set_clock(1_000);
    }
    // Renewed, so that it is not the oldest any more.
    register(&mut node, bob, 0);
    node.set_clock(1_000);
    register(&mut node, bob, 10);
    node.send(bob, b"AWAY :out\r\n");
    let ann = irc(&mut node, "ann");
    node.send(ann, b"PRIVMSG bob :to all\r\n");
    let mut devices = told(&node);
    devices.sort();
    let mut wanted: Vec<String> = (0..=10)
        .filter(|device| *device != 1)
        .map(|device| format!("https://push.org/{device}"))
        .collect();
    wanted.sort();
    assert_eq!(devices, wanted);
    let gone = |record: &Record| matches!(record, Record::PushGone(name) if **name == *"https://push.org/1");
    assert!(node.kept().iter().any(gone));
}

#[test]
fn who_has_said_something_lately_is_not_told() {
    let mut node = node();
    let bob = bob(&mut node);
    register(&mut node, bob, 1);
    let ann = irc(&mut node, "ann");
    node.send(bob, b"PRIVMSG #lobby :here\r\n");
    node.send(ann, b"PRIVMSG #lobby :bob, look\r\n");
    assert!(told(&node).is_empty());
    wait(&mut node, &[ann, bob], 6 * MINUTE);
    node.send(ann, b"PRIVMSG #lobby :bob, look again\r\n");
    assert_eq!(told(&node), ["https://push.org/1"]);
    node.send(bob, b"PRIVMSG #lobby :back\r\n");
    node.send(ann, b"PRIVMSG #lobby :bob, good\r\n");
    assert!(told(&node).is_empty());
    // Away is away, whatever was said before.
    node.send(bob, b"AWAY :out\r\n");
    node.send(ann, b"PRIVMSG #lobby :bob, where are you?\r\n");
    assert_eq!(told(&node), ["https://push.org/1"]);
    // What names nobody, one's own words, what only operators hear, and what is no message at all.
    for line in [
        "PRIVMSG #lobby :nobody in particular",
        "PRIVMSG bob :\u{1}VERSION\u{1}",
        "PRIVMSG @#lobby :bob and other operators",
    ] {
        node.send(ann, format!("{line}\r\n").as_bytes());
        assert!(told(&node).is_empty(), "{line}");
    }
    node.send(bob, b"PRIVMSG bob :note to bob\r\n");
    assert!(told(&node).is_empty());
}
