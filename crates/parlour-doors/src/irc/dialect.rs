//! IRC as a dialect of the connections.

use super::dispatch;
use super::placed::PlacedReply;
use irc_wire::Message;
use parlour_core::Time;
use parlour_core::event::ChannelRef;
use parlour_core::names::ChannelName;
use parlour_core::names::Nick;
use parlour_core::names::Text;
use parlour_core::reply::HistoryReply;
use parlour_core::state::Topic;
use std::sync::Arc;

use irc_wire::Line;
use parlour_core::error::NameError;
use parlour_core::reply::{ChannelReply, MetadataReply, SessionReply};
use parlour_core::{Body, CallId, Event, Instant, Refusal, Reply};

use super::{Cap, render};
use crate::DoorSettings;
use crate::context::Context;
use crate::dialect::Dialect;
use crate::irc::door::{CAP_RENDER_KEYS, IrcDoor, Stage};
use crate::render_key::RenderKey;

impl Dialect for IrcDoor {
    fn deadline(&self) -> Option<Instant> {
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

    fn receive(&mut self, cx: &mut Context, bytes: &[u8]) {
        self.last_activity = cx.now;
        self.ping_sent = None;
        self.framer.push(bytes);
        self.proceed(cx);
    }

    fn ended(&mut self, cx: &mut Context) -> bool {
        self.proceed(cx);
        // While reading is paused, lines may still be in the framer.
        cx.close.is_some() || (!self.waits() && cx.may_read())
    }

    fn proceed(&mut self, cx: &mut Context) {
        self.read_lines(cx);
    }

    fn tick(&mut self, cx: &mut Context) {
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

    fn key(&self) -> RenderKey {
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

    fn reply(&mut self, cx: &mut Context, call: CallId, reply: &Reply) {
        if self.awaited_call == Some(call) {
            self.awaited_call = None;
        }
        let from = cx.out.len();
        if let Reply::Refused(Refusal::Name(NameError::NoSuchServer(_))) = reply {
            // The barrier was refused, and with it what it kept back.
            self.placed.take(call);
        }
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
                    Reply::Metadata(MetadataReply::SyncLater(channel.clone().into(), seconds))
                });
                let then = [Some(&**names), later.as_ref()];
                let labelled = self.labels.has(call);
                self.write_rejoin_state(cx, (channel, *read), topic, then, labelled);
            }
            // This PING was answered out of order, while the disk could not be written.
            Reply::Passed if self.pings.is_answered(call) => {
                self.placed.take(call);
            }
            Reply::Passed => {
                if let Some(reply) = self.placed.take(call) {
                    self.write_placed(cx, reply);
                }
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

    fn own_event(&mut self, cx: &mut Context, call: Option<CallId>, event: &Event) {
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
            render::event(&mut cx.out, self.key(), event, None);
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

    fn done(&mut self, cx: &mut Context, call: CallId) {
        let batch = self.next_batch();
        self.labels
            .close(call, cx.settings.server_name(), &batch, &mut cx.out);
    }

    fn farewell(&mut self, cx: &mut Context, reason: &str) {
        self.error(cx, reason);
    }

    fn resettle(&mut self, cx: &mut Context, before: &DoorSettings) {
        self.capabilities_changed(cx, before);
        if self.profile.is_some() {
            self.ping_after = cx.settings.ping_after;
            self.ping_timeout = cx.settings.ping_timeout;
            self.isupport_changes(cx, before);
        }
    }

    fn announce(&mut self, cx: &mut Context, text: &str) {
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

    fn nick(&self) -> Option<&Nick> {
        self.profile.as_ref().map(|profile| &profile.nick)
    }

    fn has_session(&self) -> bool {
        match self.stage {
            Stage::Registering | Stage::Registered => true,
            Stage::New => self.may_have_session,
            Stage::Quitting => false,
        }
    }

    fn is_there(&mut self, now: Instant) {
        self.last_activity = now;
        self.ping_sent = None;
    }

    fn waits(&self) -> bool {
        self.stage == Stage::Registering || self.awaited_call.is_some()
    }
}

impl IrcDoor {
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
                    dispatch::local(self, cx, &message);
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
        old: &ChannelName,
        reason: &Text,
    ) {
        let Some(profile) = &self.profile else { return };
        let under = |name: &ChannelName| ChannelRef {
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
        (channel, read): (&ChannelName, Option<Time>),
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
            target: channel.clone().into(),
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
}
