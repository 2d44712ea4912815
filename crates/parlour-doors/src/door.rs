//! Door of one connection, of any protocol.

use crate::render_key::RenderKey;
use parlour_core::{CallId, Event, Instant, Name, Reply};

use crate::connections::Peer;
use crate::context::Context;
use crate::http::{self, HttpDoor};
use crate::irc::IrcDoor;
use crate::plain::PlainDoor;
use crate::sniff::{self, Sniffed, Wait};

/// Door of a connection: its state by the protocol that is known so far.
#[derive(Debug)]
pub(crate) enum Door {
    /// TLS handshake, with its deadline.
    Handshake(Instant),
    /// Undecided protocol.
    Unknown(UndecidedDoor),
    /// IRC client.
    Irc(Box<IrcDoor>),
    /// Plain client.
    Plain(Box<PlainDoor>),
    /// HTTP client.
    Http(HttpDoor),
    /// Closed door: input is ignored.
    Shut,
}

/// Connection whose protocol is not known yet.
#[derive(Debug)]
pub(crate) struct UndecidedDoor {
    bytes: Vec<u8>,
    /// Deadline for the decision if no more bytes arrive.
    until: Instant,
    prompted: bool,
    /// Deadline for registration.
    expires: Instant,
}

/// Maximum number of bytes that are buffered before the decision: the longest line of any door.
const MAX_UNDECIDED: usize = 16 * 1024;
/// Milliseconds to wait for the rest of a protocol's first word. Without that the input after it
/// could become a public message.
const SPLIT_WORD_WAIT: u64 = 5_000;
/// Milliseconds of silence before the plain greeting on an IRC port: some clients wait a while
/// before they send anything.
const GREET_ON_IRC_PORT: u64 = 3_000;
/// Milliseconds that a TLS handshake may take.
const HANDSHAKE_TIME: u64 = 15_000;

impl Door {
    /// Creates an undecided door; `expires` is the deadline for registration.
    pub fn new(
        now: Instant,
        expires: Instant,
        peer: &Peer,
        settings: &crate::DoorSettings,
    ) -> Door {
        let greet_after = match peer.irc_port {
            true => settings.greet_after.max(GREET_ON_IRC_PORT),
            false => settings.greet_after,
        };
        Door::Unknown(UndecidedDoor {
            bytes: Vec::new(),
            until: now.plus(greet_after),
            prompted: false,
            expires,
        })
    }

    /// Creates a door that waits for a TLS handshake.
    pub fn handshake(now: Instant, expires: Instant) -> Door {
        Door::Handshake(now.plus(HANDSHAKE_TIME).min(expires))
    }

    /// Returns the time when [`Door::tick`] is due.
    pub fn deadline(&self) -> Option<Instant> {
        match self {
            Door::Unknown(newcomer) => Some(newcomer.until.min(newcomer.expires)),
            Door::Irc(door) => door.deadline(),
            Door::Plain(door) => door.deadline(),
            Door::Http(visitor) => Some(visitor.deadline()),
            Door::Handshake(until) => Some(*until),
            Door::Shut => None,
        }
    }

    /// Processes bytes that arrived.
    pub fn receive(&mut self, cx: &mut Context, bytes: &[u8]) {
        match self {
            Door::Unknown(newcomer) => {
                newcomer.bytes.extend_from_slice(bytes);
                self.decide(cx, false);
            }
            Door::Irc(door) => door.receive(cx, bytes),
            Door::Plain(door) => door.receive(cx, bytes),
            Door::Http(visitor) => visitor.receive(cx, bytes),
            Door::Handshake(_) | Door::Shut => {}
        }
    }

    /// Chooses the door by the first bytes. With `silent`, no more bytes are waited for.
    fn decide(&mut self, cx: &mut Context, silent: bool) {
        let Door::Unknown(newcomer) = self else {
            return;
        };
        // A buffer that is full without a decision is plain text: no protocol has so long a
        // beginning.
        let verdict = match sniff::judge(&newcomer.bytes) {
            Sniffed::Undecided(_) if silent || newcomer.bytes.len() > MAX_UNDECIDED => {
                Sniffed::Plain
            }
            Sniffed::Undecided(wait) => {
                let s = cx.settings;
                let wait = match wait {
                    Wait::Unframed => s.unframed_silence,
                    Wait::Short => s.greet_after,
                    Wait::Long => SPLIT_WORD_WAIT,
                };
                newcomer.until = cx.now.plus(wait);
                return;
            }
            verdict @ (Sniffed::Irc
            | Sniffed::Plain
            | Sniffed::Http
            | Sniffed::Ssh
            | Sniffed::Proxy) => verdict,
        };
        let doors = cx.peer.doors;
        let verdict = match verdict {
            // On a port without plain clients, any text is a program's.
            Sniffed::Plain if doors.irc && !doors.plain => Sniffed::Irc,
            verdict @ (Sniffed::Undecided(_)
            | Sniffed::Irc
            | Sniffed::Plain
            | Sniffed::Http
            | Sniffed::Ssh
            | Sniffed::Proxy) => verdict,
        };
        let open = match verdict {
            Sniffed::Irc => doors.irc,
            Sniffed::Plain | Sniffed::Undecided(_) => doors.plain,
            Sniffed::Http => doors.web,
            Sniffed::Ssh | Sniffed::Proxy => true,
        };
        if !open {
            http::refuse_door(cx);
            *self = Door::Shut;
            return;
        }
        let (bytes, expires) = (std::mem::take(&mut newcomer.bytes), newcomer.expires);
        let prompted = newcomer.prompted;
        *self = match verdict {
            Sniffed::Irc => {
                if prompted {
                    // The prompt of the greeting has no line end.
                    cx.out.extend_from_slice(b"\r\n");
                }
                Door::Irc(Box::new(IrcDoor::new(cx.now, expires)))
            }
            Sniffed::Http => Door::Http(HttpDoor::new(cx.now, expires)),
            Sniffed::Ssh => {
                http::refuse_ssh(cx);
                Door::Shut
            }
            Sniffed::Proxy => {
                http::refuse_proxy(cx);
                Door::Shut
            }
            Sniffed::Plain | Sniffed::Undecided(_) => {
                // Telnet, which begins with its own commands, ends lines.
                let framed = bytes.contains(&b'\n') || bytes.first() == Some(&255);
                Door::Plain(Box::new(PlainDoor::new(framed, expires)))
            }
        };
        // The new door reads the bytes that decided for it.
        self.receive(cx, &bytes);
        if silent && let Door::Plain(door) = self {
            // The silence that decided also ends the first message.
            door.quiet(cx);
        }
    }

    /// Processes the rest of the input after the end of file. Returns true once that is done.
    pub fn ended(&mut self, cx: &mut Context) -> bool {
        if let Door::Unknown(newcomer) = self {
            if newcomer.bytes.is_empty() {
                cx.close = Some("left without a word".into());
                return true;
            }
            self.decide(cx, true);
        }
        match self {
            Door::Irc(door) => door.ended(cx),
            Door::Plain(door) => door.ended(cx),
            Door::Http(visitor) => {
                visitor.answer(cx);
                true
            }
            Door::Unknown(_) | Door::Handshake(_) | Door::Shut => true,
        }
    }

    /// Resumes the processing of input that has arrived.
    pub fn proceed(&mut self, cx: &mut Context) {
        match self {
            Door::Irc(door) => door.proceed(cx),
            Door::Plain(door) => door.proceed(cx),
            Door::Unknown(_) | Door::Handshake(_) | Door::Http(_) | Door::Shut => {}
        }
    }

    /// Runs the door's timer.
    pub fn tick(&mut self, cx: &mut Context) {
        match self {
            Door::Unknown(newcomer) => {
                if cx.now >= newcomer.expires {
                    cx.out.extend_from_slice(match cx.peer.doors.plain {
                        true => b"\r\nYou said nothing for a while, so this connection is closed. Come back any time.\r\n",
                        false => b"ERROR :You said nothing for a while\r\n",
                    });
                    cx.close = Some("said nothing".into());
                } else if !newcomer.bytes.is_empty() {
                    self.decide(cx, true);
                } else if !cx.peer.doors.plain {
                    // No greeting on this port: only the registration deadline is left.
                    newcomer.until = newcomer.expires;
                } else if !newcomer.prompted && cx.now >= newcomer.until {
                    // Still undecided: a slow IRC client may speak after the prompt.
                    newcomer.prompted = true;
                    newcomer.until = newcomer.expires;
                    PlainDoor::prompt(cx);
                }
            }
            Door::Irc(door) => door.tick(cx),
            Door::Plain(door) => door.tick(cx),
            Door::Http(visitor) => {
                if cx.now >= visitor.deadline() {
                    visitor.answer(cx);
                }
            }
            Door::Handshake(until) => {
                if cx.now >= *until {
                    cx.close = Some("TLS handshake timed out".into());
                }
            }
            Door::Shut => {}
        }
    }

    /// Returns the render key; [`RenderKey::NONE`] before registration.
    pub fn key(&self) -> RenderKey {
        match self {
            Door::Irc(door) => door.render_key(),
            Door::Plain(door) => door.render_key(),
            Door::Unknown(_) | Door::Handshake(_) | Door::Http(_) | Door::Shut => RenderKey::NONE,
        }
    }

    /// Processes the core's reply to a call of this door.
    pub fn reply(&mut self, cx: &mut Context, call: CallId, reply: &Reply) {
        match self {
            Door::Irc(door) => door.reply(cx, call, reply),
            Door::Plain(door) => door.reply(cx, call, reply),
            Door::Unknown(_) | Door::Handshake(_) | Door::Http(_) | Door::Shut => {}
        }
    }

    /// Processes an event that a call of this door caused, or that is about its user.
    pub fn own_event(&mut self, cx: &mut Context, call: Option<CallId>, event: &Event) {
        match self {
            Door::Irc(door) => door.own_event(cx, call, event),
            Door::Plain(door) => door.own_event(cx, event),
            Door::Unknown(_) | Door::Handshake(_) | Door::Http(_) | Door::Shut => {}
        }
    }

    /// Notes that all effects of a call are delivered.
    pub fn done(&mut self, cx: &mut Context, call: CallId) {
        if let Door::Irc(door) = self {
            door.done(cx, call);
        }
    }

    /// Writes the last words before the connection is closed.
    pub fn farewell(&mut self, cx: &mut Context, reason: &str) {
        match self {
            Door::Irc(door) => door.farewell(cx, reason),
            Door::Plain(door) => door.farewell(cx, reason),
            Door::Unknown(_) | Door::Handshake(_) | Door::Http(_) | Door::Shut => {}
        }
    }

    /// Applies new settings.
    pub fn resettle(&mut self, cx: &mut Context, before: &crate::DoorSettings) {
        if let Door::Irc(door) = self {
            door.resettle(cx, before);
        }
    }

    /// Creates the IRC door of a WebSocket after its handshake; each message is a line.
    pub fn web(now: Instant, expires: Instant) -> Door {
        Door::Irc(Box::new(IrcDoor::new(now, expires)))
    }

    /// Writes an announcement of the server.
    pub fn announce(&mut self, cx: &mut Context, text: &str) {
        match self {
            Door::Irc(door) => door.announce(cx, text),
            Door::Plain(door) => door.announce(cx, text),
            Door::Unknown(_) | Door::Handshake(_) | Door::Http(_) | Door::Shut => {}
        }
    }

    /// Returns the nick of the user, once registered.
    pub fn nick(&self) -> Option<&Name> {
        match self {
            Door::Irc(door) => door.nick(),
            Door::Plain(door) => door.nick(),
            Door::Unknown(_) | Door::Handshake(_) | Door::Http(_) | Door::Shut => None,
        }
    }

    /// Returns whether the core knows the session, or is about to.
    pub fn has_session(&self) -> bool {
        match self {
            Door::Irc(door) => door.has_session(),
            Door::Plain(door) => door.has_session(),
            Door::Unknown(_) | Door::Handshake(_) | Door::Http(_) | Door::Shut => false,
        }
    }

    /// Notes that the peer is alive, though its input is not read.
    pub fn is_there(&mut self, now: Instant) {
        if let Door::Irc(door) = self {
            door.is_there(now);
        }
    }

    /// Returns whether reading is paused until the core has replied.
    pub fn waits(&self) -> bool {
        match self {
            Door::Irc(door) => door.waits(),
            Door::Plain(door) => door.waits(),
            Door::Unknown(_) | Door::Handshake(_) | Door::Http(_) | Door::Shut => false,
        }
    }
}
