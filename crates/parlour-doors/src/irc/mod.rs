//! The irc door: RFC 1459/2812 as Modern IRC describes them, and IRCv3.
//!
//! Before registration the door answers by itself. Afterwards nothing may overtake what
//! the core has applied, so a line that the door answers alone rides through the core
//! as a relay (`Question::Relay`) and is answered when it comes back.

mod account;
mod caps;
mod commands;
mod error_reply;
pub mod isupport;
mod labels;
mod lines;
mod modes;
mod pings;
pub mod reference;
mod registration;
mod render;
mod sasl;
mod services;
pub mod verbs;
mod welcome;

use std::sync::Arc;

use irc_wire::{Framer, Line, Message, numerics as n};
use parlour_core::event::ChannelRef;
use parlour_core::state::{Profile, Topic};
use parlour_core::{Body, CallId, Change, Event, Instant, Name, Question, Reply, Time};

use crate::DoorSettings;
use crate::context::Context;
use crate::door::RenderKey;

use account::AskedBy;
use caps::Caps;
pub use caps::{CAPABILITIES, Cap, Capability};
use commands::batch::Batches;
use error_reply::{ErrorReply, PlacedReply};
use labels::Labels;
use lines::LINE_LIMIT;
pub use modes::{FLAGS, LISTS, RANKS, USER_MODES, VALUES, read as read_modes};
pub(crate) use modes::{format as format_modes, prefixes};
use pings::Pings;
use registration::{BacklogReplay, Introduction};
pub(crate) use render::{event as render_event, matters};
use sasl::Exchange;

/// Capabilities that change how events look.
const STYLES: &[(Cap, RenderKey)] = &[
    (Cap::AccountNotify, RenderKey::LOGINS),
    (Cap::AccountTag, RenderKey::ACCOUNT),
    (Cap::AwayNotify, RenderKey::AWAY),
    (Cap::ChangeHost, RenderKey::HOSTS),
    (Cap::ChannelRename, RenderKey::RENAME),
    (Cap::Redaction, RenderKey::REDACT),
    (Cap::RelayMsg, RenderKey::RELAYED),
    (Cap::ExtendedJoin, RenderKey::EXTENDED_JOIN),
    (Cap::ExtendedMonitor, RenderKey::MONITOR),
    (Cap::InviteNotify, RenderKey::INVITES),
    (Cap::MessageTags, RenderKey::TAGS),
    (Cap::ServerTime, RenderKey::TIME),
    (Cap::SetName, RenderKey::REALNAMES),
];

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
    introduction: Introduction,
    /// As whom it is registered.
    profile: Option<Arc<Profile>>,
    caps: Caps,
    /// Signs of life that were asked for and not given yet.
    pings: Pings,
    /// What was missed, and will be shown if it is not asked for.
    missed: Option<BacklogReplay>,
    /// What has to be answered before the next line is read: capabilities, so that it is read as
    /// they then are; and long answers, so that only one of them is on its way.
    paused: Option<CallId>,
    /// For whom a gateway connects (WEBIRC).
    told: Option<crate::connections::Peer>,
    /// Batches that the client has opened.
    batches: Batches,
    /// A SASL exchange that is under way.
    sasl: Option<Exchange>,
    /// What was asked about accounts, by the call that asks.
    asked: Vec<(CallId, AskedBy)>,
    /// Whether the core may know this connection, though it is not registered.
    known: bool,
    labels: Labels,
    next_call: u32,
    next_batch: u32,
    /// When it last sent something, and when it was asked for a sign of life since.
    heard: Instant,
    pinged: Option<Instant>,
    ping_after: u64,
    ping_timeout: u64,
    /// When it has to be registered.
    expires: Instant,
}

impl IrcDoor {
    pub fn new(now: Instant, expires: Instant) -> Self {
        IrcDoor {
            framer: Framer::new(LINE_LIMIT),
            stage: Stage::New,
            introduction: Introduction::default(),
            profile: None,
            caps: Caps::default(),
            pings: Pings::default(),
            missed: None,
            paused: None,
            told: None,
            batches: Batches::default(),
            sasl: None,
            asked: Vec::new(),
            known: false,
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

    pub fn render_key(&self) -> RenderKey {
        if self.profile.is_none() {
            return RenderKey::NONE;
        }
        let wanted = STYLES.iter().filter(|(cap, _)| self.caps.has(*cap));
        let render_key = wanted.fold(RenderKey::IRC, |render_key, (_, wish)| {
            render_key.with(*wish)
        });
        if self.caps.multiline() {
            render_key.with(RenderKey::MULTILINE)
        } else {
            render_key
        }
    }

    pub fn nick(&self) -> Option<&Name> {
        self.profile.as_ref().map(|profile| &profile.nick)
    }

    pub fn waits(&self) -> bool {
        self.stage == Stage::Registering || self.paused.is_some()
    }

    /// The other end is there: it reads what it is sent, or has said something that is not read
    /// while much waits for it.
    pub fn is_there(&mut self, now: Instant) {
        self.heard = now;
        self.pinged = None;
    }

    pub fn has_session(&self) -> bool {
        match self.stage {
            Stage::Registering | Stage::Registered => true,
            Stage::New => self.known,
            Stage::Quitting => false,
        }
    }

    pub fn deadline(&self) -> Option<Instant> {
        match self.stage {
            Stage::New | Stage::Registering => Some(self.expires),
            Stage::Registered => {
                let sign_of_life = self.sign_of_life();
                let missed = self.missed.as_ref().map(|missed| missed.at);
                Some(missed.map_or(sign_of_life, |at| at.min(sign_of_life)))
            }
            Stage::Quitting => None,
        }
    }

    /// When it is to be asked for a sign of life, or has to have given one.
    fn sign_of_life(&self) -> Instant {
        match self.pinged {
            Some(at) => at.plus(self.ping_timeout),
            None => self.heard.plus(self.ping_after),
        }
    }

    pub fn tick(&mut self, cx: &mut Context) {
        self.show_missed(cx);
        if self.deadline().is_none_or(|at| cx.now < at) {
            return;
        }
        match self.stage {
            Stage::New | Stage::Registering => {
                self.error(cx, "Registration timed out");
                if self.stage == Stage::Registering {
                    // The core may have taken the nick already.
                    self.quit(cx, "Registration timed out");
                }
                cx.close = Some("registration timed out".into());
            }
            Stage::Registered if self.pinged.is_some() => {
                let seconds = (self.ping_after + self.ping_timeout) / 1000;
                self.quit(cx, &format!("Ping timeout: {seconds} seconds"));
            }
            Stage::Registered => {
                self.pinged = Some(cx.now);
                Line::new(&mut cx.out)
                    .command("PING")
                    .last(cx.settings.server_name())
                    .end();
            }
            Stage::Quitting => {}
        }
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
    fn complain(&mut self, cx: &mut Context, complaint: ErrorReply) {
        if self.stage == Stage::New {
            complaint.write(&mut cx.out, cx.settings.server_name(), self.shown_nick());
        } else {
            let call = self.next_call();
            cx.ask(call, Question::Echo(complaint.relay()));
        }
    }

    /// The nick, or what stands for it before there is one.
    fn shown_nick(&self) -> &str {
        match (&self.profile, &self.introduction.nick) {
            (Some(profile), _) => &profile.nick,
            (None, _) => "*",
        }
    }

    fn numeric<'a>(&self, out: &'a mut Vec<u8>, turn_server: &str, code: &str) -> Line<'a> {
        Line::new(out)
            .from(turn_server, code)
            .word(self.shown_nick())
    }

    fn error(&self, cx: &mut Context, reason: &str) {
        let text = format!("Closing link: {} ({reason})", self.peer(cx.peer).host);
        Line::new(&mut cx.out)
            .command("ERROR")
            .trailing(&text)
            .end();
    }

    fn quit(&mut self, cx: &mut Context, reason: &str) {
        self.stage = Stage::Quitting;
        let call = self.next_call();
        cx.change(call, Change::Quit(reason.into()));
    }

    pub fn farewell(&mut self, cx: &mut Context, reason: &str) {
        self.error(cx, reason);
    }

    pub fn announce(&mut self, cx: &mut Context, text: &str) {
        // Who waits for nothing yet has no reason to know.
        if self.stage == Stage::New && self.paused.is_none() {
            return;
        }
        Line::new(&mut cx.out)
            .from(cx.settings.server_name(), "NOTICE")
            .word(self.shown_nick())
            .trailing(text)
            .end();
        if cx.standstill {
            self.pings.answer(cx);
        }
    }

    // What the core has to say.

    pub fn reply(&mut self, cx: &mut Context, call: CallId, reply: &Reply) {
        if self.paused == Some(call) {
            self.paused = None;
        }
        let from = cx.out.len();
        let registering = self.stage == Stage::Registering;
        match reply {
            _ if self.answered(cx, call, reply) => {}
            Reply::Registered { profile, attached } => {
                self.registered(cx, profile.clone(), *attached);
            }
            Reply::Switched(profile) => self.switched(cx, profile.clone()),
            Reply::Refused(refusal) if registering => self.refused(cx, refusal),
            Reply::ChannelResent {
                topic,
                names,
                channel,
                metadata,
                read,
            } => {
                let later = metadata.map(|seconds| Reply::SyncLater(channel.clone(), seconds));
                let then = [Some(&**names), later.as_ref()];
                let labelled = self.labels.has(call);
                self.joined_again(cx, (channel, *read), topic, then, labelled);
            }
            // It was given while nothing could be kept.
            Reply::Echoed(_) if self.pings.is_answered(call) => {}
            Reply::Echoed(bytes) => {
                self.relayed(cx, bytes);
                if let Some(next) = self.paused {
                    self.labels.collect(call, &mut cx.out, from);
                    self.labels.pass_on(call, next);
                }
            }
            // What belongs to a label is gathered first.
            other if self.labels.has(call) => render::write_reply(self, cx, other),
            other => render::write_or_make(self, cx, other),
        }
        self.labels.collect(call, &mut cx.out, from);
        if registering {
            self.done(cx, call);
        }
    }

    fn relayed(&mut self, cx: &mut Context, bytes: &[u8]) {
        match PlacedReply::read(bytes) {
            PlacedReply::Nothing => {}
            PlacedReply::Complaint(complaint) => {
                complaint.write(&mut cx.out, cx.settings.server_name(), self.shown_nick());
            }
            PlacedReply::Own(target, words) => self.echo(cx, target, words),
            PlacedReply::Service(service, lines) => service.speak(self, cx, &lines),
            PlacedReply::Line(line) => {
                if let Ok(message) = Message::parse(line) {
                    commands::local(self, cx, &message);
                }
            }
        }
    }

    /// The client's own words to somebody who is no user.
    fn echo(&self, cx: &mut Context, target: &str, words: &str) {
        let Some(profile) = &self.profile else { return };
        let mut line = Line::new(&mut cx.out);
        if self.caps.has(Cap::ServerTime) {
            line = line.tag("time", &irc_wire::time::format(cx.time.0));
        }
        line.from(&profile.source, "PRIVMSG")
            .word(target)
            .trailing(words)
            .end();
    }

    pub fn own_event(&mut self, cx: &mut Context, call: Option<CallId>, event: &Event) {
        let from = cx.out.len();
        if let Body::ChannelRenamed {
            place,
            old,
            reason,
            same: false,
        } = &event.body
            && !self.caps.has(Cap::ChannelRename)
        {
            self.moved_to(cx, event, place, old, reason);
        } else if call.is_none() || self.hears_own(&event.body) {
            render::event(&mut cx.out, self.render_key(), event, None);
        }
        if let Some(call) = call {
            self.labels.collect(call, &mut cx.out, from);
        }
        if let Some(profile) = &mut self.profile
            && profile.id == event.from.id
        {
            match &event.body {
                Body::Renamed(nick) => *profile = profile.renamed(nick.clone()),
                Body::HostChanged(now) => *profile = now.clone(),
                Body::RealName(name) => Arc::make_mut(profile).realname = name.clone(),
                Body::Account(account) => Arc::make_mut(profile).account = account.clone(),
                _ => {}
            }
        }
    }

    /// Whether the client gets what it has done itself as an event.
    fn hears_own(&self, body: &Body) -> bool {
        match body {
            Body::Message { .. } => self.caps.has(Cap::EchoMessage),
            // It has its numeric.
            Body::Away(_) | Body::Invited { .. } => false,
            _ => true,
        }
    }

    /// A channel has another name, and the client does not know RENAME: it leaves the one and
    /// joins the other (draft/channel-rename, fallback).
    fn moved_to(
        &mut self,
        cx: &mut Context,
        event: &Event,
        place: &ChannelRef,
        old: &Name,
        reason: &Name,
    ) {
        let Some(profile) = &self.profile else { return };
        let under = |name: &Name| ChannelRef {
            name: name.clone(),
            ..place.clone()
        };
        let bodies = [
            Body::Parted(under(old), reason.clone()),
            Body::Joined(place.clone()),
        ];
        for body in bodies {
            let own = Event {
                id: event.id,
                from: profile.clone(),
                body,
            };
            render::event(&mut cx.out, self.render_key(), &own, None);
        }
    }

    /// What comes with a JOIN, for a client that has just been led into a channel again.
    fn joined_again(
        &mut self,
        cx: &mut Context,
        (channel, read): (&Name, Option<Time>),
        topic: &Option<Topic>,
        then: [Option<&Reply>; 2],
        labelled: bool,
    ) {
        if self.caps.has(Cap::ChannelRename) {
            return;
        }
        if topic.is_some() {
            render::write_reply(self, cx, &Reply::Topic(channel.clone(), topic.clone()));
        }
        let read = Reply::ReadMarker {
            target: channel.clone(),
            at: read,
            asked: false,
        };
        render::write_reply(self, cx, &read);
        for reply in then.into_iter().flatten() {
            if labelled {
                render::write_reply(self, cx, reply);
            } else {
                render::write_or_make(self, cx, reply);
            }
        }
    }

    /// Other settings are in force: tells what capabilities come and go, and what else is new.
    pub fn resettle(&mut self, cx: &mut Context, before: &DoorSettings) {
        self.capabilities_changed(cx, before);
        if self.profile.is_some() {
            self.ping_after = cx.settings.ping_after;
            self.ping_timeout = cx.settings.ping_timeout;
            self.isupport_changes(cx, before);
        }
    }

    /// Before registration only a few verbs are answered.
    fn not_registered(&mut self, cx: &mut Context) {
        let text = "You have not registered";
        self.complain(cx, ErrorReply::numeric(n::ERR_NOTREGISTERED, &[], text));
    }

    pub fn done(&mut self, cx: &mut Context, call: CallId) {
        let batch = self.next_batch();
        self.labels
            .close(call, cx.settings.server_name(), &batch, &mut cx.out);
    }
}

/// A reply to a command that needs more parameters than it got.
fn need_more(command: &str) -> ErrorReply {
    let name = command.to_ascii_uppercase();
    ErrorReply::numeric(n::ERR_NEEDMOREPARAMS, &[&name], "Not enough parameters")
}
