//! Uploads that are running: started, told of as they go on, cancelled.

use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinSet;

use crate::app::{App, UploadId, UploadOrder};
use crate::uploader::{self, UploadRoute};

/// Events that may wait; more reports of progress are left out.
const EVENTS: usize = 64;
/// Places that are kept for the ends of uploads: more than run at once.
const ENDS: usize = 32;

/// Progress or end of an upload.
pub(crate) enum UploadEvent {
    /// Progress in percent.
    Progress(UploadId, u8),
    /// Link to the file, or why there is none.
    Ended(UploadId, Result<String, String>),
}

impl UploadEvent {
    /// Passes the event to the app.
    pub fn tell(self, app: &mut App) {
        match self {
            UploadEvent::Progress(id, percent) => app.upload_progress(id, percent),
            UploadEvent::Ended(id, outcome) => app.uploaded(id, outcome),
        }
    }
}

/// Uploads that are running.
pub(crate) struct RunningUploads {
    running: JoinSet<()>,
    events: Receiver<UploadEvent>,
    sender: Sender<UploadEvent>,
}

/// End of an upload, told of whatever happens to its task.
struct End {
    id: UploadId,
    sender: Sender<UploadEvent>,
    outcome: Option<Result<String, String>>,
}

impl End {
    /// Tells of the end with its outcome.
    fn with(mut self, outcome: Result<String, String>) {
        self.outcome = Some(outcome);
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let failed = || Err("the client failed to do it".to_owned());
        let outcome = self.outcome.take().unwrap_or_else(failed);
        let event = UploadEvent::Ended(self.id, outcome);
        // There is room: reports of progress leave a place for each end.
        let _ = self.sender.try_send(event);
    }
}

impl RunningUploads {
    /// Returns a set without uploads.
    pub fn new() -> RunningUploads {
        let (sender, events) = mpsc::channel(EVENTS);
        RunningUploads {
            running: JoinSet::new(),
            events,
            sender,
        }
    }

    /// Starts an upload.
    pub fn start(&mut self, order: UploadOrder, route: UploadRoute) {
        // Tasks that have ended are taken out.
        while self.running.try_join_next().is_some() {}
        let (sender, id) = (self.sender.clone(), order.id);
        let end = End {
            id,
            sender: sender.clone(),
            outcome: None,
        };
        self.running.spawn(async move {
            let outcome = uploader::upload(&order, &route, move |percent| {
                // A report that finds no room is followed by a newer one.
                if sender.capacity() > ENDS {
                    let _ = sender.try_send(UploadEvent::Progress(id, percent));
                }
            });
            end.with(outcome.await);
        });
    }

    /// Stops all uploads.
    pub fn cancel(&mut self) {
        self.running.abort_all();
    }

    /// Waits for the next event; pending while there is none. Cancel safe.
    pub async fn next(&mut self) -> UploadEvent {
        match self.events.recv().await {
            Some(event) => event,
            // Never: `sender` keeps the channel open.
            None => std::future::pending().await,
        }
    }
}
