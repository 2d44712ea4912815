//! The irc door: RFC 1459 and 2812 as described by Modern IRC, and IRCv3.
//!
//! Before registration the door answers by itself. Afterwards nothing may overtake the replies of
//! the core, so what the door answers alone waits for its place ([`placed`]).

mod account;
mod caps;
mod commands;
mod dialect;
mod error_reply;
pub mod isupport;
mod labels;
mod lines;
mod modes;
mod pings;
mod placed;
pub mod reference;
mod registration;
mod render;
mod sasl;
mod services;
pub mod verbs;
mod welcome;

use crate::dialect::Dialect;
use crate::render_key::RenderKey;
use parlour_core::reply::{ChannelReply, HistoryReply};
use std::sync::Arc;

use irc_wire::{Framer, Line, Message, numerics as n};
use parlour_core::event::ChannelRef;
use parlour_core::state::{Profile, Topic};
use parlour_core::{Body, CallId, Event, Instant, Name, Question, Reply, Time};

use crate::context::Context;

use account::RequestSource;
use caps::Caps;
pub use caps::{CAPABILITIES, Cap, Capability};
use commands::batch::Batches;
use error_reply::ErrorReply;
use labels::Labels;
use lines::LINE_LIMIT;
pub use modes::{FLAGS, LISTS, RANKS, USER_MODES, VALUES, read as read_modes};
pub(crate) use modes::{format as format_modes, prefixes};
use pings::Pings;
use placed::{PlacedReplies, PlacedReply};
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
    /// Answers of the door itself that wait for their place.
    placed: PlacedReplies,
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
            placed: PlacedReplies::default(),
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

    /// Returns the time of the next PING, or of the ping timeout.
    fn ping_deadline(&self) -> Instant {
        match self.ping_sent {
            Some(at) => at.plus(self.ping_timeout),
            None => self.last_activity.plus(self.ping_after),
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
            self.answer_in_place(cx, call, PlacedReply::Error(complaint));
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

    // Effects of the core.

    /// Answers a call by itself, in its place among the replies of the core.
    fn answer_in_place(&mut self, cx: &mut Context, call: CallId, reply: PlacedReply) {
        self.placed.push(call, reply);
        cx.ask(call, Question::Barrier);
    }

    /// Writes an answer whose barrier has come back.
    fn write_placed(&mut self, cx: &mut Context, reply: PlacedReply) {
        match reply {
            PlacedReply::Nothing => {}
            PlacedReply::Error(complaint) => {
                complaint.write(&mut cx.out, cx.settings.server_name(), self.shown_nick());
            }
            PlacedReply::Own { target, text } => self.echo(cx, &target, &text),
            PlacedReply::Service(service, lines) => service.speak(self, cx, &lines),
            PlacedReply::Line(line) => {
                if let Ok(message) = Message::parse(&line) {
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
            render::event(&mut cx.out, self.key(), &own, None);
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

    /// Refuses a command that requires registration.
    fn not_registered(&mut self, cx: &mut Context) {
        let text = "You have not registered";
        self.complain(cx, ErrorReply::numeric(n::ERR_NOTREGISTERED, &[], text));
    }
}

/// Returns the refusal of a command with too few parameters.
fn need_more(command: &str) -> ErrorReply {
    let name = command.to_ascii_uppercase();
    ErrorReply::numeric(n::ERR_NEEDMOREPARAMS, &[&name], "Not enough parameters")
}
