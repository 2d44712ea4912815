//! Tests of the beginning of a connection: its deadlines, and the doors that are open to it.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

use std::io::{self, IoSlice};
use std::sync::Arc;

use parlour_core::{Instant, Now, Time};
use parlour_doors::{ConnId, Connections, DoorSettings, Doors, Peer, Sink};

/// Sink that keeps everything written.
#[derive(Default)]
struct Kept(Vec<u8>);

impl Sink for Kept {
    fn write(&mut self, _: ConnId, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        parts.iter().for_each(|part| self.0.extend_from_slice(part));
        Ok(parts.iter().map(|part| part.len()).sum())
    }

    fn finished(&mut self, _: ConnId) {}
}

fn at(ms: u64) -> Now {
    Now {
        time: Time(1_000_000 + ms),
        instant: Instant(ms),
    }
}

fn hall() -> Connections {
    Connections::new(Arc::new(DoorSettings::default()), 0)
}

/// Returns the output of a connection with these doors after its first bytes and a silence of `ms`,
/// and whether it is closing.
fn heard(doors: Doors, irc_port: bool, bytes: &str, ms: u64) -> (String, bool) {
    let (mut hall, mut sink) = (hall(), Kept::default());
    let mut peer = Peer::at("192.0.2.1".parse().unwrap());
    (peer.doors, peer.irc_port) = (doors, irc_port);
    let id = hall.open(at(0), peer);
    if !bytes.is_empty() {
        hall.receive(at(1), id, bytes.as_bytes());
    }
    hall.tick(at(ms), &mut sink);
    hall.flush(at(ms), &mut sink);
    let closing = hall.is_closing(id);
    (String::from_utf8(sink.0).unwrap(), closing)
}

const IRC: Doors = Doors {
    irc: true,
    plain: false,
    web: false,
    pages: false,
};
const PLAIN: Doors = Doors {
    irc: false,
    plain: true,
    web: false,
    pages: false,
};
const WEB: Doors = Doors {
    irc: false,
    plain: false,
    web: true,
    pages: false,
};

#[test]
fn the_layers_of_a_connection_share_one_deadline() {
    let (mut hall, mut sink) = (hall(), Kept::default());
    let limit = DoorSettings::default().registration_timeout;
    let id = hall.open(at(0), Peer::at("192.0.2.1".parse().unwrap()));
    // After a PROXY header, TLS; inside it, a WebSocket that never registers.
    hall.resume(at(limit - 4), id);
    hall.begin_tls(at(limit - 3), id);
    hall.secured(at(limit - 2), id, None);
    hall.upgraded(at(limit - 1), id, false);
    hall.receive(at(limit - 1), id, b"NICK slow\r\n");
    hall.tick(at(limit - 1), &mut sink);
    assert!(!hall.is_closing(id));
    hall.tick(at(limit), &mut sink);
    assert!(hall.is_closing(id));
}

#[test]
fn a_handshake_ends_at_the_deadline_as_well() {
    let limit = DoorSettings::default().registration_timeout;
    let (mut hall, mut sink) = (hall(), Kept::default());
    let id = hall.open(at(0), Peer::at("192.0.2.1".parse().unwrap()));
    hall.begin_tls(at(limit - 1), id);
    hall.tick(at(limit - 1), &mut sink);
    assert!(!hall.is_closing(id));
    hall.tick(at(limit), &mut sink);
    assert!(hall.is_closing(id));
}

#[test]
fn who_is_silent_is_greeted_only_where_people_type() {
    let greet = DoorSettings::default().greet_after;
    assert_ne!(heard(Doors::ALL, false, "", greet).0, "");
    assert_eq!(heard(IRC, false, "", greet * 100).0, "");
    // On an IRC port a client may take its time.
    assert_eq!(heard(Doors::ALL, true, "", greet).0, "");
    assert_ne!(heard(Doors::ALL, true, "", greet * 20).0, "");
}

#[test]
fn a_closed_door_says_which_are_open() {
    for (doors, bytes, said) in [
        (WEB, "NICK bob\r\n", "WebSockets only"),
        (WEB, "bob\n", "WebSockets only"),
        (PLAIN, "NICK bob\r\n", "netcat only"),
        (IRC, "POST / HTTP/1.1\r\n", "IRC only"),
    ] {
        let (heard, closing) = heard(doors, false, bytes, 2);
        assert!(closing && heard.contains(said), "{bytes}: {heard}");
    }
    // On a port for IRC only, any word is an IRC command, and is answered as one.
    let (heard, closing) = heard(IRC, false, "hello\r\n", 2);
    assert!(!closing && heard.contains(" 421 "), "{heard}");
}
