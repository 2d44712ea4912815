//! State of an IRC connection, and what it writes by itself.

use crate::render_key::RenderKey;
use std::sync::Arc;

use irc_wire::{Framer, Line, MAX_CLIENT_TAG_DATA, MAX_LINE, numerics as n};
use parlour_core::state::Profile;
use parlour_core::{CallId, Instant, Question};

use crate::context::Context;

use super::batches::Batches;
use super::caps::{Cap, Caps};
use super::error_reply::ErrorReply;
use super::labels::Labels;
use super::pings::Pings;
use super::placed::{PlacedReplies, PlacedReply};
use super::registration_data::{BacklogReplay, Introduction};
use super::request_source::RequestSource;
use super::sasl_exchange::Exchange;

/// Bytes of a line after its tags, without CR LF.
pub(super) const BODY_LIMIT: usize = MAX_LINE - 2;
/// Longest line of a client: tag data with `@` and space, then 510 bytes.
const LINE_LIMIT: usize = MAX_CLIENT_TAG_DATA + 2 + BODY_LIMIT;

/// Capabilities that change how events are rendered.
pub(super) const CAP_RENDER_KEYS: &[(Cap, RenderKey)] = &[
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
pub(super) enum Stage {
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
    pub(super) framer: Framer,
    pub(super) stage: Stage,
    pub(super) introduction: Introduction,
    /// Set during capability negotiation, which suspends registration until CAP END.
    pub(super) is_negotiating: bool,
    /// True if the client negotiates with version 302.
    pub(super) cap_302: bool,
    /// Profile of the registered user.
    pub(super) profile: Option<Arc<Profile>>,
    pub(super) caps: Caps,
    /// PINGs of the client that have not been answered.
    pub(super) pings: Pings,
    /// Answers of the door itself that wait for their place.
    pub(super) placed: PlacedReplies,
    /// Backlog to be sent unless the client requests it by `*playback`.
    pub(super) backlog: Option<BacklogReplay>,
    /// Call that must be answered before the next line is read: CAP and AUTHENTICATE, which change
    /// how lines are read; account requests; and long answers, of which only one may be in flight.
    pub(super) awaited_call: Option<CallId>,
    /// Client named by a gateway (WEBIRC).
    // What few connections have, and none for long, is apart: the rest have thousands of this struct.
    pub(super) gateway_peer: Option<Box<crate::connections::Peer>>,
    /// Batches of the client (draft/multiline).
    pub(super) batches: Batches,
    /// SASL exchange in progress.
    pub(super) sasl: Option<Box<Exchange>>,
    /// Pending account requests, by call.
    pub(super) asked: Vec<(CallId, RequestSource)>,
    /// Set once the core may know this connection although it is not registered.
    pub(super) may_have_session: bool,
    pub(super) labels: Labels,
    pub(super) next_call: u32,
    pub(super) next_batch: u32,
    /// Time of the last sign of life.
    pub(super) last_activity: Instant,
    /// Time of the PING that the client has not answered.
    pub(super) ping_sent: Option<Instant>,
    /// Milliseconds of silence before a PING.
    pub(super) ping_after: u64,
    /// Milliseconds to answer a PING.
    pub(super) ping_timeout: u64,
    /// Deadline of registration.
    pub(super) expires: Instant,
}

impl IrcDoor {
    pub fn new(now: Instant, expires: Instant) -> Self {
        IrcDoor {
            framer: Framer::new(LINE_LIMIT),
            stage: Stage::New,
            introduction: Introduction::default(),
            is_negotiating: false,
            cap_302: false,
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

    /// Returns whether the client has begun neither registration nor negotiation, a password aside.
    pub(super) fn has_said_nothing(&self) -> bool {
        let said = &self.introduction;
        said.nick.is_none() && said.user.is_none() && !self.is_negotiating && !self.cap_302
    }

    /// Returns the time of the next PING, or of the ping timeout.
    pub(super) fn ping_deadline(&self) -> Instant {
        match self.ping_sent {
            Some(at) => at.plus(self.ping_timeout),
            None => self.last_activity.plus(self.ping_after),
        }
    }

    /// Returns a new call id; never 0.
    pub(super) fn next_call(&mut self) -> CallId {
        self.next_call = self.next_call.wrapping_add(1).max(1);
        CallId(self.next_call)
    }

    /// Returns a new batch reference.
    pub(super) fn next_batch(&mut self) -> String {
        self.next_batch = self.next_batch.wrapping_add(1);
        format!("b{}", self.next_batch)
    }

    /// Writes an error: at once before registration, in order afterwards.
    pub(super) fn complain(&mut self, cx: &mut Context, complaint: ErrorReply) {
        if self.stage == Stage::New {
            complaint.write(&mut cx.out, cx.settings.server_name(), self.shown_nick());
        } else {
            let call = self.next_call();
            self.answer_in_place(cx, call, PlacedReply::Error(complaint));
        }
    }

    /// Returns the nick, or `*` before registration.
    pub(super) fn shown_nick(&self) -> &str {
        match (&self.profile, &self.introduction.nick) {
            (Some(profile), _) => &profile.nick,
            (None, _) => "*",
        }
    }

    /// Starts a numeric to the client.
    pub(super) fn numeric<'a>(
        &self,
        out: &'a mut Vec<u8>,
        turn_server: &str,
        code: &str,
    ) -> Line<'a> {
        Line::new(out)
            .from(turn_server, code)
            .word(self.shown_nick())
    }

    /// Writes ERROR.
    pub(super) fn error(&self, cx: &mut Context, reason: &str) {
        let text = format!("Closing link: {} ({reason})", self.peer(cx.peer).host);
        Line::new(&mut cx.out)
            .command("ERROR")
            .trailing(&text)
            .end();
    }

    /// Ends the session with a quit message.
    pub(super) fn quit(&mut self, cx: &mut Context, reason: &str) {
        self.stage = Stage::Quitting;
        cx.quit(reason);
    }

    // Effects of the core.

    /// Answers a call by itself, in its place among the replies of the core.
    pub(super) fn answer_in_place(&mut self, cx: &mut Context, call: CallId, reply: PlacedReply) {
        self.placed.push(call, reply);
        cx.ask(call, Question::Barrier);
    }

    /// Refuses a command that requires registration.
    pub(super) fn not_registered(&mut self, cx: &mut Context) {
        let text = "You have not registered";
        self.complain(cx, ErrorReply::numeric(n::ERR_NOTREGISTERED, &[], text));
    }
}
