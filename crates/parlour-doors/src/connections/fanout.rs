//! Fan-out of events: an event is rendered once per render key, into one buffer per channel and
//! key, so that the events of a batch are one contiguous piece for each member of the channel.

use crate::log_event::LogEvent;
use crate::render_key::RenderKey;
use crate::rendering;
use std::collections::hash_map::Entry;
use std::panic::{AssertUnwindSafe, catch_unwind};

use parlour_core::{Audience, Body, Cause, ChannelId, Event, Instant, Now, SessionId};
use smallvec::SmallVec;

use super::Connections;
use super::channel_members::KeyBuffers;
use super::connection::HotState;
use super::due::{Due, can_wait};
use super::output::Piece;

/// Announcement to readers for whom an event cannot be rendered.
const UNSHOWN: &str =
    "Something that happened cannot be shown to you, because of an internal error.";

/// Pieces of an event by render key, as far as they were needed; none where rendering panicked.
type Rendered = SmallVec<[(RenderKey, Option<Piece>); 4]>;

/// Returns whether the door of the user must process the event if it is about its own user.
fn may_concern(event: &Event) -> bool {
    matches!(
        event.body,
        Body::Renamed(_)
            | Body::Kicked { .. }
            | Body::HostChanged(_)
            | Body::RealName(_)
            | Body::Account(_)
    )
}

impl Connections {
    pub(super) fn enter(&mut self, session: SessionId, channel: ChannelId) {
        let Some(slot) = self.slot_of(session) else {
            return;
        };
        if let Some(connection) = &mut self.connections[slot as usize]
            && !connection.channels.contains(&channel)
        {
            connection.channels.push(channel);
            self.channels.entry(channel).or_default().members.push(slot);
        }
    }

    pub(super) fn leave(&mut self, session: SessionId, channel: ChannelId) {
        let Some(slot) = self.slot_of(session) else {
            return;
        };
        if let Some(connection) = &mut self.connections[slot as usize] {
            connection.channels.retain(|&other| other != channel);
        }
        if let Entry::Occupied(mut room) = self.channels.entry(channel) {
            room.get_mut().leave(slot);
            if room.get().is_empty() {
                room.remove();
            }
        }
    }

    pub(super) fn event(
        &mut self,
        now: Now,
        audience: &Audience,
        cause: Option<Cause>,
        event: &Event,
    ) {
        // A connection with this stamp has the event: members of several of its channels get it
        // once.
        self.stamp += 1;
        if let (Body::Renamed(new), Some(cause)) = (&event.body, cause)
            && self.slot_of(cause.session).is_some()
        {
            self.log_events.push(LogEvent::Renamed(
                cause.session,
                event.from.nick.clone().into(),
                new.clone().into(),
            ));
        }
        let own = cause.and_then(|cause| Some((self.slot_of(cause.session)?, cause)));
        match audience {
            Audience::Channel(channel) => self.send_to_channel(now, *channel, own, event),
            Audience::Neighbours {
                channels,
                sessions,
                watchers,
            } => {
                for channel in channels {
                    self.send_to_channel(now, *channel, own, event);
                }
                self.send_to_sessions(now, sessions, own, event, RenderKey::NONE);
                self.send_to_sessions(now, watchers, own, event, RenderKey::MONITOR);
            }
            Audience::Sessions(sessions) => {
                self.send_to_sessions(now, sessions, own, event, RenderKey::NONE);
            }
        }
    }

    /// Sends an event to the members of a channel. The connection that caused it gets it through
    /// its door instead.
    fn send_to_channel(
        &mut self,
        now: Now,
        channel: ChannelId,
        own: Option<(u32, Cause)>,
        event: &Event,
    ) {
        // Out of the map while doors run. No door changes memberships; only effects of the core do.
        let Some(mut room) = self.channels.remove(&channel) else {
            return;
        };
        // Buffer numbers of an earlier flush are taken by others now.
        if room.flush != self.flushes {
            room.flush = self.flushes;
            room.buffers.clear();
        }
        let mut rendered = Rendered::new();
        let concerned = may_concern(event);
        let matters = rendering::relevant(event);
        let by = self.gathers_by(now, event);
        for &slot in &room.members {
            let hot = &mut self.hot[slot as usize];
            if hot.stamp == self.stamp {
                continue;
            }
            hot.stamp = self.stamp;
            let is_own = own.is_some_and(|(own, _)| own == slot);
            let personal = rendering::is_personal(hot.key, event);
            if is_own || personal || (concerned && self.is_about(slot, event)) {
                let call = own.filter(|_| is_own).map(|(_, cause)| cause.call);
                self.send_to_dialect(now, slot, call, event);
                continue;
            }
            let hot = &mut self.hot[slot as usize];
            // Without the bits that make no difference to this event, more members share a
            // rendering.
            let key = key_in(hot, Some(channel)).and(matters);
            let piece = match rendered.iter().find(|(known, _)| *known == key) {
                Some(&(_, piece)) => piece,
                None => {
                    // One buffer for all events of this key: their pieces are adjacent and merge.
                    let buffer = self.buffer_of(&mut room.buffers, key);
                    let piece = self.render(buffer, key, event);
                    rendered.push((key, piece));
                    piece
                }
            };
            match piece {
                Some(piece) => {
                    let hot = &mut self.hot[slot as usize];
                    give(hot, slot, piece, key, &mut self.due, by);
                }
                None => self.announce_unshown(now, slot),
            }
        }
        self.channels.insert(channel, room);
    }

    /// Sends an event to the sessions whose render key has all bits of the one given.
    fn send_to_sessions(
        &mut self,
        now: Now,
        sessions: &[SessionId],
        own: Option<(u32, Cause)>,
        event: &Event,
        wish: RenderKey,
    ) {
        let by = self.gathers_by(now, event);
        for &session in sessions {
            let Some(slot) = self.slot_of(session) else {
                continue;
            };
            let hot = &mut self.hot[slot as usize];
            if hot.stamp == self.stamp || !hot.key.has(wish) {
                continue;
            }
            hot.stamp = self.stamp;
            let is_own = own.is_some_and(|(own, _)| own == slot);
            if is_own || (may_concern(event) && self.is_about(slot, event)) {
                let call = own.filter(|_| is_own).map(|(_, cause)| cause.call);
                self.send_to_dialect(now, slot, call, event);
                continue;
            }
            let hot = &mut self.hot[slot as usize];
            let key = key_in(hot, rendering::channel(event));
            let private = self.private_buffer();
            let Some(piece) = self.render(private, key, event) else {
                self.announce_unshown(now, slot);
                continue;
            };
            let hot = &mut self.hot[slot as usize];
            give(hot, slot, piece, key, &mut self.due, by);
        }
    }

    /// Returns the time until which an event may wait for more; none if it is urgent.
    fn gathers_by(&self, now: Now, event: &Event) -> Option<Instant> {
        can_wait(event).then(|| now.instant.plus(self.settings.gather_for))
    }

    /// Returns the buffer for events of a channel in the format of `key`.
    fn buffer_of(&mut self, buffers: &mut KeyBuffers, key: RenderKey) -> u32 {
        let known = buffers.iter_mut().find(|(known, _)| *known == key);
        match known {
            Some((_, buffer)) => {
                if !self.buffers.has_room(*buffer, usize::MAX) {
                    *buffer = self.buffers.open();
                }
                *buffer
            }
            None => {
                let buffer = self.buffers.open();
                buffers.push((key, buffer));
                buffer
            }
        }
    }

    /// Renders an event into a buffer. Returns `None` if that panics: one bad event must end neither
    /// the shard nor all who would read it.
    fn render(&mut self, buffer: u32, key: RenderKey, event: &Event) -> Option<Piece> {
        let mut rendered = Ok(());
        let piece = self.buffers.append(buffer, |out| {
            let start = out.len();
            let render = AssertUnwindSafe(|| rendering::render(key, event, out));
            rendered = catch_unwind(render);
            if rendered.is_err() {
                out.truncate(start);
            }
        });
        if rendered.is_err() {
            self.log_events.push(LogEvent::Panicked(None));
        }
        rendered.is_ok().then_some(piece)
    }

    /// Tells a reader that an event is missing.
    fn announce_unshown(&mut self, now: Now, slot: u32) {
        if let Some(id) = self.connections[slot as usize].as_ref().map(|c| c.id) {
            self.run(now, id, |dialect, cx| dialect.announce(cx, UNSHOWN));
        }
    }

    /// Returns whether the event is about the user of this connection.
    fn is_about(&self, slot: u32, event: &Event) -> bool {
        let nick = self.connections[slot as usize]
            .as_ref()
            .and_then(|c| c.dialect.nick());
        match &event.body {
            Body::Kicked { nick: whom, .. } => nick == Some(whom),
            Body::Message { .. }
            | Body::Joined(_)
            | Body::Parted(..)
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
            | Body::ChannelRenamed { .. }
            | Body::Redacted { .. }
            | Body::Wallops(_)
            | Body::Killed(..) => nick == Some(&event.from.nick),
        }
    }

    /// Passes an event to a door: it caused the event by `call`, or the event is about its user.
    fn send_to_dialect(
        &mut self,
        now: Now,
        slot: u32,
        call: Option<parlour_core::CallId>,
        event: &Event,
    ) {
        if let Some(id) = self.connections[slot as usize].as_ref().map(|c| c.id) {
            self.run(now, id, |dialect, cx| dialect.own_event(cx, call, event));
        }
    }
}

/// Returns the render key of a reader for an event of `channel`.
fn key_in(hot: &HotState, channel: Option<ChannelId>) -> RenderKey {
    if hot.current.is_some() && hot.current == channel {
        hot.key.with(RenderKey::CURRENT)
    } else {
        hot.key
    }
}

/// Queues a rendered event, until `by` at the latest, if it can wait. An empty piece means that the
/// reader does not see it.
fn give(
    hot: &mut HotState,
    slot: u32,
    piece: Piece,
    key: RenderKey,
    due: &mut Due,
    by: Option<Instant>,
) {
    if piece.start < piece.end {
        hot.pending.push(piece, key.is_unframed());
        match by {
            Some(by) => due.gather(hot, slot, by),
            None => due.write(hot, slot),
        }
    }
}
