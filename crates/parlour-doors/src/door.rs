//! One connection's door, whichever it is.

use parlour_core::{CallId, Event, Instant, Name, Reply};

use crate::hall::Peer;
use crate::irc::IrcDoor;
use crate::plain::PlainDoor;
use crate::sniff::{self, Verdict, Wait};
use crate::turn::Turn;
use crate::visitor::{self, HttpVisitor};

/// How an event has to look for a reader: readers of one style share its bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Style(pub u32);

impl Style {
    /// Reads no events.
    pub const NONE: Style = Style(0);
    /// An IRC client.
    pub const IRC: Style = Style(1);
    /// Wants `time` tags.
    pub const TIME: Style = Style(2);
    /// Wants all tags, and TAGMSG.
    pub const TAGS: Style = Style(4);
    /// A plain client.
    pub const PLAIN: Style = Style(8);
    /// Gets no line ends, and each message in a write of its own.
    pub const UNFRAMED: Style = Style(16);
    /// The event is of the channel that the reader looks at.
    pub const CURRENT: Style = Style(32);
    /// Wants `account` tags.
    pub const ACCOUNT: Style = Style(1 << 6);
    /// Wants account and real name with a JOIN.
    pub const EXTENDED_JOIN: Style = Style(1 << 7);
    /// Wants AWAY.
    pub const AWAY: Style = Style(1 << 8);
    /// Wants ACCOUNT.
    pub const LOGINS: Style = Style(1 << 9);
    /// Wants CHGHOST.
    pub const HOSTS: Style = Style(1 << 10);
    /// Wants SETNAME.
    pub const REALNAMES: Style = Style(1 << 11);
    /// Wants the invitations of others.
    pub const INVITES: Style = Style(1 << 12);
    /// Wants REDACT.
    pub const REDACT: Style = Style(1 << 13);
    /// Wants RENAME.
    pub const RENAME: Style = Style(1 << 14);
    /// Wants messages of several lines as batches.
    pub const MULTILINE: Style = Style(1 << 15);
    /// Wants to see who relayed a message.
    pub const RELAYED: Style = Style(1 << 16);
    /// Wants events of those it monitors.
    pub const MONITOR: Style = Style(1 << 17);

    pub fn has(self, other: Style) -> bool {
        self.0 & other.0 == other.0
    }

    pub fn with(self, other: Style) -> Style {
        Style(self.0 | other.0)
    }

    /// What both have.
    pub fn and(self, other: Style) -> Style {
        Style(self.0 & other.0)
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
    Http(HttpVisitor),
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
    pub fn receive(&mut self, turn: &mut Turn, bytes: &[u8]) {
        match self {
            Door::Unknown(newcomer) => {
                newcomer.bytes.extend_from_slice(bytes);
                self.decide(turn, false);
            }
            Door::Irc(door) => door.receive(turn, bytes),
            Door::Plain(door) => door.receive(turn, bytes),
            Door::Http(visitor) => visitor.receive(turn, bytes),
            Door::Handshake(_) | Door::Shut => {}
        }
    }

    /// Looks at the first bytes; `silent` when no more are to be waited for.
    fn decide(&mut self, turn: &mut Turn, silent: bool) {
        let Door::Unknown(newcomer) = self else {
            return;
        };
        let verdict = match sniff::judge(&newcomer.bytes) {
            Verdict::Undecided(_) if silent || newcomer.bytes.len() > MAX_UNDECIDED => {
                Verdict::Plain
            }
            Verdict::Undecided(wait) => {
                let s = turn.settings;
                let wait = match wait {
                    Wait::Unframed => s.unframed_silence,
                    Wait::Short => s.greet_after,
                    Wait::Long => DIVIDED_WORD,
                };
                newcomer.until = turn.now.plus(wait);
                return;
            }
            verdict => verdict,
        };
        let doors = turn.peer.doors;
        let verdict = match verdict {
            // Where nobody types, whatever comes is a program's.
            Verdict::Plain if doors.irc && !doors.plain => Verdict::Irc,
            verdict => verdict,
        };
        let open = match verdict {
            Verdict::Irc => doors.irc,
            Verdict::Plain | Verdict::Undecided(_) => doors.plain,
            Verdict::Http => doors.web,
            Verdict::Ssh | Verdict::Proxy => true,
        };
        if !open {
            visitor::refuse_door(turn);
            *self = Door::Shut;
            return;
        }
        let (bytes, expires) = (std::mem::take(&mut newcomer.bytes), newcomer.expires);
        let prompted = newcomer.prompted;
        *self = match verdict {
            Verdict::Irc => {
                if prompted {
                    // What it was greeted with stands on a line of its own.
                    turn.out.extend_from_slice(b"\r\n");
                }
                Door::Irc(Box::new(IrcDoor::new(turn.now, expires)))
            }
            Verdict::Http => Door::Http(HttpVisitor::new(turn.now, expires)),
            Verdict::Ssh => {
                visitor::refuse_ssh(turn);
                Door::Shut
            }
            Verdict::Proxy => {
                visitor::refuse_proxy(turn);
                Door::Shut
            }
            Verdict::Plain | Verdict::Undecided(_) => {
                // Telnet, which begins with its own commands, ends lines.
                let framed = bytes.contains(&b'\n') || bytes.first() == Some(&255);
                Door::Plain(Box::new(PlainDoor::new(framed, expires)))
            }
        };
        self.receive(turn, &bytes);
        if silent && let Door::Plain(door) = self {
            // The silence that decided also ends the first message.
            door.quiet(turn);
        }
    }

    /// The peer sends no more. What it sent is still to be read; true once it is.
    pub fn ended(&mut self, turn: &mut Turn) -> bool {
        if let Door::Unknown(newcomer) = self {
            if newcomer.bytes.is_empty() {
                turn.close = Some("left without a word".into());
                return true;
            }
            self.decide(turn, true);
        }
        match self {
            Door::Irc(door) => door.ended(turn),
            Door::Plain(door) => door.ended(turn),
            Door::Http(visitor) => {
                visitor.answer(turn);
                true
            }
            Door::Unknown(_) | Door::Handshake(_) | Door::Shut => true,
        }
    }

    /// Goes on with what has arrived, after a pause.
    pub fn proceed(&mut self, turn: &mut Turn) {
        match self {
            Door::Irc(door) => door.proceed(turn),
            Door::Plain(door) => door.proceed(turn),
            Door::Unknown(_) | Door::Handshake(_) | Door::Http(_) | Door::Shut => {}
        }
    }

    /// Its deadline has come.
    pub fn tick(&mut self, turn: &mut Turn) {
        match self {
            Door::Unknown(newcomer) => {
                if turn.now >= newcomer.expires {
                    turn.out.extend_from_slice(match turn.peer.doors.plain {
                        true => b"\r\nYou said nothing for a while, so this connection is closed. Come back any time.\r\n",
                        false => b"ERROR :You said nothing for a while\r\n",
                    });
                    turn.close = Some("said nothing".into());
                } else if !newcomer.bytes.is_empty() {
                    self.decide(turn, true);
                } else if !turn.peer.doors.plain {
                    newcomer.until = newcomer.expires;
                } else if !newcomer.prompted && turn.now >= newcomer.until {
                    newcomer.prompted = true;
                    newcomer.until = newcomer.expires;
                    PlainDoor::prompt(turn);
                }
            }
            Door::Irc(door) => door.tick(turn),
            Door::Plain(door) => door.tick(turn),
            Door::Http(visitor) => {
                if turn.now >= visitor.deadline() {
                    visitor.answer(turn);
                }
            }
            Door::Handshake(until) => {
                if turn.now >= *until {
                    turn.close = Some("TLS handshake timed out".into());
                }
            }
            Door::Shut => {}
        }
    }

    /// How events are to look; [`Style::NONE`] before registration.
    pub fn style(&self) -> Style {
        match self {
            Door::Irc(door) => door.style(),
            Door::Plain(door) => door.style(),
            Door::Unknown(_) | Door::Handshake(_) | Door::Http(_) | Door::Shut => Style::NONE,
        }
    }

    /// The core's answer to one of its calls.
    pub fn reply(&mut self, turn: &mut Turn, call: CallId, reply: &Reply) {
        match self {
            Door::Irc(door) => door.reply(turn, call, reply),
            Door::Plain(door) => door.reply(turn, call, reply),
            Door::Unknown(_) | Door::Handshake(_) | Door::Http(_) | Door::Shut => {}
        }
    }

    /// An event that its own call brought about, or that concerns its own user.
    pub fn own_event(&mut self, turn: &mut Turn, call: Option<CallId>, event: &Event) {
        match self {
            Door::Irc(door) => door.own_event(turn, call, event),
            Door::Plain(door) => door.own_event(turn, event),
            Door::Unknown(_) | Door::Handshake(_) | Door::Http(_) | Door::Shut => {}
        }
    }

    /// Nothing more comes of a call.
    pub fn done(&mut self, turn: &mut Turn, call: CallId) {
        if let Door::Irc(door) = self {
            door.done(turn, call);
        }
    }

    /// The words before the connection is closed.
    pub fn farewell(&mut self, turn: &mut Turn, reason: &str) {
        match self {
            Door::Irc(door) => door.farewell(turn, reason),
            Door::Plain(door) => door.farewell(turn, reason),
            Door::Unknown(_) | Door::Handshake(_) | Door::Http(_) | Door::Shut => {}
        }
    }

    /// Other settings are in force.
    pub fn resettle(&mut self, turn: &mut Turn, before: &crate::DoorSettings) {
        if let Door::Irc(door) = self {
            door.resettle(turn, before);
        }
    }

    /// A WebSocket whose handshake is done: it speaks IRC, a line in each message.
    pub fn web(now: Instant, expires: Instant) -> Door {
        Door::Irc(Box::new(IrcDoor::new(now, expires)))
    }

    /// Something the server itself has to say to everybody.
    pub fn announce(&mut self, turn: &mut Turn, text: &str) {
        match self {
            Door::Irc(door) => door.announce(turn, text),
            Door::Plain(door) => door.announce(turn, text),
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
