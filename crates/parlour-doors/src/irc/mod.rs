//! The irc door: RFC 1459 and 2812 as described by Modern IRC, and IRCv3.
//!
//! Before registration the door answers by itself. Afterwards nothing may overtake the replies of
//! the core, so a line that the door answers alone passes through the core ([`Question::Echo`]) and
//! is answered when it comes back.

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

use crate::render_key::RenderKey;
use parlour_core::reply::{ChannelReply, HistoryReply, MetadataReply, SessionReply};
use std::sync::Arc;

use irc_wire::{Framer, Line, Message, numerics as n};
use parlour_core::event::ChannelRef;
use parlour_core::state::{Profile, Topic};
use parlour_core::{Body, CallId, Event, Instant, Name, Question, Reply, Time};

use crate::DoorSettings;
use crate::context::Context;

use account::RequestSource;
use caps::Caps;
pub use caps::{CAPABILITIES, Cap, Capability};
use commands::batch::Batches;
use error_reply::{ErrorReply, PlacedReply};
use labels::Labels;
use lines::LINE_LIMIT;
pub use modes::{FLAGS, LISTS, RANKS, USER_MODES, VALUES, read as read_modes};
pub(crate) use modes::{format as format_modes, prefixes};
use pings::Pings;
use registration::{BacklogReplay, RegistrationData};
pub(crate) use render::{event as render_event, relevant_key};
use sasl::Exchange;

/// Capabilities that change how events are rendered.
const CAP_RENDER_KEYS: &[(Cap, RenderKey)] = &[
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

/// Stage of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Before registration.
    New,
    /// Registration requested; the core has not answered yet.
    Registering,
    /// Registered as a session.
    Registered,
    /// Ended by QUIT, or by an error.
    Quitting,
}

/// Protocol state of an IRC connection.
#[derive(Debug)]
pub(crate) struct IrcDoor {
    framer: Framer,
    stage: Stage,
    introduction: RegistrationData,
    /// Profile of the registered user.
    profile: Option<Arc<Profile>>,
    caps: Caps,
    /// PINGs of the client that have not been answered.
    pings: Pings,
    /// Backlog to be sent unless the client requests it by `*playback`.
    backlog: Option<BacklogReplay>,
    /// Call that must be answered before the next line is read: CAP and AUTHENTICATE, which change
    /// how lines are read; account requests; and long answers, of which only one may be in flight.
    awaited_call: Option<CallId>,
    /// Client named by a gateway (WEBIRC).
    gateway_peer: Option<crate::connections::Peer>,
    /// Batches of the client (draft/multiline).
    batches: Batches,
    /// SASL exchange in progress.
    sasl: Option<Exchange>,
    /// Pending account requests, by call.
    asked: Vec<(CallId, RequestSource)>,
    /// Set once the core may know this connection although it is not registered.
    may_have_session: bool,
    labels: Labels,
    next_call: u32,
    next_batch: u32,
    /// Time of the last sign of life.
    last_activity: Instant,
    /// Time of the PING that the client has not answered.
    ping_sent: Option<Instant>,
    /// Milliseconds of silence before a PING.
    ping_after: u64,
    /// Milliseconds to answer a PING.
    ping_timeout: u64,
    /// Deadline of registration.
    expires: Instant,
}

impl IrcDoor {
    pub fn new(now: Instant, expires: Instant) -> Self {
        IrcDoor {
            framer: Framer::new(LINE_LIMIT),
            stage: Stage::New,
            introduction: RegistrationData::default(),
            profile: None,
            caps: Caps::default(),
            pings: Pings::default(),
            backlog: None,
            awaited_call: None,
            gateway_peer: None,
            batches: Batches::default(),
            sasl: None,
            asked: Vec::new(),
            may_have_session: false,
            labels: Labels::default(),
            next_call: 0,
            next_batch: 0,
            last_activity: now,
            ping_sent: None,
            ping_after: u64::MAX,
            ping_timeout: 0,
            expires,
        }
    }

    /// Returns the render key of the client.
    pub fn render_key(&self) -> RenderKey {
        if self.profile.is_none() {
            return RenderKey::NONE;
        }
        let wanted = CAP_RENDER_KEYS
            .iter()
            .filter(|(cap, _)| self.caps.has(*cap));
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

    /// Returns whether reading is paused until the core has answered.
    pub fn waits(&self) -> bool {
        self.stage == Stage::Registering || self.awaited_call.is_some()
    }

    /// Resets the ping timer: the client reads what it is sent, or has sent something that is left
    /// unread while it is throttled.
    pub fn is_there(&mut self, now: Instant) {
        self.last_activity = now;
        self.ping_sent = None;
    }

    /// Returns whether the core may have a session for this connection.
    pub fn has_session(&self) -> bool {
        match self.stage {
            Stage::Registering | Stage::Registered => true,
            Stage::New => self.may_have_session,
            Stage::Quitting => false,
        }
    }

    /// Returns the time at which [`IrcDoor::tick`] is due.
    pub fn deadline(&self) -> Option<Instant> {
        match self.stage {
            Stage::New | Stage::Registering => Some(self.expires),
            Stage::Registered => {
                let sign_of_life = self.ping_deadline();
                let missed = self.backlog.as_ref().map(|missed| missed.at);
                Some(missed.map_or(sign_of_life, |at| at.min(sign_of_life)))
            }
            Stage::Quitting => None,
        }
    }

    /// Returns the time of the next PING, or of the ping timeout.
    fn ping_deadline(&self) -> Instant {
        match self.ping_sent {
            Some(at) => at.plus(self.ping_timeout),
            None => self.last_activity.plus(self.ping_after),
        }
    }

    /// Handles the deadlines: registration timeout, PING and ping timeout, automatic backlog.
    pub fn tick(&mut self, cx: &mut Context) {
        // First: it removes the earlier of the two deadlines if that is due.
        self.request_rest_of_backlog(cx);
        if self.deadline().is_none_or(|at| cx.now < at) {
            return;
        }
        match self.stage {
            Stage::New | Stage::Registering => {
                self.error(cx, "Registration timed out");
                if self.stage == Stage::Registering {
                    // The core may have registered the session already.
                    self.quit(cx, "Registration timed out");
                }
                cx.close = Some("registration timed out".into());
            }
            Stage::Registered if self.ping_sent.is_some() => {
                let seconds = (self.ping_after + self.ping_timeout) / 1000;
                self.quit(cx, &format!("Ping timeout: {seconds} seconds"));
            }
            Stage::Registered => {
                self.ping_sent = Some(cx.now);
                Line::new(&mut cx.out)
                    .command("PING")
                    .last(cx.settings.server_name())
                    .end();
            }
            Stage::Quitting => {}
        }
    }

    /// Returns a new call id; never 0.
    fn next_call(&mut self) -> CallId {
        self.next_call = self.next_call.wrapping_add(1).max(1);
        CallId(self.next_call)
    }

    /// Returns a new batch reference.
    fn next_batch(&mut self) -> String {
        self.next_batch = self.next_batch.wrapping_add(1);
        format!("b{}", self.next_batch)
    }

    /// Writes an error: at once before registration, in order afterwards.
    fn complain(&mut self, cx: &mut Context, complaint: ErrorReply) {
        if self.stage == Stage::New {
            complaint.write(&mut cx.out, cx.settings.server_name(), self.shown_nick());
        } else {
            let call = self.next_call();
            cx.ask(call, Question::Echo(complaint.encode()));
        }
    }

    /// Returns the nick, or `*` before registration.
    fn shown_nick(&self) -> &str {
        match (&self.profile, &self.introduction.nick) {
            (Some(profile), _) => &profile.nick,
            (None, _) => "*",
        }
    }

    /// Starts a numeric to the client.
    fn numeric<'a>(&self, out: &'a mut Vec<u8>, turn_server: &str, code: &str) -> Line<'a> {
        Line::new(out)
            .from(turn_server, code)
            .word(self.shown_nick())
    }

    /// Writes ERROR.
    fn error(&self, cx: &mut Context, reason: &str) {
        let text = format!("Closing link: {} ({reason})", self.peer(cx.peer).host);
        Line::new(&mut cx.out)
            .command("ERROR")
            .trailing(&text)
            .end();
    }

    /// Ends the session with a quit message.
    fn quit(&mut self, cx: &mut Context, reason: &str) {
        self.stage = Stage::Quitting;
        cx.quit(reason);
    }

    /// Writes the reason before the connection is closed.
    pub fn farewell(&mut self, cx: &mut Context, reason: &str) {
        self.error(cx, reason);
    }

    /// Writes a notice of the server to the client.
    pub fn announce(&mut self, cx: &mut Context, text: &str) {
        // A client that waits for nothing need not know.
        if self.stage == Stage::New && self.awaited_call.is_none() {
            return;
        }
        Line::new(&mut cx.out)
            .from(cx.settings.server_name(), "NOTICE")
            .word(self.shown_nick())
            .trailing(text)
            .end();
        if cx.store_unwritable {
            self.pings.answer(cx);
        }
    }

    // Effects of the core.

    /// Handles a reply of the core.
    pub fn reply(&mut self, cx: &mut Context, call: CallId, reply: &Reply) {
        if self.awaited_call == Some(call) {
            self.awaited_call = None;
        }
        let from = cx.out.len();
        // Read first: the reply itself changes the stage.
        let registering = self.stage == Stage::Registering;
        match reply {
            // Account requests first: each is answered in the form of its command.
            _ if self.answered(cx, call, reply) => {}
            Reply::Session(SessionReply::Registered { profile, attached }) => {
                self.registered(cx, profile.clone(), *attached);
            }
            Reply::Session(SessionReply::Switched(profile)) => self.switched(cx, profile.clone()),
            Reply::Refused(refusal) if registering => self.refused(cx, refusal),
            Reply::Channel(ChannelReply::ChannelResent {
                topic,
                names,
                channel,
                metadata,
                read,
            }) => {
                let later = metadata.map(|seconds| {
                    Reply::Metadata(MetadataReply::SyncLater(channel.clone(), seconds))
                });
                let then = [Some(&**names), later.as_ref()];
                let labelled = self.labels.has(call);
                self.write_rejoin_state(cx, (channel, *read), topic, then, labelled);
            }
            // This PING was answered out of order, while the disk could not be written.
            Reply::Echoed(_) if self.pings.is_answered(call) => {}
            Reply::Echoed(bytes) => {
                self.handle_placed(cx, bytes);
                // The line has asked the core in turn (AUTHENTICATE): its label waits for that
                // answer.
                if let Some(next) = self.awaited_call {
                    self.labels.collect(call, &mut cx.out, from);
                    self.labels.transfer(call, next);
                }
            }
            other @ (Reply::Refused(_)
            | Reply::Session(_)
            | Reply::Channel(_)
            | Reply::User(_)
            | Reply::History(_)
            | Reply::Metadata(_)
            | Reply::Account(_)
            | Reply::Ownership(_)
            | Reply::Admin(_)) => {
                // A labelled response must be complete before it is written, so it is never made
                // lazily.
                if self.labels.has(call) {
                    render::write_reply(self, cx, other);
                } else {
                    render::write_or_make(self, cx, other);
                }
            }
        }
        self.labels.collect(call, &mut cx.out, from);
        // Registration is requested without `done`, so its reply closes the label.
        if registering {
            self.done(cx, call);
        }
    }

    /// Handles bytes that the core has returned in order.
    fn handle_placed(&mut self, cx: &mut Context, bytes: &[u8]) {
        match PlacedReply::read(bytes) {
            PlacedReply::Nothing => {}
            PlacedReply::Error(complaint) => {
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

    /// Echoes a message of the client to a service or `*playback`.
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

    /// Handles an event that this session has caused, or that concerns its user.
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
            self.render_rename_fallback(cx, event, place, old, reason);
        } else if call.is_none() || self.echoes_own(&event.body) {
            // Also a rename in letter case only, which clients without RENAME are not told. Without a
            // call, another session or user has caused the event.
            render::event(&mut cx.out, self.render_key(), event, None);
        }
        if let Some(call) = call {
            self.labels.collect(call, &mut cx.out, from);
        }
        // Only after the line is written: it still shows the old nick and host.
        if let Some(profile) = &mut self.profile
            && profile.id == event.from.id
        {
            match &event.body {
                Body::Renamed(nick) => *profile = profile.renamed(nick.clone()),
                Body::HostChanged(now) => *profile = now.clone(),
                Body::RealName(name) => Arc::make_mut(profile).realname = name.clone(),
                Body::Account(account) => Arc::make_mut(profile).account = account.clone(),
                Body::Message { .. }
                | Body::Joined(_)
                | Body::Parted(..)
                | Body::Kicked { .. }
                | Body::Quit(_)
                | Body::Topic(..)
                | Body::Modes(..)
                | Body::UserModes(_)
                | Body::Invited { .. }
                | Body::Away(_)
                | Body::ChannelRenamed { .. }
                | Body::Redacted { .. }
                | Body::Wallops(_)
                | Body::Killed(..) => {}
            }
        }
    }

    /// Returns whether the client receives its own action as an event.
    fn echoes_own(&self, body: &Body) -> bool {
        match body {
            Body::Message { .. } => self.caps.has(Cap::EchoMessage),
            // A numeric confirms it.
            Body::Away(_) | Body::Invited { .. } => false,
            Body::Joined(_)
            | Body::Parted(..)
            | Body::Kicked { .. }
            | Body::Quit(_)
            | Body::Renamed(_)
            | Body::Topic(..)
            | Body::Modes(..)
            | Body::UserModes(_)
            | Body::Account(_)
            | Body::HostChanged(_)
            | Body::RealName(_)
            | Body::ChannelRenamed { .. }
            | Body::Redacted { .. }
            | Body::Wallops(_)
            | Body::Killed(..) => true,
        }
    }

    /// Renders the rename of a channel for a client without RENAME: a PART of the old name, a JOIN
    /// of the new one (draft/channel-rename, fallback).
    fn render_rename_fallback(
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

    /// Writes the state that follows the JOIN of a renamed channel.
    fn write_rejoin_state(
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
            render::write_reply(
                self,
                cx,
                &Reply::Channel(ChannelReply::Topic(channel.clone(), topic.clone())),
            );
        }
        let read = Reply::History(HistoryReply::ReadMarker {
            target: channel.clone(),
            at: read,
            asked: false,
        });
        render::write_reply(self, cx, &read);
        for reply in then.into_iter().flatten() {
            if labelled {
                render::write_reply(self, cx, reply);
            } else {
                render::write_or_make(self, cx, reply);
            }
        }
    }

    /// Applies new settings: announces changed capabilities and ISUPPORT tokens.
    pub fn resettle(&mut self, cx: &mut Context, before: &DoorSettings) {
        self.capabilities_changed(cx, before);
        if self.profile.is_some() {
            self.ping_after = cx.settings.ping_after;
            self.ping_timeout = cx.settings.ping_timeout;
            self.isupport_changes(cx, before);
        }
    }

    /// Refuses a command that requires registration.
    fn not_registered(&mut self, cx: &mut Context) {
        let text = "You have not registered";
        self.complain(cx, ErrorReply::numeric(n::ERR_NOTREGISTERED, &[], text));
    }

    /// Closes the label of a call, once all of its replies have been delivered.
    pub fn done(&mut self, cx: &mut Context, call: CallId) {
        let batch = self.next_batch();
        self.labels
            .close(call, cx.settings.server_name(), &batch, &mut cx.out);
    }
}

/// Returns the refusal of a command with too few parameters.
fn need_more(command: &str) -> ErrorReply {
    let name = command.to_ascii_uppercase();
    ErrorReply::numeric(n::ERR_NEEDMOREPARAMS, &[&name], "Not enough parameters")
}
