//! State of a plain connection, and what it asks and writes by itself.

use super::render::SYSTEM;
use super::{error_text, render};
use crate::dialect::Dialect;
use crate::error_text::STORE_UNWRITABLE;
use crate::log_event::LogEvent;
use crate::render_key::RenderKey;
use parlour_core::error::{AuthError, BanError, NameError};
use parlour_core::names::ChannelName;
use parlour_core::names::Text;
use std::sync::Arc;

use irc_wire::{terminal, text};
use parlour_core::event::ChannelRef;
use parlour_core::login::{Login, Proof};
use parlour_core::request::{AwayState, MessageKind, Origin, Registration, SendMessage, Target};
use parlour_core::state::Profile;
use parlour_core::{
    CallId, Change, ChannelId, Event, Instant, Name, Question, Refusal, Secret, names,
};

use super::framing::Framing;

use crate::context::Context;

/// Returns the origin of this client's secrets.
pub(super) fn origin(cx: &Context) -> Origin {
    Origin {
        address: cx.peer.shown.clone(),
        secure: cx.peer.secure,
    }
}

/// Stage of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Prompt for a nickname.
    Naming,
    /// Prompt for the server password.
    Unlocking,
    /// Prompt for the password of the account that owns the chosen nickname.
    Proving,
    /// Registration or login in progress at the core.
    Registering,
    /// Registered session.
    Chatting,
    /// QUIT sent; nothing more is read.
    Quitting,
}

/// Channel that the user is in, or is joining.
#[derive(Debug)]
pub(super) struct JoinedChannel {
    pub(super) name: ChannelName,
    /// Id of the channel; none until the join succeeds.
    pub(super) id: Option<ChannelId>,
    /// Call that asked to join.
    pub(super) asked: CallId,
}

/// Door of one plain client.
#[derive(Debug)]
pub(crate) struct PlainDoor {
    pub(super) framing: Framing,
    pub(super) stage: Stage,
    pub(super) profile: Option<Arc<Profile>>,
    /// Channels; the last one is the current channel, which gets the lines that are typed.
    pub(super) rooms: Vec<JoinedChannel>,
    pub(super) next_call: u32,
    /// Chosen nickname, while a password is asked for.
    pub(super) wanted: Name,
    /// Number of times that the server password was asked for.
    pub(super) wrong_passwords: u32,
    /// True if the core may know the session by a login attempt, though it is not registered.
    pub(super) known: bool,
    /// Deadline for registration.
    pub(super) expires: Instant,
    /// Question whose reply, which may be long, must come before more input is processed.
    pub(super) paused: Option<CallId>,
}

/// Prompt for a nickname, at the end of the output.
pub(super) const QUESTION: &str = "Nickname: ";
/// Prompt for a password.
pub(super) const PASSWORD_QUESTION: &str = "Password: ";

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

    /// Writes the greeting for a client that has sent nothing yet.
    pub fn prompt(cx: &mut Context) {
        let network = terminal::neutralise(&cx.settings.network);
        let greeting = format!("Welcome to {network}. What should we call you?\n{QUESTION}");
        cx.out.extend_from_slice(greeting.as_bytes());
        cx.breaks.push(cx.out.len());
    }

    /// Sends a question whose reply may be long, and pauses input until it comes.
    pub(super) fn ask_and_wait(&mut self, cx: &mut Context, question: Question) {
        let call = self.next_call();
        self.paused = Some(call);
        cx.ask(call, question);
    }

    /// Ends the first message: the silence after it has passed already.
    pub fn quiet(&mut self, cx: &mut Context) {
        self.framing
            .silence(cx.now.plus(cx.settings.unframed_silence));
        self.proceed(cx);
    }

    pub(super) fn choose_nick(&mut self, cx: &mut Context, nick: &str) {
        if nick == "/quit" {
            self.write(cx, "Goodbye!");
            cx.close = Some("left without a nickname".into());
            return;
        }
        let prepared = names::prepare_nick(nick);
        if let Err(why) = names::check_nick(&prepared, cx.settings.chat.limits.nick) {
            self.system(cx, error_text::bad_nick(why));
            return self.question(cx, QUESTION);
        }
        self.wanted = prepared.into();
        self.register(cx, None);
    }

    pub(super) fn register(&mut self, cx: &mut Context, password: Option<Secret>) {
        self.stage = Stage::Registering;
        let call = self.next_call();
        cx.change(
            call,
            Change::Register(Box::new(Registration {
                nick: self.wanted.clone().into(),
                user: "plain".into(),
                host: cx.peer.host.clone(),
                address: cx.peer.shown.clone(),
                realname: self.wanted.clone().into(),
                secure: cx.peer.secure,
                password,
                attendance: AwayState::Present,
                metadata: Vec::new(),
                reads_metadata: false,
                keys: Vec::new(),
            })),
        );
        if cx.store_unwritable {
            self.announce(cx, STORE_UNWRITABLE);
        }
    }

    /// Logs in to the account that owns the chosen nickname. An empty line asks for another
    /// nickname.
    pub(super) fn prove(&mut self, cx: &mut Context, password: &str) {
        if password.is_empty() {
            self.stage = Stage::Naming;
            return self.question(cx, QUESTION);
        }
        // No line is read until the login is decided: the next one might be a password too.
        self.stage = Stage::Registering;
        self.known = true;
        let account = self.wanted.clone();
        self.log_in(cx, account, password);
    }

    pub(super) fn log_in(&mut self, cx: &mut Context, account: Name, password: &str) {
        let call = self.next_call();
        let login = Login {
            account: Some(account.into()),
            acting_as: None,
            proof: Proof::Password(Secret::new(password)),
            origin: origin(cx),
        };
        cx.change(call, Change::Login(Box::new(login)));
    }

    /// Handles a refused registration: asks for a password or another nickname, or closes.
    pub(super) fn not_registered(&mut self, cx: &mut Context, refusal: &Refusal) {
        match refusal {
            Refusal::Name(NameError::NickReserved(_)) | Refusal::Auth(AuthError::LoginFailed) => {
                self.stage = Stage::Proving;
                self.system(cx, &error_text::refusal(refusal));
                return self.question(cx, PASSWORD_QUESTION);
            }
            Refusal::Auth(AuthError::WrongPassword) | Refusal::Auth(AuthError::PasswordsBusy) => {
                let sentence = if self.wrong_passwords == 0 {
                    "This server asks for its password.".into()
                } else {
                    error_text::refusal(refusal)
                };
                self.wrong_passwords += 1;
                self.stage = Stage::Unlocking;
                self.system(cx, &sentence);
                return self.question(cx, PASSWORD_QUESTION);
            }
            Refusal::Ban(BanError::ServerBanned(..)) => {
                self.system(cx, &error_text::refusal(refusal));
                cx.close = Some("banned".into());
                return;
            }
            Refusal::Auth(AuthError::InsecurePassword)
            | Refusal::Auth(AuthError::TooManyPasswords) => {
                self.system(cx, &error_text::refusal(refusal));
                cx.close = Some("was kept out for its password".into());
                return;
            }
            Refusal::Name(_)
            | Refusal::Channel(_)
            | Refusal::Join(_)
            | Refusal::Mode(_)
            | Refusal::Message(_)
            | Refusal::Auth(_)
            | Refusal::Account(_)
            | Refusal::Ownership(_)
            | Refusal::Ban(_)
            | Refusal::Hook(_)
            | Refusal::History(_)
            | Refusal::Redact(_)
            | Refusal::Metadata(_)
            | Refusal::Accept(_)
            | Refusal::AlreadyRegistered
            | Refusal::NoPrivileges
            | Refusal::CutOff
            | Refusal::Unconfirmed => {}
        }
        self.stage = Stage::Naming;
        self.system(cx, &error_text::refusal(refusal));
        self.question(cx, QUESTION);
    }

    pub(super) fn question(&self, cx: &mut Context, question: &str) {
        if self.framing.is_framed() {
            cx.out.extend_from_slice(question.as_bytes());
        } else {
            // The prompt goes into the same write as the sentence before it.
            cx.breaks.pop();
            cx.out.push(b'\n');
            cx.out.extend_from_slice(question.as_bytes());
            cx.breaks.push(cx.out.len());
        }
    }

    pub(super) fn next_call(&mut self) -> CallId {
        // Call 0 belongs to the calls that the connection makes by itself.
        self.next_call = self.next_call.wrapping_add(1).max(1);
        CallId(self.next_call)
    }

    /// Sends a line to the current channel, in as many messages as it takes for IRC clients to get
    /// all of it.
    pub(super) fn say(&mut self, cx: &mut Context, line: &str, action: bool) {
        let Some(room) = self.rooms.last() else {
            return self.system(cx, "You are in no room. /join #room joins one.");
        };
        let target = Target::Channel(room.name.clone(), None);
        self.send(cx, &target, line, action);
    }

    pub(super) fn send(&mut self, cx: &mut Context, target: &Target, line: &str, action: bool) {
        let to: &str = match target {
            Target::Channel(name, _) => name,
            Target::User(nick) => nick,
        };
        let source = self
            .profile
            .as_ref()
            .map_or(0, |profile| profile.source.len());
        // `:source PRIVMSG target :text`, CR LF, and the frame of an action (CTCP ACTION).
        let frame = source + to.len() + 32;
        let most = (irc_wire::MAX_LINE.saturating_sub(frame)).max(64);
        for piece in text::pieces(line, most) {
            let text: Text = if action {
                format!("\u{1}ACTION {piece}\u{1}").into()
            } else {
                piece.into()
            };
            let call = self.next_call();
            let message = SendMessage {
                kind: MessageKind::Message,
                target: target.clone(),
                ctcp: crate::irc::is_ctcp(&text, &None),
                text,
                splits: None,
                tags: "".into(),
                kept: true,
                outside: false,
            };
            cx.change(call, Change::Send(message));
        }
    }

    // Output.

    /// Writes a system line.
    pub(super) fn system(&self, cx: &mut Context, text: &str) {
        self.write(cx, &format!("{SYSTEM}{text}"));
    }

    /// Writes one message, of one or several lines.
    pub(super) fn write(&self, cx: &mut Context, text: &str) {
        cx.out.extend_from_slice(text.as_bytes());
        if self.framing.is_framed() {
            cx.out.push(b'\n');
        }
        cx.breaks.push(cx.out.len());
    }

    // Replies and events of the core.

    pub(super) fn refused(&mut self, cx: &mut Context, call: CallId, refusal: &Refusal) {
        self.rooms
            .retain(|room| room.id.is_some() || room.asked != call);
        self.system(cx, &error_text::refusal(refusal));
    }

    pub(super) fn registered(&mut self, cx: &mut Context, profile: Arc<Profile>, attached: bool) {
        self.stage = Stage::Chatting;
        cx.log.push(LogEvent::Registered {
            session: cx.session,
            nick: profile.nick.clone(),
            host: profile.address.clone(),
            door: "plain",
        });
        let hello = format!(
            "Welcome, {}! /help lists the commands, /quit leaves.",
            profile.nick
        );
        self.profile = Some(profile);
        self.system(cx, &hello);
        if attached {
            // The user is already in channels, on another connection.
            let call = self.next_call();
            cx.change(call, Change::ShowChannels);
            let call = self.next_call();
            cx.ask(call, Question::Backlog(Vec::new()));
        }
        let lobby = cx.settings.chat.lobby.clone();
        self.join(cx, lobby, None);
    }

    /// Joins a channel and makes it the current one at once, so that the next line goes there.
    pub(super) fn join(&mut self, cx: &mut Context, name: Name, key: Option<Name>) {
        let casemapping = cx.settings.chat.casemapping;
        if let Some(at) = self
            .rooms
            .iter()
            .position(|room| casemapping.same(&room.name, &name))
        {
            let room = self.rooms.remove(at);
            let text = format!("You are talking in {} now.", room.name);
            self.rooms.push(room);
            return self.system(cx, &text);
        }
        let call = self.next_call();
        self.rooms.push(JoinedChannel {
            name: name.clone().into(),
            id: None,
            asked: call,
        });
        cx.change(call, Change::Join(name.into(), key));
    }

    pub(super) fn key_for(&self, event: &Event) -> RenderKey {
        match render::place(event) {
            Some(place) if self.current() == Some(place.id) => self.key().with(RenderKey::CURRENT),
            _ => self.key(),
        }
    }

    pub(super) fn entered(&mut self, cx: &Context, place: &ChannelRef) {
        let casemapping = cx.settings.chat.casemapping;
        // By name: the id is unknown until the join.
        match self
            .rooms
            .iter_mut()
            .find(|room| casemapping.same(&room.name, &place.name))
        {
            Some(room) => (room.name, room.id) = (place.name.clone(), Some(place.id)),
            None => self.rooms.push(JoinedChannel {
                name: place.name.clone(),
                id: Some(place.id),
                asked: CallId(0),
            }),
        }
    }

    pub(super) fn left(&mut self, cx: &mut Context, place: &ChannelRef, why: Option<&str>) {
        self.rooms.retain(|room| room.id != Some(place.id));
        let mut text = match why {
            Some(why) => terminal::neutralise(why).into_owned(),
            None => format!("You left {}.", place.name),
        };
        match self.rooms.last() {
            Some(room) => text.push_str(&format!(" You are talking in {} now.", room.name)),
            None => text.push_str(" /join #room joins another room."),
        }
        self.system(cx, &text);
    }
}
