//! The irc door: RFC 1459/2812 as Modern IRC describes them, and IRCv3.
//!
//! Before registration the door answers by itself. Afterwards nothing may overtake what
//! the core has applied, so a line that the door answers alone rides through the core
//! as a relay (`Question::Relay`) and is answered when it comes back.

mod caps;
mod commands;
mod complaint;
pub mod isupport;
mod labels;
mod modes;
mod registration;
mod render;
pub mod verbs;
mod welcome;

use std::sync::Arc;

use irc_wire::message::ParseError;
use irc_wire::{Framed, Framer, Line, MAX_CLIENT_TAG_DATA, MAX_LINE, Message, numerics as n};
use parlour_core::state::Profile;
use parlour_core::{Body, CallId, Change, Event, Name, Question, Reply, Request, Time};

use crate::door::Style;
use crate::turn::Turn;

pub use caps::{CAPABILITIES, Capability};
use caps::{Cap, Caps};
use commands::{Plan, Step};
use complaint::{Complaint, Relayed};
use labels::Labels;
use registration::Wish;
pub(crate) use render::event as render_event;

/// The longest line a client may send: its tags with `@` and space, then 510 bytes.
const LINE_LIMIT: usize = MAX_CLIENT_TAG_DATA + 2 + BODY_LIMIT;
/// The part of it behind the tags, without CR LF.
const BODY_LIMIT: usize = MAX_LINE - 2;

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Says who it is.
    New,
    /// Waits for the core to take its nick.
    Registering,
    /// Is a session.
    Registered,
    /// Has said QUIT.
    Quitting,
}

/// One IRC client's side of the door.
#[derive(Debug)]
pub(crate) struct IrcDoor {
    framer: Framer,
    stage: Stage,
    wish: Wish,
    /// As whom it is registered.
    profile: Option<Arc<Profile>>,
    caps: Caps,
    labels: Labels,
    next_call: u32,
    next_batch: u32,
    /// When it last sent something, and when it was asked for a sign of life since.
    heard: Time,
    pinged: Option<Time>,
    ping_after: u64,
    ping_timeout: u64,
    /// When it has to be registered.
    expires: Time,
}

impl IrcDoor {
    pub fn new(now: Time, expires: Time) -> Self {
        IrcDoor {
            framer: Framer::new(LINE_LIMIT),
            stage: Stage::New,
            wish: Wish::default(),
            profile: None,
            caps: Caps::default(),
            labels: Labels::default(),
            next_call: 0,
            next_batch: 0,
            heard: now,
            pinged: None,
            ping_after: u64::MAX,
            ping_timeout: 0,
            expires,
        }
    }

    pub fn style(&self) -> Style {
        if self.profile.is_none() {
            return Style::NONE;
        }
        let mut style = Style::IRC;
        if self.caps.has(Cap::ServerTime) {
            style = style.with(Style::TIME);
        }
        if self.caps.has(Cap::MessageTags) {
            style = style.with(Style::TAGS);
        }
        style
    }

    pub fn nick(&self) -> Option<&Name> {
        self.profile.as_ref().map(|profile| &profile.nick)
    }

    pub fn waits(&self) -> bool {
        self.stage == Stage::Registering
    }

    pub fn has_session(&self) -> bool {
        matches!(self.stage, Stage::Registering | Stage::Registered)
    }

    pub fn deadline(&self) -> Option<Time> {
        match self.stage {
            Stage::New | Stage::Registering => Some(self.expires),
            Stage::Registered => Some(match self.pinged {
                Some(at) => at.plus(self.ping_timeout),
                None => self.heard.plus(self.ping_after),
            }),
            Stage::Quitting => None,
        }
    }

    pub fn tick(&mut self, turn: &mut Turn) {
        if self.deadline().is_none_or(|at| turn.now < at) {
            return;
        }
        match self.stage {
            Stage::New | Stage::Registering => {
                self.error(turn, "Registration timed out");
                if self.stage == Stage::Registering {
                    // The core may have taken the nick already.
                    self.quit(turn, "Registration timed out");
                }
                turn.close = Some("registration timed out".into());
            }
            Stage::Registered if self.pinged.is_some() => {
                let seconds = (self.ping_after + self.ping_timeout) / 1000;
                self.quit(turn, &format!("Ping timeout: {seconds} seconds"));
            }
            Stage::Registered => {
                self.pinged = Some(turn.now);
                Line::new(&mut turn.out)
                    .command("PING")
                    .last(&turn.settings.server_name)
                    .end();
            }
            Stage::Quitting => {}
        }
    }

    pub fn receive(&mut self, turn: &mut Turn, bytes: &[u8]) {
        self.heard = turn.now;
        self.pinged = None;
        self.framer.push(bytes);
        self.proceed(turn);
    }

    /// Takes up lines until there is none, or the core has to catch up first.
    pub fn proceed(&mut self, turn: &mut Turn) {
        while turn.may_read() && matches!(self.stage, Stage::New | Stage::Registered) {
            let mut framer = std::mem::replace(&mut self.framer, Framer::new(0));
            let more = match framer.next_line() {
                None => false,
                Some(Framed::TooLong) => {
                    self.complain(turn, Complaint::too_long());
                    true
                }
                Some(Framed::Line(line)) => {
                    self.line(turn, line);
                    true
                }
            };
            self.framer = framer;
            if !more {
                return;
            }
        }
    }

    pub fn ended(&mut self, turn: &mut Turn) -> bool {
        self.proceed(turn);
        turn.close.is_some() || (self.stage != Stage::Registering && turn.may_read())
    }

    fn line(&mut self, turn: &mut Turn, line: &[u8]) {
        let body = if line.first() == Some(&b'@') {
            let tags = memchr::memchr(b' ', line).unwrap_or(line.len());
            if tags > MAX_CLIENT_TAG_DATA + 1 {
                return self.complain(turn, Complaint::too_long());
            }
            line.len() - tags.min(line.len() - 1) - 1
        } else {
            line.len()
        };
        if body > BODY_LIMIT {
            return self.complain(turn, Complaint::too_long());
        }
        let Ok(text) = std::str::from_utf8(line) else {
            return self.complain(turn, Complaint::not_utf8(line));
        };
        match Message::parse(text) {
            Ok(message) => self.message(turn, text, &message),
            Err(ParseError::Empty) => {}
            Err(fault) => self.complain(turn, Complaint::unreadable(fault)),
        }
    }

    fn message(&mut self, turn: &mut Turn, text: &str, message: &Message) {
        let label = self.label(message);
        if self.stage == Stage::New {
            return self.message_before_registration(turn, message, label);
        }
        let mut plan = Plan::new(self.caps.has(Cap::MessageTags));
        commands::plan(message, &mut plan);
        let mut steps = plan.steps;
        if steps.is_empty() {
            if label.is_none() {
                return;
            }
            // So that the label gets its ACK in its place.
            steps.push(Step::Ask(Question::Relay(Relayed::nothing())));
        }
        let call = self.next_call();
        let labelled = label.is_some();
        if let Some(label) = label {
            self.labels.open(call, label);
        }
        let last = steps.len() - 1;
        for (index, step) in steps.into_iter().enumerate() {
            let request = match step {
                Step::Do(change) => {
                    if matches!(change, Change::Quit(_)) {
                        self.stage = Stage::Quitting;
                    }
                    Request::Do(change)
                }
                Step::Ask(question) => Request::Ask(question),
                Step::Complain(complaint) => Request::Ask(Question::Relay(complaint.relay())),
                Step::Local => Request::Ask(Question::Relay(Relayed::line(text))),
            };
            turn.call(call, labelled && index == last, request);
        }
    }

    /// The label of a message, if labels were asked for and it is one (labeled-response:
    /// at most 64 bytes).
    fn label(&self, message: &Message) -> Option<String> {
        if !self.caps.has(Cap::LabeledResponse) || !self.caps.has(Cap::Batch) {
            return None;
        }
        let label = message.tags.get("label")?;
        (!label.is_empty() && label.len() <= 64).then(|| label.into_owned())
    }

    fn next_call(&mut self) -> CallId {
        self.next_call = self.next_call.wrapping_add(1).max(1);
        CallId(self.next_call)
    }

    /// A batch reference that is not in use.
    fn next_batch(&mut self) -> String {
        self.next_batch = self.next_batch.wrapping_add(1);
        format!("b{}", self.next_batch)
    }

    /// Says what is wrong: at once before registration, in its place afterwards.
    fn complain(&mut self, turn: &mut Turn, complaint: Complaint) {
        if self.stage == Stage::New {
            complaint.write(&mut turn.out, &turn.settings.server_name, self.shown_nick());
        } else {
            let call = self.next_call();
            turn.ask(call, Question::Relay(complaint.relay()));
        }
    }

    /// The nick, or what stands for it before there is one.
    fn shown_nick(&self) -> &str {
        match (&self.profile, &self.wish.nick) {
            (Some(profile), _) => &profile.nick,
            (None, _) => "*",
        }
    }

    fn numeric<'a>(&self, out: &'a mut Vec<u8>, turn_server: &str, code: &str) -> Line<'a> {
        Line::new(out)
            .from(turn_server, code)
            .word(self.shown_nick())
    }

    fn error(&self, turn: &mut Turn, reason: &str) {
        let text = format!("Closing link: {} ({reason})", turn.peer.host);
        Line::new(&mut turn.out)
            .command("ERROR")
            .trailing(&text)
            .end();
    }

    fn quit(&mut self, turn: &mut Turn, reason: &str) {
        self.stage = Stage::Quitting;
        let call = self.next_call();
        turn.change(call, Change::Quit(reason.into()));
    }

    pub fn farewell(&mut self, turn: &mut Turn, reason: &str) {
        self.error(turn, reason);
    }

    pub fn announce(&mut self, turn: &mut Turn, text: &str) {
        if let Some(nick) = self.nick() {
            Line::new(&mut turn.out)
                .from(&turn.settings.server_name, "NOTICE")
                .word(nick)
                .trailing(text)
                .end();
        }
    }

    // What the core has to say.

    pub fn reply(&mut self, turn: &mut Turn, call: CallId, reply: &Reply) {
        let from = turn.out.len();
        match reply {
            Reply::Registered(profile) => self.registered(turn, profile.clone()),
            Reply::Refused(refusal) if self.stage == Stage::Registering => {
                self.refused(turn, refusal)
            }
            Reply::Relayed(bytes) => self.relayed(turn, bytes),
            other => {
                let mut out = std::mem::take(&mut turn.out);
                render::reply(self, turn, &mut out, other);
                turn.out = out;
            }
        }
        self.labels.collect(call, &mut turn.out, from);
    }

    fn relayed(&mut self, turn: &mut Turn, bytes: &[u8]) {
        match Relayed::read(bytes) {
            Relayed::Nothing => {}
            Relayed::Complaint(complaint) => {
                complaint.write(&mut turn.out, &turn.settings.server_name, self.shown_nick());
            }
            Relayed::Line(line) => {
                if let Ok(message) = Message::parse(line) {
                    commands::local(self, turn, &message);
                }
            }
        }
    }

    pub fn own_event(&mut self, turn: &mut Turn, call: Option<CallId>, event: &Event) {
        let echo = matches!(event.body, Body::Said { .. }) && call.is_some();
        if !echo || self.caps.has(Cap::EchoMessage) {
            let from = turn.out.len();
            render::event(&mut turn.out, self.style(), event, None);
            if let Some(call) = call {
                self.labels.collect(call, &mut turn.out, from);
            }
        }
        if let (Body::Renamed(nick), Some(profile)) = (&event.body, &mut self.profile)
            && profile.id == event.from.id
        {
            *profile = profile.renamed(nick.clone());
        }
    }

    pub fn done(&mut self, turn: &mut Turn, call: CallId) {
        let batch = self.next_batch();
        self.labels
            .close(call, &turn.settings.server_name, &batch, &mut turn.out);
    }

    fn message_before_registration(
        &mut self,
        turn: &mut Turn,
        message: &Message,
        label: Option<String>,
    ) {
        let from = turn.out.len();
        commands::early(self, turn, message);
        if let Some(label) = label
            && self.stage == Stage::New
        {
            let call = self.next_call();
            self.labels.open(call, label);
            self.labels.collect(call, &mut turn.out, from);
            self.done(turn, call);
        }
    }
}

/// A reply to a command that needs more parameters than it got.
fn need_more(command: &str) -> Complaint {
    let name = command.to_ascii_uppercase();
    Complaint::numeric(n::ERR_NEEDMOREPARAMS, &[&name], "Not enough parameters")
}
