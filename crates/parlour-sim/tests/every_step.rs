//! End of the process, or of the power, after each single change of the disk: at every step of append,
//! application, checkpoint and deletion of segments.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use parlour_core::Settings;
use parlour_doors::DoorSettings;
use parlour_sim::{Disk, Node, Random};
use support::{capable, text};

/// Messages that are sent; their text is long, so that they fill several segments of the journal.
const MESSAGES: usize = 45;
/// Seeds of a power loss: what was not synced may be there or not.
const POWER_LOSSES: u64 = 2;

/// Returns a message.
fn message(number: usize) -> String {
    format!("m{number:02} {}", "x".repeat(400))
}

/// Starts a node, and returns it with what its sender was acknowledged until the disk stopped.
fn talk(disk: Disk, stops_in: Option<u64>) -> (Node, Vec<String>) {
    let mut node = start(disk);
    let sender = capable(&mut node, "sender", "echo-message");
    text(&mut node, sender);
    if let Some(changes) = stops_in {
        node.disk().stop_in(changes);
    }
    let mut acknowledged = Vec::new();
    for number in 0..MESSAGES {
        let said = message(number);
        node.send(sender, format!("PRIVMSG #lobby :{said}\r\n").as_bytes());
        if text(&mut node, sender).contains(&said) {
            acknowledged.push(said);
        }
    }
    (node, acknowledged)
}

fn start(disk: Disk) -> Node {
    Node::with(1, Settings::default(), DoorSettings::default(), disk)
}

/// Returns the messages that a node finds in its history, in their order.
fn found(node: &mut Node) -> Vec<String> {
    let caps = "batch draft/chathistory message-tags";
    let reader = capable(node, "reader", caps);
    text(node, reader);
    node.send(reader, b"CHATHISTORY LATEST #lobby * 100\r\n");
    let history = text(node, reader);
    let lines = history.lines().filter_map(|line| {
        let (_, said) = line.split_once("PRIVMSG #lobby :")?;
        Some(said.to_owned())
    });
    lines.collect()
}

/// Checks that a disk holds what was acknowledged, once and in order, and can be used further.
fn check(disk: Disk, acknowledged: &[String], when: &str) {
    disk.mend();
    let mut node = start(disk);
    let kept = found(&mut node);
    let numbered: Vec<String> = (0..kept.len()).map(message).collect();
    assert_eq!(kept, numbered, "{when}");
    assert!(kept.len() >= acknowledged.len(), "{when}");
    let other = capable(&mut node, "other", "echo-message");
    text(&mut node, other);
    node.send(other, b"PRIVMSG #lobby :goes on\r\n");
    assert!(text(&mut node, other).contains("goes on"), "{when}");
}

#[test]
fn what_was_acknowledged_is_kept_whatever_step_was_the_last() {
    let before = talk(Disk::default(), Some(0)).0.disk().changes();
    let (node, acknowledged) = talk(Disk::default(), None);
    assert_eq!(acknowledged.len(), MESSAGES);
    let steps = node.disk().changes() - before;
    let (mut partly, mut random) = (0, Random::new(7));
    for step in 0..steps {
        let (node, acknowledged) = talk(Disk::default(), Some(step));
        partly += usize::from((1..MESSAGES).contains(&acknowledged.len()));
        let disk = node.kill();
        for loss in 0..POWER_LOSSES {
            let lost = disk.copy();
            lost.lose_power(&mut random);
            let when = format!("power lost after step {step} of {steps}, {loss}");
            check(lost, &acknowledged, &when);
        }
        check(
            disk,
            &acknowledged,
            &format!("killed after step {step} of {steps}"),
        );
    }
    assert!(partly > MESSAGES, "{partly} of {steps} steps");
}
