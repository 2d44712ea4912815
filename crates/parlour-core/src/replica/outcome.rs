//! Outcome of an entry: what this node tells its sessions, and what the store keeps.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::interests::Interests;
use crate::state::Backlog;
use crate::{Audience, Cause, Effect, Event, Record, Refusal, Reply, SessionId};

/// Collects what comes of an entry. Nothing in here flows back into the replica: it is the same on
/// every node, whatever the sessions of this one are interested in.
#[derive(Debug)]
pub struct Outcome<'a> {
    /// Monitored nicks and subscriptions of this node's sessions.
    pub(crate) interests: &'a Interests,
    /// Effects for the doors, in order.
    pub(crate) effects: &'a mut Vec<Effect>,
    /// Records for the store, in order.
    pub(crate) records: &'a mut Vec<Record>,
    /// Sessions that have ended.
    pub(crate) ended: Vec<SessionId>,
    /// Sessions that were attached to a user who had none, with what the user has missed.
    pub(crate) attached: Vec<(SessionId, Backlog)>,
}

impl<'a> Outcome<'a> {
    /// Creates an empty outcome that appends to `effects` and `records`.
    pub(crate) fn new(
        interests: &'a Interests,
        effects: &'a mut Vec<Effect>,
        records: &'a mut Vec<Record>,
    ) -> Outcome<'a> {
        Outcome {
            interests,
            effects,
            records,
            ended: Vec::new(),
            attached: Vec::new(),
        }
    }

    /// Appends an event.
    pub(crate) fn event(&mut self, audience: Audience, cause: Option<Cause>, event: Arc<Event>) {
        self.effects.push(Effect::Event {
            audience,
            cause,
            event,
        });
    }

    /// Appends a reply to the requester.
    pub(crate) fn reply(&mut self, origin: Cause, reply: Reply) {
        self.effects.push(Effect::Reply(origin, reply));
    }

    /// Appends a refusal.
    pub(crate) fn refuse(&mut self, origin: Cause, refusal: Refusal) {
        self.reply(origin, Reply::Refused(refusal));
    }
}
