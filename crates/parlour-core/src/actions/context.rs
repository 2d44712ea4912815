//! Context of an action: who acts, by which request, at which place of the journal.

use alloc::sync::Arc;

use crate::event::ChannelRef;
use crate::replica::Outcome;
use crate::state::{Channel, Profile};
use crate::{Audience, Body, CallId, Cause, ChannelId, Event, MsgId, SessionId};

/// Context of an action: its user, its place in the journal, and the request it comes from.
pub(super) struct ActionContext {
    pub(super) profile: Arc<Profile>,
    pub(super) at: MsgId,
    pub(super) cause: Cause,
}

impl ActionContext {
    /// Returns the context of an action that no request of the user caused.
    pub(super) fn without_request(profile: Arc<Profile>, at: MsgId) -> ActionContext {
        // No session has this id: nobody gets a reply or an echo.
        ActionContext {
            profile,
            at,
            cause: Cause {
                session: SessionId::SERVER,
                call: CallId(0),
            },
        }
    }

    /// Returns an event that the user caused.
    pub(super) fn event(&self, body: Body) -> Arc<Event> {
        Arc::new(Event {
            id: self.at,
            from: self.profile.clone(),
            body,
        })
    }

    /// Returns the cause of a reply to any session of the user; only the requesting session gets
    /// the number of the request.
    pub(super) fn cause_for(&self, session: SessionId) -> Cause {
        let call = if session == self.cause.session {
            self.cause.call
        } else {
            CallId(0)
        };
        Cause { session, call }
    }

    /// Sends an event to a whole channel.
    pub(super) fn tell(&self, channel: ChannelId, body: Body, out: &mut Outcome<'_>) {
        out.event(
            Audience::Channel(channel),
            Some(self.cause),
            self.event(body),
        );
    }
}

pub(super) fn place(channel: &Channel) -> ChannelRef {
    ChannelRef {
        id: channel.id,
        name: channel.name.clone(),
    }
}
