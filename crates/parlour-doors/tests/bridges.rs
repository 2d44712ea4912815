//! Tests of bridged connections: bytes pass both ways under flow control, and a WebSocket comes back.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

use std::io::{self, IoSlice};
use std::sync::{Arc, Mutex};

use parlour_core::{Instant, Now, Time};
use parlour_doors::{Bridge, BridgeState, ConnId, Connections, DoorSettings, Peer, Service, Sink};

/// Bytes that the service lets wait.
const ROOM: usize = 10;

/// Sink that takes so many bytes, and keeps them.
struct Narrow {
    room: usize,
    written: Vec<u8>,
    is_finished: bool,
}

impl Sink for Narrow {
    fn write(&mut self, _: ConnId, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let bytes: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
        let taken = bytes.len().min(self.room);
        self.room -= taken;
        self.written.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn finished(&mut self, _: ConnId) {
        self.is_finished = true;
    }
}

/// Service of the test: what it got, and what it has to say.
struct Far {
    got: Vec<u8>,
    unread: usize,
    said: Vec<u8>,
    has_ended: bool,
    state: BridgeState,
}

#[derive(Clone)]
struct Near(Arc<Mutex<Far>>);

impl Bridge for Near {
    fn give(&mut self, bytes: &[u8]) {
        let mut far = self.0.lock().unwrap();
        far.got.extend_from_slice(bytes);
        far.unread += bytes.len();
    }

    fn has_room(&self) -> bool {
        self.0.lock().unwrap().unread < ROOM
    }

    fn end(&mut self) {
        self.0.lock().unwrap().has_ended = true;
    }

    fn take(&mut self, out: &mut Vec<u8>, most: usize) -> BridgeState {
        let mut far = self.0.lock().unwrap();
        let taken = far.said.len().min(most);
        out.extend(far.said.drain(..taken));
        if far.said.is_empty() {
            far.state
        } else {
            BridgeState::Open
        }
    }
}

fn at(ms: u64) -> Now {
    Now {
        time: Time(1_000_000 + ms),
        instant: Instant(ms),
    }
}

/// A bridged connection.
struct World {
    connections: Connections,
    sink: Narrow,
    id: ConnId,
    far: Near,
}

impl World {
    fn new(request: &[u8]) -> World {
        let mut connections = Connections::new(Arc::new(DoorSettings::default()), 0);
        let id = connections.open(at(0), Peer::at("192.0.2.1".parse().unwrap()));
        connections.receive(at(0), id, request);
        let requests = connections.take_bridge_requests();
        let [asked] = &requests[..] else {
            panic!("{requests:?}");
        };
        assert_eq!((asked.id, asked.service), (id, Service::Http));
        let far = Near(Arc::new(Mutex::new(Far {
            got: Vec::new(),
            unread: 0,
            said: Vec::new(),
            has_ended: false,
            state: BridgeState::Open,
        })));
        connections.bridged(at(0), id, Box::new(far.clone()), &asked.bytes);
        World {
            connections,
            sink: Narrow {
                room: usize::MAX,
                written: Vec::new(),
                is_finished: false,
            },
            id,
            far,
        }
    }

    fn far(&self) -> std::sync::MutexGuard<'_, Far> {
        self.far.0.lock().unwrap()
    }

    /// A round of the owner.
    fn round(&mut self, is_ready: bool) {
        if is_ready {
            self.connections.bridge_ready(at(1), self.id);
        }
        self.connections.flush(at(1), &mut self.sink);
        self.connections.resume_written(at(1), usize::MAX);
        self.connections.flush(at(1), &mut self.sink);
    }
}

#[test]
fn the_service_gets_every_byte_and_input_stops_while_it_has_enough() {
    let mut world = World::new(b"GET / H");
    assert!(world.connections.wants_input(world.id));
    world.connections.receive(at(1), world.id, b"TTP/1.1\r\n");
    assert_eq!(world.far().got, b"GET / HTTP/1.1\r\n");
    assert!(!world.connections.wants_input(world.id));
    world.far().unread = 0;
    world.round(true);
    assert!(world.connections.wants_input(world.id));
}

#[test]
fn a_slow_reader_gets_all_that_the_service_writes_and_then_the_end() {
    let mut world = World::new(b"GET / HTTP/1.1\r\n\r\n");
    let said: Vec<u8> = (0..300_000u32).map(|n| n as u8).collect();
    world.far().said = said.clone();
    world.far().state = BridgeState::Ended;
    world.sink.room = 100;
    world.round(true);
    // What the peer does not read stays with the service, but for about one buffer.
    assert!(world.far().said.len() > said.len() - 150_000);
    assert!(!world.sink.is_finished);
    while world.sink.written.len() < said.len() {
        let before = world.sink.written.len();
        world.sink.room = 10_000;
        world.connections.writable(at(2), world.id, &mut world.sink);
        world.round(false);
        assert!(world.sink.written.len() > before, "after {before} bytes");
    }
    assert_eq!(world.sink.written, said);
    world.round(false);
    assert!(world.sink.is_finished);
}

#[test]
fn a_client_that_ends_its_side_gets_its_answer() {
    let mut world = World::new(b"GET / HTTP/1.1\r\n\r\n");
    world.connections.ended(at(1), world.id);
    assert!(world.far().has_ended);
    world.round(false);
    assert!(!world.sink.is_finished);
    world.far().said = b"200".to_vec();
    world.far().state = BridgeState::Ended;
    world.round(true);
    assert_eq!(world.sink.written, b"200");
    assert!(world.sink.is_finished);
}

#[test]
fn a_websocket_registers_in_the_time_that_is_left_or_anew_if_kept_alive() {
    let limit = DoorSettings::default().registration_timeout;
    for kept_alive in [false, true] {
        let mut world = World::new(b"GET / HTTP/1.1\r\n\r\n");
        world.far().said = b"101".to_vec();
        world.far().state = BridgeState::WebSocket { kept_alive };
        world.round(true);
        assert_eq!(world.sink.written, b"101");
        assert!(world.connections.is_written(world.id));
        // The bytes that follow are the WebSocket's.
        assert!(!world.connections.wants_input(world.id));
        let upgrades = world.connections.take_upgrades();
        assert_eq!(upgrades, [(world.id, kept_alive)]);
        world
            .connections
            .upgraded(at(limit / 2), world.id, kept_alive);
        assert!(world.connections.wants_input(world.id));
        world.connections.tick(at(limit), &mut world.sink);
        assert_eq!(world.connections.is_closing(world.id), !kept_alive);
        world.connections.tick(at(limit * 2), &mut world.sink);
        assert!(world.connections.is_closing(world.id));
    }
}
