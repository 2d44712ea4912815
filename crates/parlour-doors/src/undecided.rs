//! Dialect of a connection whose protocol is not known yet; its first bytes decide.

use parlour_core::Instant;

use crate::bridged::Service;
use crate::connections::Peer;
use crate::context::Context;
use crate::dialect::Dialect;
use crate::irc::IrcDoor;
use crate::plain::PlainDoor;
use crate::refuse;
use crate::sniff::{self, Sniffed, Wait};

/// Maximum number of bytes that are buffered before the decision: the longest line of any door.
const MAX_UNDECIDED: usize = 16 * 1024;
/// Milliseconds to wait for the rest of a protocol's first word. Without that the input after it
/// could become a public message.
const SPLIT_WORD_WAIT: u64 = 5_000;
/// Milliseconds of silence before the plain greeting on an IRC port: some clients wait a while
/// before they send anything.
const GREET_ON_IRC_PORT: u64 = 3_000;

/// Connection whose protocol is not known yet.
#[derive(Debug)]
pub(crate) struct Undecided {
    bytes: Vec<u8>,
    /// Deadline for the decision if no more bytes arrive.
    until: Instant,
    prompted: bool,
    /// Deadline for registration.
    expires: Instant,
}

impl Undecided {
    /// Creates the dialect; `expires` is the deadline for registration.
    pub fn new(now: Instant, expires: Instant, peer: &Peer, greet_after: u64) -> Undecided {
        let greet_after = match peer.irc_port {
            true => greet_after.max(GREET_ON_IRC_PORT),
            false => greet_after,
        };
        Undecided {
            bytes: Vec::new(),
            until: now.plus(greet_after),
            prompted: false,
            expires,
        }
    }

    /// Chooses the dialect by the first bytes, which it has read already. With `silent`, no more
    /// bytes are waited for. Returns `None` if there are too few, or if the protocol is refused.
    fn decide(&mut self, cx: &mut Context, silent: bool) -> Option<Box<dyn Dialect>> {
        // A buffer that is full without a decision is plain text: no protocol has so long a
        // beginning.
        let verdict = match sniff::judge(&self.bytes) {
            Sniffed::Undecided(_) if silent || self.bytes.len() > MAX_UNDECIDED => Sniffed::Plain,
            Sniffed::Undecided(wait) => {
                let wait = match wait {
                    Wait::Unframed => cx.settings.unframed_silence,
                    Wait::Short => cx.settings.greet_after,
                    Wait::Long => SPLIT_WORD_WAIT,
                };
                self.until = cx.now.plus(wait);
                return None;
            }
            verdict @ (Sniffed::Irc
            | Sniffed::Plain
            | Sniffed::Http
            | Sniffed::Ssh
            | Sniffed::Proxy) => verdict,
        };
        let doors = cx.peer.doors;
        match verdict {
            // On a port without plain clients, any text is a program's.
            Sniffed::Plain if doors.irc && !doors.plain => Some(self.irc(cx)),
            Sniffed::Irc if doors.irc => Some(self.irc(cx)),
            Sniffed::Plain | Sniffed::Undecided(_) if doors.plain => Some(self.plain(cx, silent)),
            Sniffed::Http if doors.web => {
                cx.bridge = Some((Service::Http, std::mem::take(&mut self.bytes)));
                None
            }
            Sniffed::Irc | Sniffed::Plain | Sniffed::Undecided(_) | Sniffed::Http => {
                refuse::door(cx);
                None
            }
            Sniffed::Ssh => {
                refuse::ssh(cx);
                None
            }
            Sniffed::Proxy => {
                refuse::proxy(cx);
                None
            }
        }
    }

    fn irc(&self, cx: &mut Context) -> Box<dyn Dialect> {
        if self.prompted {
            // The prompt of the greeting has no line end.
            cx.out.extend_from_slice(b"\r\n");
        }
        let mut door = IrcDoor::new(cx.now, self.expires);
        door.receive(cx, &self.bytes);
        Box::new(door)
    }

    fn plain(&self, cx: &mut Context, silent: bool) -> Box<dyn Dialect> {
        // Telnet, which begins with its own commands, ends lines.
        let framed = self.bytes.contains(&b'\n') || self.bytes.first() == Some(&255);
        let mut door = PlainDoor::new(framed, self.expires);
        door.receive(cx, &self.bytes);
        if silent {
            // The silence that decided also ends the first message.
            door.quiet(cx);
        }
        Box::new(door)
    }
}

/// Returns the dialect of a WebSocket after its handshake: each message is a line of IRC.
pub(crate) fn websocket(now: Instant, expires: Instant) -> Box<dyn Dialect> {
    Box::new(IrcDoor::new(now, expires))
}

impl Dialect for Undecided {
    fn deadline(&self) -> Option<Instant> {
        Some(self.until.min(self.expires))
    }

    fn receive(&mut self, cx: &mut Context, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        cx.next = self.decide(cx, false);
    }

    fn ended(&mut self, cx: &mut Context) -> bool {
        if self.bytes.is_empty() {
            cx.close = Some("left without a word".into());
            return true;
        }
        let mut next = self.decide(cx, true);
        let done = match &mut next {
            Some(next) => next.ended(cx),
            // A bridge is told by itself.
            None => cx.bridge.is_none(),
        };
        cx.next = next;
        done
    }

    fn tick(&mut self, cx: &mut Context) {
        if cx.now >= self.expires {
            cx.out.extend_from_slice(match cx.peer.doors.plain {
                true => b"\r\nYou said nothing for a while, so this connection is closed. Come back any time.\r\n",
                false => b"ERROR :You said nothing for a while\r\n",
            });
            cx.close = Some("said nothing".into());
        } else if !self.bytes.is_empty() {
            cx.next = self.decide(cx, true);
        } else if !cx.peer.doors.plain {
            // No greeting on this port: only the registration deadline is left.
            self.until = self.expires;
        } else if !self.prompted && cx.now >= self.until {
            // Still undecided: a slow IRC client may speak after the prompt.
            self.prompted = true;
            self.until = self.expires;
            PlainDoor::prompt(cx);
        }
    }
}
