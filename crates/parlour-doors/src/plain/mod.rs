//! The plain door: for netcat, telnet and pyChat's client. A nickname, then lines.

mod commands;
mod framing;
mod moderation;
mod people;
mod render;
mod search;
mod sentences;
mod telnet;

use std::sync::Arc;

use irc_wire::{terminal, text};
use parlour_core::event::Place;
use parlour_core::login::{Login, Proof};
use parlour_core::request::{Attendance, Origin, Registration, SayKind, Saying, Target};
use parlour_core::state::Profile;
use parlour_core::{
    Body, CallId, Change, ChannelId, Event, Instant, Name, Question, Refusal, Reply, Secret, names,
};

pub use commands::{COMMANDS, Command};
use framing::{Framing, Heard};
pub(crate) use render::event as render_event;

use crate::door::Style;
use crate::hall::Note;
use crate::hall::STANDS_STILL;
use crate::turn::Turn;

/// Where secrets of this client come from.
fn origin(turn: &Turn) -> Origin {
    Origin {
        address: turn.peer.shown.clone(),
        secure: turn.peer.secure,
    }
}

/// The channel that an event belongs to.
pub(crate) fn event_channel(event: &Event) -> Option<ChannelId> {
    render::place(event).map(|place| place.id)
}

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Is asked for a nickname.
    Naming,
    /// Is asked for the server's password.
    Unlocking,
    /// Is asked for the password of the account whose nickname was chosen.
    Proving,
    /// Waits for the core to take it.
    Registering,
    /// Talks.
    Chatting,
    /// Has said goodbye.
    Quitting,
}

/// A room that the user is in.
#[derive(Debug)]
struct Room {
    name: Name,
    /// None until the core has let them in.
    id: Option<ChannelId>,
    /// The call that asked for it.
    asked: CallId,
}

/// One plain client's side of the door.
#[derive(Debug)]
pub(crate) struct PlainDoor {
    framing: Framing,
    stage: Stage,
    profile: Option<Arc<Profile>>,
    /// The rooms; what is typed goes to the last one.
    rooms: Vec<Room>,
    next_call: u32,
    /// The nickname that was asked for, while the password is.
    wanted: Name,
    /// How often the password was asked for.
    wrong_passwords: u32,
    /// Whether the core may know this connection, though it has no nickname.
    known: bool,
    /// When it has to have a nickname.
    expires: Instant,
    /// The question whose answer, which may be long, comes before more is read.
    paused: Option<CallId>,
}

/// What every line of the system begins with. No line of a user can: it begins with
/// their nick, and no nick begins with a hyphen.
const SYSTEM: &str = "-- ";

/// The question for a nickname, at the end of what is written.
const QUESTION: &str = "Nickname: ";
/// The question for the server's password.
const PASSWORD_QUESTION: &str = "Password: ";

impl PlainDoor {
    pub fn new(framed: bool, expires: Instant) -> Self {
        PlainDoor {
            framing: Framing::new(framed),
            stage: Stage::Naming,
            profile: None,
            rooms: Vec::new(),
            next_call: 0,
            wanted: "".into(),
            wrong_passwords: 0,
            known: false,
            expires,
            paused: None,
        }
    }

    /// Greets somebody who has said nothing yet.
    pub fn prompt(turn: &mut Turn) {
        let network = terminal::neutralise(&turn.settings.network);
        let greeting = format!("Welcome to {network}. What should we call you?\n{QUESTION}");
        turn.out.extend_from_slice(greeting.as_bytes());
        turn.breaks.push(turn.out.len());
    }

    pub fn style(&self) -> Style {
        if self.profile.is_none() {
            Style::NONE
        } else if self.framing.is_framed() {
            Style::PLAIN
        } else {
            Style::PLAIN.with(Style::UNFRAMED)
        }
    }

    pub fn nick(&self) -> Option<&Name> {
        self.profile.as_ref().map(|profile| &profile.nick)
    }

    pub fn waits(&self) -> bool {
        self.stage == Stage::Registering || self.paused.is_some()
    }

    /// Asks something whose answer may be long: more is read when it is there.
    fn ask_and_wait(&mut self, turn: &mut Turn, question: Question) {
        let call = self.next_call();
        self.paused = Some(call);
        turn.ask(call, question);
    }

    pub fn has_session(&self) -> bool {
        match self.stage {
            Stage::Registering | Stage::Chatting => true,
            Stage::Naming | Stage::Unlocking | Stage::Proving => self.known,
            Stage::Quitting => false,
        }
    }

    /// The channel whose events need no name in front.
    pub fn current(&self) -> Option<ChannelId> {
        self.rooms.last().and_then(|room| room.id)
    }

    pub fn deadline(&self) -> Option<Instant> {
        let naming =
            (!matches!(self.stage, Stage::Chatting | Stage::Quitting)).then_some(self.expires);
        [naming, self.framing.deadline()]
            .into_iter()
            .flatten()
            .min()
    }

    pub fn tick(&mut self, turn: &mut Turn) {
        if turn.now >= self.expires && !matches!(self.stage, Stage::Chatting | Stage::Quitting) {
            self.write(
                turn,
                "You chose no nickname in time, so this connection is closed. Come back any time.",
            );
            turn.close = Some("chose no nickname".into());
            if self.stage == Stage::Registering {
                // The core may have taken the nick already.
                let call = self.next_call();
                turn.change(call, Change::Quit("Registration timed out".into()));
            }
            return;
        }
        self.framing.silence(turn.now);
        self.proceed(turn);
    }

    pub fn receive(&mut self, turn: &mut Turn, bytes: &[u8]) {
        let until = turn.now.plus(turn.settings.unframed_silence);
        self.framing.receive(bytes, until);
        self.proceed(turn);
    }

    /// The silence after what has arrived has lasted long enough already.
    pub fn quiet(&mut self, turn: &mut Turn) {
        self.framing
            .silence(turn.now.plus(turn.settings.unframed_silence));
        self.proceed(turn);
    }

    pub fn ended(&mut self, turn: &mut Turn) -> bool {
        self.framing.end();
        self.proceed(turn);
        turn.close.is_some() || (self.stage != Stage::Registering && turn.may_read())
    }

    pub fn proceed(&mut self, turn: &mut Turn) {
        while turn.may_read()
            && self.paused.is_none()
            && !matches!(self.stage, Stage::Registering | Stage::Quitting)
        {
            let Some(heard) = self.framing.next() else {
                return;
            };
            let problem = match heard {
                Heard::Text(text) => {
                    self.heard(turn, &text);
                    continue;
                }
                Heard::NotText => "That was not UTF-8 text, so it was not sent.",
                Heard::Forbidden => {
                    "A message cannot hold a NUL or a bare carriage return, so it was not sent."
                }
                Heard::TooLong => "That was too long (16,000 bytes at most), so it was not sent.",
            };
            self.system(turn, problem);
            match self.stage {
                Stage::Naming => self.question(turn, QUESTION),
                Stage::Unlocking | Stage::Proving => self.question(turn, PASSWORD_QUESTION),
                _ => {}
            }
        }
    }

    fn heard(&mut self, turn: &mut Turn, line: &str) {
        match self.stage {
            Stage::Naming => return self.choose(turn, line.trim()),
            Stage::Unlocking => return self.register(turn, Some(Secret::new(line.trim()))),
            Stage::Proving => return self.prove(turn, line.trim()),
            _ => {}
        }
        let line = line.trim_end();
        if line.is_empty() {
            return;
        }
        match line.strip_prefix('/') {
            Some(rest) if !rest.starts_with('/') => commands::run(self, turn, rest),
            Some(rest) => self.say(turn, rest, false),
            None => self.say(turn, line, false),
        }
    }

    fn choose(&mut self, turn: &mut Turn, nick: &str) {
        if nick == "/quit" {
            self.write(turn, "Goodbye!");
            turn.close = Some("left without a nickname".into());
            return;
        }
        let prepared = names::prepare_nick(nick);
        if let Err(why) = names::check_nick(&prepared, turn.settings.chat.limits.nick) {
            self.system(turn, sentences::bad_nick(why));
            return self.question(turn, QUESTION);
        }
        self.wanted = prepared.into();
        self.register(turn, None);
    }

    fn register(&mut self, turn: &mut Turn, password: Option<Secret>) {
        self.stage = Stage::Registering;
        let call = self.next_call();
        turn.change(
            call,
            Change::Register(Box::new(Registration {
                nick: self.wanted.clone(),
                user: "plain".into(),
                host: turn.peer.host.clone(),
                address: turn.peer.shown.clone(),
                realname: self.wanted.clone(),
                secure: turn.peer.secure,
                password,
                attendance: Attendance::Present,
                metadata: Vec::new(),
                reads_metadata: false,
                keys: Vec::new(),
            })),
        );
        if turn.standstill {
            self.announce(turn, STANDS_STILL);
        }
    }

    /// Shows that the nickname is one's own account's; without a password, another is chosen.
    fn prove(&mut self, turn: &mut Turn, password: &str) {
        if password.is_empty() {
            self.stage = Stage::Naming;
            return self.question(turn, QUESTION);
        }
        self.stage = Stage::Registering;
        self.known = true;
        let account = self.wanted.clone();
        self.log_in(turn, account, password);
    }

    fn log_in(&mut self, turn: &mut Turn, account: Name, password: &str) {
        let call = self.next_call();
        let login = Login {
            account: Some(account),
            acting_as: None,
            proof: Proof::Password(Secret::new(password)),
            origin: origin(turn),
        };
        turn.change(call, Change::Login(Box::new(login)));
    }

    /// The core has not let them in: for want of the password, or of another nickname.
    fn not_registered(&mut self, turn: &mut Turn, refusal: &Refusal) {
        match refusal {
            Refusal::NickReserved(_) | Refusal::LoginFailed => {
                self.stage = Stage::Proving;
                self.system(turn, &sentences::refusal(refusal));
                return self.question(turn, PASSWORD_QUESTION);
            }
            Refusal::WrongPassword | Refusal::PasswordsBusy => {
                let sentence = if self.wrong_passwords == 0 {
                    "This server asks for its password.".into()
                } else {
                    sentences::refusal(refusal)
                };
                self.wrong_passwords += 1;
                self.stage = Stage::Unlocking;
                self.system(turn, &sentence);
                return self.question(turn, PASSWORD_QUESTION);
            }
            Refusal::NetworkBan(..) => {
                self.system(turn, &sentences::refusal(refusal));
                turn.close = Some("banned".into());
                return;
            }
            Refusal::InsecurePassword | Refusal::TooManyPasswords => {
                self.system(turn, &sentences::refusal(refusal));
                turn.close = Some("was kept out for its password".into());
                return;
            }
            _ => {}
        }
        self.stage = Stage::Naming;
        self.system(turn, &sentences::refusal(refusal));
        self.question(turn, QUESTION);
    }

    fn question(&self, turn: &mut Turn, question: &str) {
        if self.framing.is_framed() {
            turn.out.extend_from_slice(question.as_bytes());
        } else {
            // It goes into the same write as the sentence before it.
            turn.breaks.pop();
            turn.out.push(b'\n');
            turn.out.extend_from_slice(question.as_bytes());
            turn.breaks.push(turn.out.len());
        }
    }

    fn next_call(&mut self) -> CallId {
        self.next_call = self.next_call.wrapping_add(1).max(1);
        CallId(self.next_call)
    }

    /// Says something to the room, or to one user: in as many messages as it takes for
    /// every reader to get all of it.
    fn say(&mut self, turn: &mut Turn, line: &str, action: bool) {
        let Some(room) = self.rooms.last() else {
            return self.system(turn, "You are in no room. /join #room joins one.");
        };
        let target = Target::Channel(room.name.clone(), None);
        self.send(turn, &target, line, action);
    }

    fn send(&mut self, turn: &mut Turn, target: &Target, line: &str, action: bool) {
        let (Target::Channel(to, _) | Target::User(to)) = target;
        let source = self
            .profile
            .as_ref()
            .map_or(0, |profile| profile.source.len());
        // `:source PRIVMSG target :text`, CR LF, and the frame of an action.
        let frame = source + to.len() + 32;
        let most = (irc_wire::MAX_LINE.saturating_sub(frame)).max(64);
        for piece in text::pieces(line, most) {
            let text: Name = if action {
                format!("\u{1}ACTION {piece}\u{1}").into()
            } else {
                piece.into()
            };
            let call = self.next_call();
            let saying = Saying {
                kind: SayKind::Message,
                target: target.clone(),
                text,
                splits: None,
                tags: "".into(),
                kept: true,
                outside: false,
            };
            turn.change(call, Change::Say(saying));
        }
    }

    // Writing.

    /// A line of the system.
    fn system(&self, turn: &mut Turn, text: &str) {
        self.write(turn, &format!("{SYSTEM}{text}"));
    }

    /// One message; it may have several lines.
    fn write(&self, turn: &mut Turn, text: &str) {
        turn.out.extend_from_slice(text.as_bytes());
        if self.framing.is_framed() {
            turn.out.push(b'\n');
        }
        turn.breaks.push(turn.out.len());
    }

    pub fn farewell(&mut self, turn: &mut Turn, reason: &str) {
        match (&self.profile, self.stage) {
            (Some(profile), Stage::Quitting) => {
                let text = format!("Goodbye, {}!", profile.nick);
                self.system(turn, &text);
            }
            _ => self.system(turn, &terminal::neutralise(reason)),
        }
    }

    pub fn announce(&mut self, turn: &mut Turn, text: &str) {
        if self.profile.is_some() || self.stage == Stage::Registering {
            self.system(turn, &terminal::neutralise(text));
        }
    }

    // What the core has to say.

    pub fn reply(&mut self, turn: &mut Turn, call: CallId, reply: &Reply) {
        if self.paused == Some(call) {
            self.paused = None;
        }
        match reply {
            Reply::Registered { profile, attached } => {
                self.registered(turn, profile.clone(), *attached);
            }
            Reply::Switched(profile) => self.profile = Some(profile.clone()),
            Reply::LoggedIn { .. } if self.stage == Stage::Registering => {
                // The nickname was an account's; now it may be had.
                self.register(turn, None);
            }
            Reply::Refused(refusal) if self.stage == Stage::Registering => {
                self.not_registered(turn, refusal);
            }
            Reply::Refused(refusal) => self.refused(turn, call, refusal),
            Reply::Forwarded(from, _) => {
                // The room that was asked for is not the one that is entered.
                self.rooms.retain(|room| room.name != *from);
                if let Some(text) = render::reply(reply) {
                    self.write(turn, &text);
                }
            }
            other => {
                if let Some(text) = render::reply(other) {
                    self.write(turn, &text);
                }
            }
        }
    }

    fn refused(&mut self, turn: &mut Turn, call: CallId, refusal: &Refusal) {
        self.rooms
            .retain(|room| room.id.is_some() || room.asked != call);
        self.system(turn, &sentences::refusal(refusal));
    }

    fn registered(&mut self, turn: &mut Turn, profile: Arc<Profile>, attached: bool) {
        self.stage = Stage::Chatting;
        turn.notes.push(Note::Registered {
            session: turn.session,
            nick: profile.nick.clone(),
            host: profile.address.clone(),
            door: "plain",
        });
        let hello = format!(
            "Welcome, {}! /help lists the commands, /quit leaves.",
            profile.nick
        );
        self.profile = Some(profile);
        self.system(turn, &hello);
        if attached {
            // They are somewhere already, on another connection.
            let call = self.next_call();
            turn.change(call, Change::Rejoin);
            let call = self.next_call();
            turn.ask(call, Question::Missed(Vec::new()));
        }
        let lobby = turn.settings.chat.lobby.clone();
        self.join(turn, lobby, None);
    }

    /// Asks to be let into a room and goes there, so that what is typed next is said there.
    fn join(&mut self, turn: &mut Turn, name: Name, key: Option<Name>) {
        let casemapping = turn.settings.chat.casemapping;
        if let Some(at) = self
            .rooms
            .iter()
            .position(|room| casemapping.same(&room.name, &name))
        {
            let room = self.rooms.remove(at);
            let text = format!("You are talking in {} now.", room.name);
            self.rooms.push(room);
            return self.system(turn, &text);
        }
        let call = self.next_call();
        self.rooms.push(Room {
            name: name.clone(),
            id: None,
            asked: call,
        });
        turn.change(call, Change::Join(name, key));
    }

    pub fn own_event(&mut self, turn: &mut Turn, event: &Event) {
        let own = self
            .profile
            .as_ref()
            .is_some_and(|profile| profile.id == event.from.id);
        match &event.body {
            Body::Said { .. } if own && self.framing.is_framed() => return,
            Body::Joined(place) if own => return self.entered(turn, place),
            Body::Parted(place, _) if own => return self.left(turn, place, None),
            Body::Kicked {
                place,
                nick,
                reason,
            } if self.nick() == Some(nick) => {
                let words = render::kick_reason(&event.from.nick, reason);
                let why = format!("{} kicked you from {}{words}.", event.from.nick, place.name);
                return self.left(turn, place, Some(&why));
            }
            Body::Renamed(nick) if own => {
                self.profile = self
                    .profile
                    .as_ref()
                    .map(|profile| profile.renamed(nick.clone()));
                let text = format!("You are {nick} now.");
                return self.system(turn, &text);
            }
            Body::ChannelRenamed { place, .. } => {
                if let Some(room) = self.rooms.iter_mut().find(|room| room.id == Some(place.id)) {
                    room.name = place.name.clone();
                }
            }
            _ => {}
        }
        let style = self.style_for(event);
        render::event(&mut turn.out, style, event);
        turn.breaks.push(turn.out.len());
    }

    fn style_for(&self, event: &Event) -> Style {
        match render::place(event) {
            Some(place) if self.current() == Some(place.id) => self.style().with(Style::CURRENT),
            _ => self.style(),
        }
    }

    fn entered(&mut self, turn: &Turn, place: &Place) {
        let casemapping = turn.settings.chat.casemapping;
        match self
            .rooms
            .iter_mut()
            .find(|room| casemapping.same(&room.name, &place.name))
        {
            Some(room) => (room.name, room.id) = (place.name.clone(), Some(place.id)),
            None => self.rooms.push(Room {
                name: place.name.clone(),
                id: Some(place.id),
                asked: CallId(0),
            }),
        }
    }

    fn left(&mut self, turn: &mut Turn, place: &Place, why: Option<&str>) {
        self.rooms.retain(|room| room.id != Some(place.id));
        let mut text = match why {
            Some(why) => terminal::neutralise(why).into_owned(),
            None => format!("You left {}.", place.name),
        };
        match self.rooms.last() {
            Some(room) => text.push_str(&format!(" You are talking in {} now.", room.name)),
            None => text.push_str(" /join #room joins another room."),
        }
        self.system(turn, &text);
    }
}
