//! Events of others that are not urgent gather for a moment; order and bytes stay the same.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

use std::collections::HashMap;
use std::io::{self, IoSlice};
use std::sync::Arc;

use parlour_core::event::{Addressee, ChannelRef};
use parlour_core::reply::SessionReply;
use parlour_core::request::MessageKind;
use parlour_core::state::Profile;
use parlour_core::{
    Audience, Body, Cause, ChannelId, Effect, Event, Instant, MsgId, Now, Reply, Time, UserId,
};
use parlour_doors::{ConnId, Connections, DoorSettings, Peer, Sink};

/// Milliseconds that may pass before a JOIN is shown.
const SOON: u64 = 100;

fn at(ms: u64) -> Now {
    Now {
        time: Time(1_000_000 + ms),
        instant: Instant(ms),
    }
}

/// Sink that keeps each write; connections in `room` accept so many bytes only.
#[derive(Default)]
struct Kept {
    writes: HashMap<ConnId, Vec<String>>,
    room: HashMap<ConnId, usize>,
}

impl Sink for Kept {
    fn write(&mut self, id: ConnId, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut bytes: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
        if let Some(room) = self.room.get_mut(&id) {
            bytes.truncate(*room);
            *room -= bytes.len();
        }
        let count = bytes.len();
        if count > 0 {
            let text = String::from_utf8(bytes).unwrap();
            self.writes.entry(id).or_default().push(text);
        }
        Ok(count)
    }

    fn finished(&mut self, _: ConnId) {}
}

/// Channel with members who are registered IRC clients.
struct World {
    connections: Connections,
    sink: Kept,
    ids: Vec<ConnId>,
    events: u64,
}

impl World {
    fn new(members: usize) -> World {
        let mut connections = Connections::new(Arc::new(DoorSettings::default()), 0);
        let mut sink = Kept::default();
        let mut ids = Vec::new();
        for member in 0..members {
            let id = connections.open(at(0), Peer::at("192.0.2.1".parse().unwrap()));
            let hello = format!("NICK m{member}\r\nUSER m 0 * :m\r\n");
            connections.receive(at(0), id, hello.as_bytes());
            let cause = Cause {
                session: connections.session_of(id),
                call: connections.take_calls()[0].id,
            };
            let registered = SessionReply::Registered {
                profile: profile(&format!("m{member}")),
                attached: false,
            };
            let effects = [
                Effect::Reply(cause, Reply::Session(registered)),
                Effect::Enter(cause.session, ChannelId(1)),
            ];
            connections.deliver(at(0), &effects);
            connections.taken(at(0), &[cause.session]);
            ids.push(id);
        }
        connections.flush(at(0), &mut sink);
        connections.take_calls();
        sink.writes.clear();
        World {
            connections,
            sink,
            ids,
            events: 0,
        }
    }

    /// Delivers an event of the channel to its members.
    fn event(&mut self, ms: u64, nick: &str, body: Body) {
        self.deliver(ms, Audience::Channel(ChannelId(1)), nick, body);
    }

    /// Delivers a private message to a member.
    fn whisper(&mut self, ms: u64, member: usize) {
        let session = self.connections.session_of(self.ids[member]);
        let to = Addressee::User("m".into());
        let body = message(MessageKind::Notice, to, "hi");
        self.deliver(ms, Audience::Sessions(vec![session].into()), "b", body);
    }

    fn deliver(&mut self, ms: u64, audience: Audience, nick: &str, body: Body) {
        self.events += 1;
        let event = Event {
            id: MsgId(self.events),
            from: profile(nick),
            body,
        };
        let effect = Effect::Event {
            audience,
            cause: None,
            event: event.into(),
        };
        self.connections.deliver(at(ms), &[effect]);
    }

    fn join(&mut self, ms: u64, nick: &str) {
        self.event(ms, nick, Body::Joined(place()));
    }

    fn say(&mut self, ms: u64, nick: &str, text: &str) {
        let to = Addressee::Channel(place(), None);
        self.event(ms, nick, message(MessageKind::Message, to, text));
    }

    fn flush(&mut self, ms: u64) {
        self.connections.tick(at(ms), &mut self.sink);
        self.connections.flush(at(ms), &mut self.sink);
    }

    /// Takes the writes to a member, each as the nicks and commands of its lines.
    fn writes(&mut self, member: usize) -> Vec<String> {
        let writes = self.sink.writes.remove(&self.ids[member]);
        let writes = writes.unwrap_or_default().into_iter();
        writes.map(|write| brief(&write)).collect()
    }
}

/// Returns the nick and the command of each line.
fn brief(write: &str) -> String {
    let lines = write.lines().map(|line| {
        let mut words = line.trim_start_matches(':').split(' ');
        let nick = words.next().unwrap().split('!').next().unwrap();
        format!("{nick} {}", words.next().unwrap())
    });
    lines.collect::<Vec<_>>().join(", ")
}

fn profile(nick: &str) -> Arc<Profile> {
    let user = "u".into();
    Profile::new(UserId(9), nick.into(), user, "host".into(), "".into())
}

fn message(kind: MessageKind, to: Addressee, text: &str) -> Body {
    Body::Message {
        kind,
        to,
        text: text.into(),
        splits: None,
        tags: "".into(),
        relayed_by: None,
    }
}

fn place() -> ChannelRef {
    ChannelRef {
        id: ChannelId(1),
        name: "#c".into(),
    }
}

#[test]
fn joins_and_quits_are_one_write_after_a_moment() {
    let mut world = World::new(2);
    world.join(1, "a");
    world.flush(1);
    world.join(3, "b");
    world.event(3, "a", Body::Quit("".into()));
    world.flush(3);
    assert!(world.writes(0).is_empty() && world.writes(1).is_empty());
    // The shard sleeps until then, not longer.
    assert!(!world.connections.has_output());
    let deadline = world.connections.next_deadline().unwrap();
    assert!(deadline > Instant(1) && deadline <= Instant(1 + SOON));
    world.flush(deadline.0);
    for member in [0, 1] {
        assert_eq!(world.writes(member), ["a JOIN, b JOIN, a QUIT"]);
    }
    // Nothing is left, neither to write nor to wait for.
    world.flush(deadline.0 + SOON);
    assert!(world.writes(0).is_empty());
    assert!(!world.connections.has_output());
    assert_eq!(world.connections.unflushed(), 0);
}

#[test]
fn a_message_takes_what_gathers_along() {
    let mut world = World::new(2);
    world.join(1, "a");
    world.flush(1);
    world.say(2, "a", "hello");
    world.event(2, "a", Body::Parted(place(), "".into()));
    world.flush(2);
    for member in [0, 1] {
        assert_eq!(world.writes(member), ["a JOIN, a PRIVMSG, a PART"]);
    }
    assert_eq!(world.connections.unflushed(), 0);
}

#[test]
fn a_private_message_takes_along_what_gathers_for_its_own_connection_only() {
    let mut world = World::new(2);
    world.join(1, "a");
    world.flush(1);
    world.whisper(2, 0);
    world.flush(2);
    assert_eq!(world.writes(0), ["a JOIN, b NOTICE"]);
    assert!(world.writes(1).is_empty());
    // What others write meanwhile does not disturb what waits.
    world.join(3, "b");
    world.flush(1 + SOON);
    assert_eq!(world.writes(0), ["b JOIN"]);
    assert_eq!(world.writes(1), ["a JOIN, b JOIN"]);
}

#[test]
fn those_who_are_gone_do_not_keep_the_others_waiting() {
    let mut world = World::new(2);
    world.join(1, "a");
    world.flush(1);
    let gone = world.ids[0];
    world.connections.lost(at(2), gone, "lost");
    world.flush(1 + SOON);
    assert_eq!(world.writes(1), ["a JOIN"]);
    assert_eq!(world.connections.unflushed(), 0);
    // Nor do they keep anything, once all are gone.
    world.join(200, "b");
    let gone = world.ids[1];
    world.connections.lost(at(201), gone, "lost");
    world.flush(201);
    assert_eq!(world.connections.unflushed(), 0);
}

#[test]
fn a_slow_reader_gets_its_bytes_while_others_wait() {
    let mut world = World::new(2);
    let slow = world.ids[0];
    world.sink.room.insert(slow, 10);
    world.join(1, "a");
    // Urgent for the slow one only, which then holds the buffer that the other one waits for.
    world.whisper(1, 0);
    world.flush(1);
    world.join(2, "b");
    world.flush(1 + SOON);
    world.sink.room.clear();
    world.connections.writable(at(200), slow, &mut world.sink);
    let writes = world.sink.writes.remove(&slow).unwrap().concat();
    assert_eq!(brief(&writes), "a JOIN, b NOTICE, b JOIN");
    assert_eq!(world.writes(1), ["a JOIN, b JOIN"]);
}

#[test]
fn what_gathers_is_bounded() {
    let mut world = World::new(1);
    let mut count = 0;
    while world.writes(0).is_empty() {
        world.event(1, "a", Body::Quit("x".repeat(400).into()));
        world.flush(1);
        count += 1;
        assert!(count < 10_000);
    }
    assert!(world.connections.next_deadline().is_some());
}
