//! kill -9 under load, again and again: what was acknowledged is there.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use support::{PATIENCE, Server, history};

const CRASHES: u64 = 20;
const WRITERS: usize = 3;

/// Talks as fast as it is acknowledged, until the server is gone; what was acknowledged.
fn talk(stream: TcpStream, round: u64, writer: usize) -> Vec<String> {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut out = stream.try_clone().unwrap();
    let caps = "CAP REQ :echo-message\r\nCAP END\r\n";
    let hello = format!("NICK w{round}x{writer}\r\nUSER w 0 * :w\r\n{caps}JOIN #lobby\r\n");
    let mut acknowledged = Vec::new();
    let mut said = 0;
    if out.write_all(hello.as_bytes()).is_err() {
        return acknowledged;
    }
    for line in BufReader::new(stream).lines() {
        let Ok(line) = line else { break };
        let own = line.starts_with(&format!(":w{round}x{writer}!"));
        if own && let Some((_, text)) = line.split_once("PRIVMSG #lobby :") {
            acknowledged.push(text.to_owned());
        }
        if line.contains(" 366 ") || own && line.contains("PRIVMSG") {
            // Some at once, so that commits are always under way.
            for _ in 0..=usize::from(said < 8) {
                let text = format!("r{round} w{writer} m{said}");
                said += 1;
                if out
                    .write_all(format!("PRIVMSG #lobby :{text}\r\n").as_bytes())
                    .is_err()
                {
                    break;
                }
            }
        }
    }
    acknowledged
}

#[test]
fn what_was_acknowledged_survives_twenty_crashes() {
    let data = tempfile::tempdir().unwrap();
    let mut acknowledged: Vec<String> = Vec::new();
    for round in 0..CRASHES {
        let server = Server::start(data.path());
        let talking: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let stream = TcpStream::connect(server.address).unwrap();
                thread::spawn(move || talk(stream, round, writer))
            })
            .collect();
        // At a moment that differs from round to round, somewhere in the load.
        let (_never, moment) = mpsc::channel::<()>();
        let _ = moment.recv_timeout(Duration::from_millis(40 + round * 37 % 160));
        server.crash();
        for thread in talking {
            acknowledged.extend(thread.join().unwrap());
        }
    }
    assert!(
        acknowledged.len() > 100,
        "there was hardly any load: {}",
        acknowledged.len()
    );
    let server = Server::start(data.path());
    let kept = history::of(server.address);
    for text in &acknowledged {
        let times = kept.iter().filter(|kept| *kept == text).count();
        assert_eq!(
            times, 1,
            "{text} was acknowledged and is there {times} times"
        );
    }
    // What one writer said stands in its order.
    for round in 0..CRASHES {
        for writer in 0..WRITERS {
            let mine = format!("r{round} w{writer} m");
            let numbers: Vec<u32> = kept
                .iter()
                .filter_map(|text| text.strip_prefix(&mine)?.parse().ok())
                .collect();
            assert!(
                numbers.windows(2).all(|w| w[0] < w[1]),
                "{mine}: {numbers:?}"
            );
        }
    }
}
