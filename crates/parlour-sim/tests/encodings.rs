//! Encodings of what is in the stream: a version that nodes write is never changed, since older nodes read it.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

use parlour_cluster::{Batch, Epoch, Message, Unreadable, Version};
use parlour_core::request::{AwayState, MessageKind, Registration, SendMessage, Target};
use parlour_core::state::ResumeKey;
use parlour_core::{Actor, CallId, Cause, Change, MsgId, NodeId, Proposal, SessionId, UserId};

/// Returns a batch with one change.
fn batch(change: Change) -> Message {
    Message::Batch(Batch {
        node: NodeId(2),
        epoch: Epoch(300),
        number: 7,
        proposals: vec![Proposal {
            node: NodeId(2),
            actor: Actor::User(UserId(9)),
            origin: Cause {
                session: SessionId(0x0200_0000_0000_0001),
                call: CallId(5),
            },
            done: true,
            change,
        }],
    })
}

fn registration() -> Box<Registration> {
    Box::new(Registration {
        nick: "ann".into(),
        user: "a".into(),
        host: "h".into(),
        address: "192.0.2.1".into(),
        realname: "Ann".into(),
        secure: true,
        password: None,
        attendance: AwayState::Present,
        metadata: Vec::new(),
        reads_metadata: false,
        keys: Vec::new(),
    })
}

fn hello() -> SendMessage {
    SendMessage {
        kind: MessageKind::Message,
        target: Target::Channel("#a".into(), None),
        text: "hello".into(),
        splits: None,
        tags: "".into(),
        kept: true,
        ctcp: false,
        outside: false,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Checks the bytes of a message behind its head, whose version is checked as well, and that it comes back.
fn check(message: &Message, version: Version, body: &str) {
    let bytes = message.encode(version).unwrap();
    assert_eq!(bytes[4..6], version.0.to_le_bytes());
    assert_eq!(hex(&bytes[10..]), body, "{message:?}");
    assert_eq!(Message::decode(&bytes, version), Ok(message.clone()));
}

#[test]
fn version_1_is_as_it_was() {
    let join = Message::Join {
        name: "one".into(),
        last: MsgId(1_000),
        nonce: 77,
    };
    let by = (NodeId(1), Epoch(3));
    let (node, epoch) = (NodeId(2), Epoch(300));
    let at = MsgId(1_000);
    let digest = Message::Digest {
        node,
        at,
        digest: [7; 32],
    };
    for (message, body) in [
        (join, "00036f6e65e8074d"),
        (Message::Lost { node, epoch, by }, "0202ac020103"),
        (Message::GraceOver(at), "03e807"),
        (
            digest,
            "0402e8070707070707070707070707070707070707070707070707070707070707070707",
        ),
        (
            batch(Change::Register(registration())),
            "0102ac02070102000981808080808080800205010303616e6e01610168093139322e302e322e3103416e6e010000000000",
        ),
        (
            batch(Change::Nick("bob".into())),
            "0102ac02070102000981808080808080800205010703626f62",
        ),
        (
            batch(Change::Join("#a".into(), None)),
            "0102ac02070102000981808080808080800205010802236100",
        ),
        (
            batch(Change::Send(hello())),
            "0102ac0207010200098180808080808080020501100000022361000568656c6c6f0000010000",
        ),
        (
            batch(Change::Quit {
                reason: "bye".into(),
                by_user: true,
            }),
            "0102ac02070102000981808080808080800205012c0362796501",
        ),
    ] {
        check(&message, Version(1), body);
    }
}

#[test]
fn version_2_is_as_it_was() {
    let by = (NodeId(1), Epoch(3));
    let version = Version(2);
    let raise = Message::Version { version, by };
    // It is of the version that it raises to.
    assert_eq!(
        raise.encode(Version(1)).unwrap(),
        raise.encode(version).unwrap()
    );
    check(&raise, version, "05020103");
    let resume = Change::Resume(registration(), ResumeKey([7; 32]));
    check(
        &batch(resume.clone()),
        version,
        "0102ac02070102000981808080808080800205012d03616e6e01610168093139322e302e322e3103416e6e0100000000000707070707070707070707070707070707070707070707070707070707070707",
    );
    // A node of version 1 is not given what it does not know.
    assert_eq!(Version(1).lowered(resume), Change::Register(registration()));
    let bytes = raise.encode(version).unwrap();
    let (found, newest) = (2, 1);
    assert_eq!(
        Message::decode(&bytes, Version(1)),
        Err(Unreadable::Version { found, newest })
    );
}

/// Nodes of two versions would take such a message differently.
#[test]
fn what_its_version_does_not_have_is_damaged_for_all() {
    let resume = batch(Change::Resume(registration(), ResumeKey([7; 32])));
    let by = (NodeId(1), Epoch(3));
    let version = Version(2);
    let raise = Message::Version { version, by };
    let further = Message::Version {
        version: Version(9),
        by,
    };
    for (message, head) in [(resume, 1_u16), (raise, 1), (further, 2)] {
        let mut bytes = message.encode(Version(2)).unwrap();
        bytes[4..6].copy_from_slice(&head.to_le_bytes());
        for newest in head..=2 {
            assert_eq!(
                Message::decode(&bytes, Version(newest)),
                Err(Unreadable::Damaged),
                "{message:?} in version {head}, read as {newest}"
            );
        }
    }
}
