//! Plain text as a dialect of the connections.

use irc_wire::terminal;
use parlour_core::names::Nick;
use parlour_core::reply::{AccountReply, ChannelReply, SessionReply};
use parlour_core::{Body, CallId, ChannelId, Event, Instant, Reply, Secret};

use super::door::{PASSWORD_QUESTION, PlainDoor, QUESTION, Stage};
use super::framing::Received;
use super::{commands, render};
use crate::context::Context;
use crate::dialect::Dialect;
use crate::render_key::RenderKey;

impl Dialect for PlainDoor {
    fn deadline(&self) -> Option<Instant> {
        let naming =
            (!matches!(self.stage, Stage::Chatting | Stage::Quitting)).then_some(self.expires);
        [naming, self.framing.deadline()]
            .into_iter()
            .flatten()
            .min()
    }

    fn receive(&mut self, cx: &mut Context, bytes: &[u8]) {
        let until = cx.now.plus(cx.settings.unframed_silence);
        self.framing.receive(bytes, until);
        self.proceed(cx);
    }

    fn ended(&mut self, cx: &mut Context) -> bool {
        self.framing.end();
        self.proceed(cx);
        // Not done while registration, an answer or a limit holds input back; the owner then calls
        // this again.
        let held = self.stage == Stage::Registering || self.paused.is_some();
        cx.close.is_some() || (!held && cx.may_read())
    }

    fn proceed(&mut self, cx: &mut Context) {
        while cx.may_read()
            && self.paused.is_none()
            && !matches!(self.stage, Stage::Registering | Stage::Quitting)
        {
            let Some(heard) = self.framing.next() else {
                return;
            };
            let problem = match heard {
                Received::Text(text) => {
                    self.heard(cx, &text);
                    continue;
                }
                Received::NotText => "That was not UTF-8 text, so it was not sent.",
                Received::Forbidden => {
                    "A message cannot hold a NUL or a bare carriage return, so it was not sent."
                }
                Received::TooLong => {
                    "That was too long (16,000 bytes at most), so it was not sent."
                }
            };
            self.system(cx, problem);
            match self.stage {
                Stage::Naming => self.question(cx, QUESTION),
                Stage::Unlocking | Stage::Proving => self.question(cx, PASSWORD_QUESTION),
                Stage::Registering | Stage::Chatting | Stage::Quitting => {}
            }
        }
    }

    fn tick(&mut self, cx: &mut Context) {
        if cx.now >= self.expires && !matches!(self.stage, Stage::Chatting | Stage::Quitting) {
            self.write(
                cx,
                "You chose no nickname in time, so this connection is closed. Come back any time.",
            );
            cx.close = Some("chose no nickname".into());
            if self.stage == Stage::Registering {
                // The core may have registered the nick already.
                cx.quit("Registration timed out");
            }
            return;
        }
        self.framing.silence(cx.now);
        self.proceed(cx);
    }

    fn key(&self) -> RenderKey {
        if self.profile.is_none() {
            RenderKey::NONE
        } else if self.framing.is_framed() {
            RenderKey::PLAIN
        } else {
            RenderKey::PLAIN.with(RenderKey::UNFRAMED)
        }
    }

    fn reply(&mut self, cx: &mut Context, call: CallId, reply: &Reply) {
        if self.paused == Some(call) {
            self.paused = None;
        }
        match reply {
            Reply::Session(SessionReply::Registered { profile, attached }) => {
                self.registered(cx, profile.clone(), *attached);
            }
            Reply::Session(SessionReply::Switched(profile)) => self.profile = Some(profile.clone()),
            Reply::Account(AccountReply::LoggedIn { .. }) if self.stage == Stage::Registering => {
                // The nickname belongs to the account; now it can be registered.
                self.register(cx, None);
            }
            Reply::Refused(refusal) if self.stage == Stage::Registering => {
                self.not_registered(cx, refusal);
            }
            Reply::Refused(refusal) => self.refused(cx, call, refusal),
            Reply::Channel(ChannelReply::Forwarded(from, _)) => {
                // The channel that was asked for is not the one that is joined.
                // A refused join leaves no channel to talk in.
                self.rooms.retain(|room| room.name != *from);
                if let Some(text) = render::reply(reply) {
                    self.write(cx, &text);
                }
            }
            other @ (Reply::Passed
            | Reply::Session(_)
            | Reply::Channel(_)
            | Reply::User(_)
            | Reply::History(_)
            | Reply::Metadata(_)
            | Reply::Account(_)
            | Reply::Ownership(_)
            | Reply::Admin(_)) => {
                if let Some(text) = render::reply(other) {
                    self.write(cx, &text);
                }
            }
        }
    }

    fn own_event(&mut self, cx: &mut Context, _: Option<CallId>, event: &Event) {
        let own = self
            .profile
            .as_ref()
            .is_some_and(|profile| profile.id == event.from.id);
        match &event.body {
            // A terminal has echoed the line already.
            Body::Message { .. } if own && self.framing.is_framed() => return,
            Body::Joined(place) if own => return self.entered(cx, place),
            Body::Parted(place, _) if own => return self.left(cx, place, None),
            Body::Kicked {
                place,
                nick,
                reason,
            } if self.nick() == Some(nick) => {
                let words = render::kick_reason(&event.from.nick, reason);
                let why = format!("{} kicked you from {}{words}.", event.from.nick, place.name);
                return self.left(cx, place, Some(&why));
            }
            Body::Renamed(nick) if own => {
                self.profile = self
                    .profile
                    .as_ref()
                    .map(|profile| profile.renamed(nick.clone()));
                let text = format!("You are {nick} now.");
                return self.system(cx, &text);
            }
            Body::ChannelRenamed { place, .. } => {
                if let Some(room) = self.rooms.iter_mut().find(|room| room.id == Some(place.id)) {
                    room.name = place.name.clone();
                }
            }
            Body::Message { .. }
            | Body::Joined(_)
            | Body::Parted(..)
            | Body::Kicked { .. }
            | Body::Quit(_)
            | Body::Renamed(_)
            | Body::Topic(..)
            | Body::Modes(..)
            | Body::UserModes(_)
            | Body::Invited { .. }
            | Body::Away(_)
            | Body::Account(_)
            | Body::HostChanged(_)
            | Body::RealName(_)
            | Body::Redacted { .. }
            | Body::Wallops(_)
            | Body::Killed(..) => {}
        }
        let render_key = self.key_for(event);
        render::event(&mut cx.out, render_key, event);
        cx.breaks.push(cx.out.len());
    }

    fn farewell(&mut self, cx: &mut Context, reason: &str) {
        match (&self.profile, self.stage) {
            (Some(profile), Stage::Quitting) => {
                let text = format!("Goodbye, {}!", profile.nick);
                self.system(cx, &text);
            }
            _ => self.system(cx, &terminal::neutralise(reason)),
        }
    }

    fn announce(&mut self, cx: &mut Context, text: &str) {
        if self.profile.is_some() || self.stage == Stage::Registering {
            self.system(cx, &terminal::neutralise(text));
        }
    }

    fn nick(&self) -> Option<&Nick> {
        self.profile.as_ref().map(|profile| &profile.nick)
    }

    fn has_session(&self) -> bool {
        match self.stage {
            Stage::Registering | Stage::Chatting => true,
            Stage::Naming | Stage::Unlocking | Stage::Proving => self.known,
            Stage::Quitting => false,
        }
    }

    fn current(&self) -> Option<ChannelId> {
        self.rooms.last().and_then(|room| room.id)
    }

    fn waits(&self) -> bool {
        self.stage == Stage::Registering || self.paused.is_some()
    }
}

impl PlainDoor {
    /// Handles a line by the stage of the connection.
    fn heard(&mut self, cx: &mut Context, line: &str) {
        match self.stage {
            Stage::Naming => return self.choose_nick(cx, line.trim()),
            Stage::Unlocking => return self.register(cx, Some(Secret::new(line.trim()))),
            Stage::Proving => return self.prove(cx, line.trim()),
            Stage::Registering | Stage::Chatting | Stage::Quitting => {}
        }
        let line = line.trim_end();
        if line.is_empty() {
            return;
        }
        match line.strip_prefix('/') {
            Some(rest) if !rest.starts_with('/') => commands::run(self, cx, rest),
            Some(rest) => self.say(cx, rest, false),
            None => self.say(cx, line, false),
        }
    }
}
