//! One connection's door, whichever it is.

use parlour_core::{CallId, Event, Instant, Name, Reply};

use crate::connections::Peer;
use crate::context::Context;
use crate::http::{self, HttpDoor};
use crate::irc::IrcDoor;
use crate::plain::PlainDoor;
use crate::sniff::{self, Sniffed, Wait};

/// How an event has to look for a reader: readers of one style share its bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct RenderKey(pub u32);

impl RenderKey {
    /// Reads no events.
    pub const NONE: RenderKey = RenderKey(0);
    /// An IRC client.
    pub const IRC: RenderKey = RenderKey(1);
    /// Wants `time` tags.
    pub const TIME: RenderKey = RenderKey(2);
    /// Wants all tags, and TAGMSG.
    pub const TAGS: RenderKey = RenderKey(4);
    /// A plain client.
    pub const PLAIN: RenderKey = RenderKey(8);
    /// Gets no line ends, and each message in a write of its own.
    pub const UNFRAMED: RenderKey = RenderKey(16);
    /// The event is of the channel that the reader looks at.
    pub const CURRENT: RenderKey = RenderKey(32);
    /// Wants `account` tags.
    pub const ACCOUNT: RenderKey = RenderKey(1 << 6);
    /// Wants account and real name with a JOIN.
    pub const EXTENDED_JOIN: RenderKey = RenderKey(1 << 7);
    /// Wants AWAY.
    pub const AWAY: RenderKey = RenderKey(1 << 8);
    /// Wants ACCOUNT.
    pub const LOGINS: RenderKey = RenderKey(1 << 9);
    /// Wants CHGHOST.
    pub const HOSTS: RenderKey = RenderKey(1 << 10);
    /// Wants SETNAME.
    pub const REALNAMES: RenderKey = RenderKey(1 << 11);
    /// Wants the invitations of others.
    pub const INVITES: RenderKey = RenderKey(1 << 12);
    /// Wants REDACT.
    pub const REDACT: RenderKey = RenderKey(1 << 13);
    /// Wants RENAME.
    pub const RENAME: RenderKey = RenderKey(1 << 14);
    /// Wants messages of several lines as batches.
    pub const MULTILINE: RenderKey = RenderKey(1 << 15);
    /// Wants to see who relayed a message.
    pub const RELAYED: RenderKey = RenderKey(1 << 16);
    /// Wants events of those it monitors.
    pub const MONITOR: RenderKey = RenderKey(1 << 17);

    pub fn has(self, other: RenderKey) -> bool {
        self.0 & other.0 == other.0
    }

    pub fn with(self, other: RenderKey) -> RenderKey {
        RenderKey(self.0 | other.0)
    }

    /// What both have.
    pub fn and(self, other: RenderKey) -> RenderKey {
        RenderKey(self.0 & other.0)
    }
}

/// The states of a connection, by what is known of it.
#[derive(Debug)]
pub(crate) enum Door {
    /// A TLS handshake has to be done by then.
    Handshake(Instant),
    /// Not known yet which door.
    Unknown(Newcomer),
    /// An IRC client.
    Irc(Box<IrcDoor>),
    /// Somebody who types.
    Plain(Box<PlainDoor>),
    /// A browser.
    Http(HttpDoor),
    /// Nothing more is read.
    Shut,
}

/// A connection that has not shown what it speaks.
#[derive(Debug)]
pub(crate) struct Newcomer {
    bytes: Vec<u8>,
    /// When it is decided without more bytes.
    until: Instant,
    prompted: bool,
    /// When it has to have become a session.
    expires: Instant,
}

/// The most bytes that are kept before a door is chosen: any door's longest line.
const MAX_UNDECIDED: usize = 16 * 1024;
/// Milliseconds that the rest of a first word is waited for that a program has begun: what comes
/// after it must not become somebody's public message.
const DIVIDED_WORD: u64 = 5_000;
/// Milliseconds of silence after which somebody is greeted as a person at a port of IRC: some
/// clients wait a while before they say something.
const GREET_ON_IRC_PORT: u64 = 3_000;
/// Milliseconds that a TLS handshake may take.
const HANDSHAKE_TIME: u64 = 15_000;

impl Door {
    /// A door for a connection of which nothing has been read yet; by `expires` it has to have
    /// become a session.
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
        Door::Unknown(Newcomer {
            bytes: Vec::new(),
            until: now.plus(greet_after),
            prompted: false,
            expires,
        })
    }

    /// A door that waits for a TLS handshake.
    pub fn handshake(now: Instant, expires: Instant) -> Door {
        Door::Handshake(now.plus(HANDSHAKE_TIME).min(expires))
    }

    /// When [`Door::tick`] is due.
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

    /// Bytes have arrived.
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

    /// Looks at the first bytes; `silent` when no more are to be waited for.
    fn decide(&mut self, cx: &mut Context, silent: bool) {
        let Door::Unknown(newcomer) = self else {
            return;
        };
        let verdict = match sniff::judge(&newcomer.bytes) {
            Sniffed::Undecided(_) if silent || newcomer.bytes.len() > MAX_UNDECIDED => {
                Sniffed::Plain
            }
            Sniffed::Undecided(wait) => {
                let s = cx.settings;
                let wait = match wait {
                    Wait::Unframed => s.unframed_silence,
                    Wait::Short => s.greet_after,
                    Wait::Long => DIVIDED_WORD,
                };
                newcomer.until = cx.now.plus(wait);
                return;
            }
            verdict => verdict,
        };
        let doors = cx.peer.doors;
        let verdict = match verdict {
            // Where nobody types, whatever comes is a program's.
            Sniffed::Plain if doors.irc && !doors.plain => Sniffed::Irc,
            verdict => verdict,
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
                    // What it was greeted with stands on a line of its own.
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
        self.receive(cx, &bytes);
        if silent && let Door::Plain(door) = self {
            // The silence that decided also ends the first message.
            door.quiet(cx);
        }
    }

    /// The peer sends no more. What it sent is still to be read; true once it is.
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

    /// Goes on with what has arrived, after a pause.
    pub fn proceed(&mut self, cx: &mut Context) {
        match self {
            Door::Irc(door) => door.proceed(cx),
            Door::Plain(door) => door.proceed(cx),
            Door::Unknown(_) | Door::Handshake(_) | Door::Http(_) | Door::Shut => {}
        }
    }

    /// Its deadline has come.
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
                    newcomer.until = newcomer.expires;
                } else if !newcomer.prompted && cx.now >= newcomer.until {
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

    /// How events are to look; [`Style::NONE`] before registration.
    pub fn key(&self) -> RenderKey {
        match self {
            Door::Irc(door) => door.render_key(),
            Door::Plain(door) => door.render_key(),
            Door::Unknown(_) | Door::Handshake(_) | Door::Http(_) | Door::Shut => RenderKey::NONE,
        }
    }

    /// The core's answer to one of its calls.
    pub fn reply(&mut self, cx: &mut Context, call: CallId, reply: &Reply) {
        match self {
            Door::Irc(door) => door.reply(cx, call, reply),
            Door::Plain(door) => door.reply(cx, call, reply),
            Door::Unknown(_) | Door::Handshake(_) | Door::Http(_) | Door::Shut => {}
        }
    }

    /// An event that its own call brought about, or that concerns its own user.
    pub fn own_event(&mut self, cx: &mut Context, call: Option<CallId>, event: &Event) {
        match self {
            Door::Irc(door) => door.own_event(cx, call, event),
            Door::Plain(door) => door.own_event(cx, event),
            Door::Unknown(_) | Door::Handshake(_) | Door::Http(_) | Door::Shut => {}
        }
    }

    /// Nothing more comes of a call.
    pub fn done(&mut self, cx: &mut Context, call: CallId) {
        if let Door::Irc(door) = self {
            door.done(cx, call);
        }
    }

    /// The words before the connection is closed.
    pub fn farewell(&mut self, cx: &mut Context, reason: &str) {
        match self {
            Door::Irc(door) => door.farewell(cx, reason),
            Door::Plain(door) => door.farewell(cx, reason),
            Door::Unknown(_) | Door::Handshake(_) | Door::Http(_) | Door::Shut => {}
        }
    }

    /// Other settings are in force.
    pub fn resettle(&mut self, cx: &mut Context, before: &crate::DoorSettings) {
        if let Door::Irc(door) = self {
            door.resettle(cx, before);
        }
    }

    /// A WebSocket whose handshake is done: it speaks IRC, a line in each message.
    pub fn web(now: Instant, expires: Instant) -> Door {
        Door::Irc(Box::new(IrcDoor::new(now, expires)))
    }

    /// Something the server itself has to say to everybody.
    pub fn announce(&mut self, cx: &mut Context, text: &str) {
        match self {
            Door::Irc(door) => door.announce(cx, text),
            Door::Plain(door) => door.announce(cx, text),
            Door::Unknown(_) | Door::Handshake(_) | Door::Http(_) | Door::Shut => {}
        }
    }

    /// The nick of its user, once registered.
    pub fn nick(&self) -> Option<&Name> {
        match self {
            Door::Irc(door) => door.nick(),
            Door::Plain(door) => door.nick(),
            Door::Unknown(_) | Door::Handshake(_) | Door::Http(_) | Door::Shut => None,
        }
    }

    /// Whether the core knows, or is about to know, a session of it.
    pub fn has_session(&self) -> bool {
        match self {
            Door::Irc(door) => door.has_session(),
            Door::Plain(door) => door.has_session(),
            Door::Unknown(_) | Door::Handshake(_) | Door::Http(_) | Door::Shut => false,
        }
    }

    /// The other end is there, though nothing is read of it.
    pub fn is_there(&mut self, now: Instant) {
        if let Door::Irc(door) = self {
            door.is_there(now);
        }
    }

    /// Whether it reads no further before the core has answered.
    pub fn waits(&self) -> bool {
        match self {
            Door::Irc(door) => door.waits(),
            Door::Plain(door) => door.waits(),
            Door::Unknown(_) | Door::Handshake(_) | Door::Http(_) | Door::Shut => false,
        }
    }
}
