//! Tests of panics: each ends one connection, or leaves one event out.

use parlour_core::names::Nick;
use std::io::{self, IoSlice};
use std::sync::Arc;

use parlour_core::event::ChannelRef;
use parlour_core::reply::SessionReply;
use parlour_core::state::Profile;
use parlour_core::{
    Audience, Body, Call, CallId, Cause, Change, Effect, Event, Instant, MsgId, Now, Reply,
    Request, SessionId, Time, UserId,
};

use crate::context::Context;
use crate::dialect::Dialect;
use crate::lazy_reply::LazyReply;
use crate::render_key::RenderKey;
use crate::{ConnId, Connections, DoorSettings, LogEvent, Peer, Sink};

const NOW: Now = Now {
    time: Time(1_000_000),
    instant: Instant(0),
};

/// Sink that keeps what each connection is sent.
#[derive(Default)]
struct Kept {
    written: Vec<(ConnId, u8)>,
    finished: Vec<ConnId>,
}

impl Kept {
    fn text(&self, id: ConnId) -> String {
        let own = self.written.iter().filter(|(to, _)| *to == id);
        String::from_utf8(own.map(|(_, byte)| *byte).collect()).unwrap()
    }
}

impl Sink for Kept {
    fn write(&mut self, id: ConnId, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let bytes: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
        self.written.extend(bytes.iter().map(|byte| (id, *byte)));
        Ok(bytes.len())
    }

    fn finished(&mut self, id: ConnId) {
        self.finished.push(id);
    }
}

/// Dialect that panics as told.
struct Faulty {
    nick: Nick,
    key: RenderKey,
    farewell_panics: bool,
}

impl Dialect for Faulty {
    fn receive(&mut self, cx: &mut Context, bytes: &[u8]) {
        cx.change(CallId(7), Change::PartAll);
        cx.out.extend_from_slice(b"half a line");
        assert_ne!(bytes, b"panic");
    }

    fn reply(&mut self, cx: &mut Context, _: CallId, _: &Reply) {
        /// Reply that panics after its first line.
        struct Broken(bool);

        impl LazyReply for Broken {
            fn more(&mut self, out: &mut Vec<u8>, _: usize) -> bool {
                assert!(!self.0, "in the middle of a reply");
                out.extend_from_slice(b"first\r\n");
                self.0 = true;
                true
            }
        }
        cx.queue_lazy_reply(Broken(false));
    }

    fn own_event(&mut self, _: &mut Context, _: Option<CallId>, _: &Event) {
        panic!("while an event was delivered");
    }

    fn farewell(&mut self, cx: &mut Context, reason: &str) {
        assert!(!self.farewell_panics, "in the last words");
        cx.out.extend_from_slice(reason.as_bytes());
    }

    fn announce(&mut self, cx: &mut Context, text: &str) {
        cx.out.extend_from_slice(text.as_bytes());
    }

    fn key(&self) -> RenderKey {
        self.key
    }

    fn nick(&self) -> Option<&Nick> {
        Some(&self.nick)
    }

    fn has_session(&self) -> bool {
        true
    }
}

/// Connections with faulty dialects, and another that is sound.
struct World {
    connections: Connections,
    sink: Kept,
    ids: Vec<ConnId>,
}

impl World {
    fn new(dialects: Vec<Faulty>) -> World {
        let mut connections = Connections::new(Arc::new(DoorSettings::default()), 0);
        let ids = dialects.into_iter().map(|dialect| {
            let id = connections.open(NOW, Peer::at("192.0.2.1".parse().unwrap()));
            connections.get(id).unwrap().dialect = Box::new(dialect);
            connections.run(NOW, id, |_, _| {});
            id
        });
        let ids = ids.collect();
        connections.take_log_events();
        World {
            connections,
            sink: Kept::default(),
            ids,
        }
    }

    fn flush(&mut self) {
        self.connections.flush(NOW, &mut self.sink);
    }

    fn session(&self, index: usize) -> SessionId {
        self.connections.session_of(self.ids[index])
    }

    fn calls(&mut self) -> Vec<Call> {
        self.connections.take_calls()
    }

    fn panics(&mut self) -> Vec<Option<SessionId>> {
        let events = self.connections.take_log_events().into_iter();
        let panics = events.filter_map(|event| match event {
            LogEvent::Panicked(session) => Some(session),
            LogEvent::Opened(..)
            | LogEvent::Registered { .. }
            | LogEvent::Renamed(..)
            | LogEvent::SlowReader(_)
            | LogEvent::Closed { .. } => None,
        });
        panics.collect()
    }
}

fn faulty(nick: &str, key: RenderKey) -> Faulty {
    Faulty {
        nick: nick.into(),
        key,
        farewell_panics: false,
    }
}

fn event(body: Body) -> Event {
    Event {
        id: MsgId::default(),
        from: Profile::new(
            UserId(9),
            "bob".into(),
            "bob".into(),
            "host".into(),
            "Bob".into(),
        ),
        body,
    }
}

fn is_one_quit(calls: &[Call], session: SessionId) -> bool {
    matches!(calls, [Call { session: from, request: Request::Do(Change::Quit { .. }), .. }] if *from == session)
}

#[test]
fn a_panic_while_reading_ends_that_connection_alone() {
    let mut world = World::new(vec![
        faulty("a", RenderKey::NONE),
        faulty("b", RenderKey::NONE),
    ]);
    world.connections.receive(NOW, world.ids[0], b"panic");
    world.connections.receive(NOW, world.ids[1], b"fine");
    let session = world.session(0);
    assert_eq!(world.panics(), [Some(session)]);
    let calls = world.calls();
    // What the run had asked for before it panicked is taken back; the session quits.
    assert!(is_one_quit(&calls[..1], session), "{calls:?}");
    assert_eq!(world.connections.calls_in_flight(), 2);
    world.flush();
    assert_eq!(
        world.sink.text(world.ids[0]),
        "Internal error; this connection is closed"
    );
    assert_eq!(world.sink.text(world.ids[1]), "half a line");
    assert_eq!(world.sink.finished, [world.ids[0]]);
    // The core takes both calls: nothing stays in flight.
    let sessions = [session, world.session(1)];
    world.connections.taken(NOW, &sessions);
    assert_eq!(world.connections.calls_in_flight(), 0);
}

#[test]
fn a_panic_while_delivering_ends_that_connection_alone() {
    let mut dialect = faulty("bob", RenderKey::NONE);
    dialect.farewell_panics = true;
    let mut world = World::new(vec![dialect, faulty("b", RenderKey::NONE)]);
    let session = world.session(0);
    let renamed = Effect::Event {
        audience: Audience::Sessions([session].into()),
        cause: None,
        event: Arc::new(event(Body::Renamed("rob".into()))),
    };
    world.connections.deliver(NOW, &[renamed]);
    assert_eq!(world.panics(), [Some(session)]);
    assert!(is_one_quit(&world.calls(), session));
    world.flush();
    assert_eq!(world.sink.finished, [world.ids[0]]);
    assert!(!world.connections.is_closing(world.ids[1]));
}

#[test]
fn a_panic_in_the_middle_of_a_lazy_reply_ends_that_connection_alone() {
    let mut world = World::new(vec![
        faulty("a", RenderKey::NONE),
        faulty("b", RenderKey::NONE),
    ]);
    let cause = Cause {
        session: world.session(0),
        call: CallId(1),
    };
    let reply = Reply::Session(SessionReply::Switched(event(Body::Away(None)).from));
    world
        .connections
        .deliver(NOW, &[Effect::Reply(cause, reply)]);
    world.flush();
    world
        .connections
        .continue_lazy_replies(NOW, 1 << 20, &mut world.sink);
    world.flush();
    assert_eq!(world.sink.text(world.ids[0]), "first\r\n");
    assert_eq!(world.sink.finished, [world.ids[0]]);
    assert!(is_one_quit(&world.calls(), cause.session));
    assert_eq!(world.connections.len(), 1);
}

#[test]
fn an_event_that_cannot_be_rendered_is_announced_and_ends_nobody() {
    let irc = RenderKey::IRC;
    let mut world = World::new(vec![
        faulty("a", irc.with(RenderKey::PANICS)),
        faulty("b", irc),
    ]);
    let sessions = vec![world.session(0), world.session(1)];
    let place = ChannelRef {
        id: parlour_core::ChannelId(1),
        name: "#a".into(),
    };
    let parted = Effect::Event {
        audience: Audience::Sessions(sessions.into()),
        cause: None,
        event: Arc::new(event(Body::Parted(place, "".into()))),
    };
    world.connections.deliver(NOW, &[parted]);
    // A PART gathers for a moment.
    let later = Now {
        instant: Instant(1_000),
        ..NOW
    };
    world.connections.flush(later, &mut world.sink);
    assert_eq!(world.panics(), [None]);
    assert!(world.sink.text(world.ids[0]).contains("internal error"));
    assert_eq!(world.sink.text(world.ids[1]), ":bob!bob@host PART #a\r\n");
    assert_eq!(world.connections.len(), 2);
}
