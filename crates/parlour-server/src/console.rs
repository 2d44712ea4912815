//! Console: the service session that admin requests and hooks share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use parlour_core::{Call, CallId, Effect, Reply, Request, SessionId};

use tokio::sync::oneshot;

use crate::cluster::ClusterStatus;
use crate::mailbox::Mailbox;
use crate::messages::CoreMsg;
use crate::service_sessions::Outlet;

/// Console of the server; its requests have the authority of the server itself.
pub(crate) struct Console {
    core: Arc<Mailbox<CoreMsg>>,
    session: SessionId,
    last: AtomicU32,
    replies: Arc<Replies>,
}

/// Requesters that wait, by their call.
#[derive(Default)]
struct Replies(Mutex<HashMap<CallId, Requester>>);

/// Requester of a call: a thread, which takes several replies, or a task.
enum Requester {
    Thread(Sender<Reply>),
    Task(Option<oneshot::Sender<Reply>>),
}

impl Console {
    /// Opens a session: of the administrator, or of the HTTP service.
    pub fn open(core: Arc<Mailbox<CoreMsg>>, session: SessionId) -> Console {
        let replies = Arc::new(Replies::default());
        core.post_anyway(CoreMsg::OpenService(session, replies.clone()));
        Console {
            core,
            session,
            last: AtomicU32::new(0),
            replies,
        }
    }

    /// Sends a request to the core. Its replies can be received as soon as they are committed.
    pub fn ask(&self, request: Request) -> Receiver<Reply> {
        let (to_requester, replies) = mpsc::channel();
        self.call(request, Requester::Thread(to_requester));
        replies
    }

    /// Sends a request to the core. Its first reply can be awaited; it comes once it is committed.
    pub fn ask_async(&self, request: Request) -> oneshot::Receiver<Reply> {
        let (to_requester, reply) = oneshot::channel();
        self.call(request, Requester::Task(Some(to_requester)));
        reply
    }

    fn call(&self, request: Request, requester: Requester) {
        let id = CallId(self.last.fetch_add(1, Ordering::Relaxed).wrapping_add(1));
        self.replies.lock().insert(id, requester);
        self.core.post_anyway(CoreMsg::ServiceCall(Call {
            session: self.session,
            id,
            done: true,
            request,
        }));
    }

    /// Asks for the state of the cluster; none for a server on its own.
    pub fn cluster(&self) -> Receiver<Option<ClusterStatus>> {
        let (answer, answered) = mpsc::channel();
        self.core.post_anyway(CoreMsg::DescribeCluster(answer));
        answered
    }

    /// Has the server say that it is about to be taken out of service.
    pub fn drain(&self) {
        self.core.post_anyway(CoreMsg::Drain);
    }

    /// Stops the server.
    pub fn stop_server(&self) {
        let words = "The server is stopping".into();
        self.core.post_anyway(CoreMsg::Stop(words));
    }
}

impl Replies {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<CallId, Requester>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outlet for Replies {
    fn deliver(&self, effect: &Effect) {
        match effect {
            Effect::Reply(cause, reply) => {
                // The requester may have timed out.
                match self.lock().get_mut(&cause.call) {
                    Some(Requester::Thread(requester)) => drop(requester.send(reply.clone())),
                    Some(Requester::Task(requester)) => {
                        if let Some(requester) = requester.take() {
                            let _ = requester.send(reply.clone());
                        }
                    }
                    None => {}
                }
            }
            Effect::Done(cause) => {
                self.lock().remove(&cause.call);
            }
            Effect::Event { .. } | Effect::Enter(..) | Effect::Leave(..) | Effect::Close(..) => {}
        }
    }
}
