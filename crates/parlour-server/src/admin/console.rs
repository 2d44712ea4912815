//! Console: the service session that admin requests share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use parlour_core::{Call, CallId, Effect, Reply, Request, SessionId};

use crate::mailbox::Mailbox;
use crate::messages::CoreMsg;
use crate::service_sessions::Outlet;

/// Console of the administrator; its requests have the authority of the server itself.
pub(super) struct Console {
    core: Arc<Mailbox<CoreMsg>>,
    last: AtomicU32,
    replies: Arc<Replies>,
}

/// Requesters that wait, by their call.
#[derive(Default)]
struct Replies(Mutex<HashMap<CallId, Sender<Reply>>>);

impl Console {
    /// Opens the session.
    pub fn open(core: Arc<Mailbox<CoreMsg>>) -> Console {
        let replies = Arc::new(Replies::default());
        core.post_anyway(CoreMsg::OpenService(SessionId::CONSOLE, replies.clone()));
        Console {
            core,
            last: AtomicU32::new(0),
            replies,
        }
    }

    /// Sends a request to the core. Its replies can be received as soon as they are committed.
    pub fn ask(&self, request: Request) -> Receiver<Reply> {
        let (to_requester, replies) = mpsc::channel();
        let id = CallId(self.last.fetch_add(1, Ordering::Relaxed).wrapping_add(1));
        self.replies.lock().insert(id, to_requester);
        self.core.post_anyway(CoreMsg::ServiceCall(Call {
            session: SessionId::CONSOLE,
            id,
            done: true,
            request,
        }));
        replies
    }

    /// Stops the server.
    pub fn stop_server(&self) {
        let words = "The server is stopping".into();
        self.core.post_anyway(CoreMsg::Stop(words));
    }
}

impl Replies {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<CallId, Sender<Reply>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outlet for Replies {
    fn deliver(&self, effect: &Effect) {
        match effect {
            Effect::Reply(cause, reply) => {
                if let Some(requester) = self.lock().get(&cause.call) {
                    // The requester may have timed out.
                    let _ = requester.send(reply.clone());
                }
            }
            Effect::Done(cause) => {
                self.lock().remove(&cause.call);
            }
            Effect::Event { .. } | Effect::Enter(..) | Effect::Leave(..) | Effect::Close(..) => {}
        }
    }
}
