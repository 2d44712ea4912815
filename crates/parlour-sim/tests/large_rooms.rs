//! What one person does in a room of many is not made for each of the many.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use parlour_core::reply::ChannelReply;
use std::sync::Arc;

use parlour_core::request::{AwayState, Registration};
use parlour_core::{
    Call, CallId, Change, Core, Effect, Effects, Input, Instant, Now, Reply, Request, SessionId,
    Settings, Time,
};
use parlour_sim::Node;
use parlour_sim::journal::Journal;
use support::{irc, text};

const MEMBERS: u64 = 300;

fn registration(n: u64) -> Registration {
    Registration {
        nick: format!("n{n}").into(),
        user: "u".into(),
        host: "host".into(),
        address: "192.0.2.1".into(),
        realname: "r".into(),
        secure: false,
        password: None,
        attendance: AwayState::Present,
        metadata: Vec::new(),
        reads_metadata: true,
        keys: Vec::new(),
    }
}

/// What the core answers, with `MEMBERS` in one channel, when its operator changes something.
fn effects_of(modes: Option<Change>, change: Change) -> Vec<Effect> {
    let now = Now {
        time: Time(1_000_000),
        instant: Instant(0),
    };
    let mut effects = Effects::default();
    let settings = Arc::new(Settings::default());
    let mut core = Core::new(now.time, settings, Default::default(), &mut effects);
    let mut journal = Journal::new(core.last());
    let mut ask = |session, change, effects: &mut Effects| {
        let call = Call {
            session: SessionId(session),
            id: CallId(1),
            done: false,
            request: Request::Do(change),
        };
        journal.feed(&mut core, now, Input::Call(call), effects);
    };
    for n in 0..MEMBERS {
        ask(n, Change::Register(Box::new(registration(n))), &mut effects);
        ask(n, Change::Join("#old".into(), None), &mut effects);
    }
    if let Some(modes) = modes {
        ask(0, modes, &mut effects);
    }
    effects.out.clear();
    ask(0, change, &mut effects);
    effects.out
}

fn rename() -> Change {
    Change::Rename {
        channel: "#old".into(),
        name: "#new".into(),
        reason: "".into(),
    }
}

#[test]
fn all_who_see_the_same_members_after_a_rename_share_one_list() {
    let lists: Vec<_> = effects_of(None, rename())
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Reply(_, Reply::Channel(ChannelReply::ChannelResent { names, .. })) => {
                match *names {
                    Reply::Channel(ChannelReply::Names { channels, .. }) => {
                        Some(channels[0].members.clone())
                    }
                    Reply::Refused(_)
                    | Reply::Passed
                    | Reply::Session(_)
                    | Reply::Channel(_)
                    | Reply::User(_)
                    | Reply::History(_)
                    | Reply::Metadata(_)
                    | Reply::Account(_)
                    | Reply::Ownership(_)
                    | Reply::Admin(_) => None,
                }
            }
            Effect::Event { .. }
            | Effect::Reply(..)
            | Effect::Enter(..)
            | Effect::Leave(..)
            | Effect::Done(_)
            | Effect::Close(..) => None,
        })
        .collect();
    assert_eq!(lists.len(), MEMBERS as usize);
    assert!(lists.iter().all(|list| list.len() == MEMBERS as usize));
    assert!(lists.iter().all(|list| Arc::ptr_eq(list, &lists[0])));
}

/// How many a room needs before its list is made as it is read.
const CROWD: usize = 600;

/// A room of many, all of whose clients know a new name by leaving and joining only.
fn crowd(node: &mut Node) -> Vec<parlour_sim::Client> {
    let clients: Vec<_> = (0..CROWD)
        .map(|n| {
            let client = irc(node, &format!("a-nick-of-some-length-{n}"));
            node.send(client, b"JOIN #old\r\n");
            client
        })
        .collect();
    for &client in &clients {
        text(node, client);
    }
    clients
}

#[test]
fn lists_for_many_who_do_not_read_take_no_memory() {
    let mut node = Node::new(1);
    let clients = crowd(&mut node);
    for &client in &clients[1..] {
        node.stall(client);
    }
    node.send(clients[0], b"RENAME #old #new\r\n");
    let list = text(&mut node, clients[0]);
    assert!(list.contains(" 366 "), "{list}");
    // Of each, a part of one list; the whole would be as much again for each member.
    let waits = node.queued();
    assert!(waits / CROWD < list.len().max(40_000), "{waits} bytes wait");
    // Somebody who reads after all gets the whole of it, and what came behind it after it.
    node.send(clients[0], b"PRIVMSG #new :behind\r\n");
    node.unstall(clients[7]);
    node.run();
    let told = text(&mut node, clients[7]);
    let names = told.matches("a-nick-of-some-length-").count();
    assert!(names > CROWD, "{names}");
    let (end, behind) = (told.find(" 366 ").unwrap(), told.find(":behind").unwrap());
    assert!(end < behind);
}

#[test]
fn a_long_list_is_whole_however_it_is_read() {
    let mut node = Node::new(1);
    let clients = crowd(&mut node);
    for (step, &reader) in [1_000, 7_919, 40_000, 1_000_000].iter().zip(&clients) {
        node.stall(reader);
        node.send(reader, b"NAMES #old\r\nPING last\r\n");
        let mut told = String::new();
        for _ in 0..100_000 / step + 3 {
            node.take(reader, *step);
            node.run();
            told.push_str(&text(&mut node, reader));
        }
        let listed = told.matches("a-nick-of-some-length-").count();
        // Each line names its reader as well.
        let lines = told.matches(" 353 ").count() + told.matches(" 366 ").count();
        assert_eq!(listed - lines, CROWD, "in steps of {step}");
        assert!(told.ends_with(":srv PONG srv :last\r\n"), "{told}");
    }
}
