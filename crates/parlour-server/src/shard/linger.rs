//! Connections that are closed on our side and drained, so that the last words reach
//! the other side: a close with unread input would reset the connection.

use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};

use slab::Slab;

use super::stream::Stream;
use crate::gate::Seat;

/// How long the other side may take to close as well.
const PATIENCE: Duration = Duration::from_secs(2);
/// Connections that may linger at once; the oldest goes first.
const MOST: usize = 1024;

#[derive(Default)]
pub(super) struct Lingering {
    sockets: Slab<(Stream, Instant, Seat)>,
}

impl Lingering {
    /// The place that the next one gets.
    pub fn next_place(&self) -> usize {
        self.sockets.vacant_key()
    }

    pub fn insert(&mut self, stream: Stream, seat: Seat) {
        if self.sockets.len() < MOST {
            let until = Instant::now() + PATIENCE;
            self.sockets.insert((stream, until, seat));
        }
    }

    pub fn is_empty(&self) -> bool {
        self.sockets.is_empty()
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        self.sockets.iter().map(|(_, (_, until, _))| *until).min()
    }

    /// Throws away what arrives; lets go of who has closed.
    pub fn readable(&mut self, place: usize, buffer: &mut [u8]) {
        let Some((stream, ..)) = self.sockets.get_mut(place) else {
            return;
        };
        for _ in 0..64 {
            match stream.read(buffer) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        self.sockets.remove(place);
    }

    pub fn tick(&mut self, now: Instant) {
        self.sockets.retain(|_, (_, until, _)| *until > now);
    }
}
