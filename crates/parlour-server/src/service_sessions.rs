//! Service sessions: sessions of the core that belong to no connection, but to a part of the server,
//! such as the admin console. The core treats their calls as those of any other session; what comes
//! of them goes to an outlet instead of a shard.

use std::collections::HashMap;
use std::sync::Arc;

use parlour_core::{Audience, Effect, SessionId};

/// Receiver of the effects for one service session. It is called on the core thread, and so must
/// neither block nor take long.
pub(crate) trait Outlet: Send + Sync {
    /// Takes an effect that is for its session.
    fn deliver(&self, effect: &Effect);
}

/// Service sessions that are open.
#[derive(Default)]
pub(crate) struct ServiceSessions(HashMap<SessionId, Arc<dyn Outlet>>);

impl ServiceSessions {
    /// Opens a session.
    pub fn open(&mut self, session: SessionId, outlet: Arc<dyn Outlet>) {
        self.0.insert(session, outlet);
    }

    /// Passes the effects of one release that are for these sessions to their outlets, in order, and
    /// removes those that are for them alone. Returns how many of their calls ended.
    pub fn take(&self, effects: &mut Vec<Effect>, taken: &mut Vec<SessionId>) -> usize {
        let mut ended = 0;
        taken.retain(|session| !self.0.contains_key(session));
        effects.retain(|effect| {
            let session = match effect {
                Effect::Reply(cause, _) | Effect::Done(cause) => cause.session,
                Effect::Enter(session, _)
                | Effect::Leave(session, _)
                | Effect::Close(session, _) => *session,
                Effect::Event { audience, .. } => {
                    if let Audience::Sessions(sessions) = audience {
                        for outlet in sessions.iter().filter_map(|id| self.0.get(id)) {
                            outlet.deliver(effect);
                        }
                    }
                    return true;
                }
            };
            match self.0.get(&session) {
                Some(outlet) => {
                    ended += usize::from(matches!(effect, Effect::Done(_)));
                    outlet.deliver(effect);
                    false
                }
                None => true,
            }
        });
        ended
    }
}
