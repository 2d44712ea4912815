//! Requests of the admin console, and their replies on the way back.

use std::collections::HashMap;
use std::sync::mpsc::Sender;

use parlour_core::{Call, CallId, Effect, Reply, Request, SessionId};

/// Calls of the console that are not done yet.
#[derive(Default)]
pub(crate) struct Console {
    last: u32,
    waiting: HashMap<CallId, Sender<Reply>>,
}

impl Console {
    /// Builds a call for the core, whose replies go to `answer`.
    pub fn call(&mut self, request: Request, answer: Sender<Reply>) -> Call {
        self.last = self.last.wrapping_add(1).max(1);
        let id = CallId(self.last);
        self.waiting.insert(id, answer);
        Call {
            session: SessionId::CONSOLE,
            id,
            done: true,
            request,
        }
    }

    /// Removes the console's effects from a batch, and passes its replies on.
    pub fn take(&mut self, effects: &mut Vec<Effect>, taken: &mut Vec<SessionId>) {
        if self.waiting.is_empty() {
            return;
        }
        taken.retain(|session| *session != SessionId::CONSOLE);
        effects.retain(|effect| match effect {
            Effect::Reply(cause, reply) if cause.session == SessionId::CONSOLE => {
                if let Some(answer) = self.waiting.get(&cause.call) {
                    // The requester may have timed out.
                    let _ = answer.send(reply.clone());
                }
                false
            }
            Effect::Done(cause) if cause.session == SessionId::CONSOLE => {
                self.waiting.remove(&cause.call);
                false
            }
            Effect::Event { .. }
            | Effect::Reply(..)
            | Effect::Enter(..)
            | Effect::Leave(..)
            | Effect::Done(_)
            | Effect::Close(..) => true,
        });
    }
}
