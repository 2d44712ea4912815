//! Uploads that are running: started, told of as they go on, cancelled.

use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinSet;

use crate::app::{App, UploadId, UploadOrder};
use crate::uploader::{self, UploadRoute};

/// Reports of progress that may wait; more are left out.
const PROGRESS: usize = 16;

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

/// Running uploads.
pub(crate) struct Uploads {
    running: JoinSet<(UploadId, Result<String, String>)>,
    progress: Receiver<(UploadId, u8)>,
    sender: Sender<(UploadId, u8)>,
}

impl Uploads {
    /// Returns a set without uploads.
    pub fn new() -> Uploads {
        let (sender, progress) = mpsc::channel(PROGRESS);
        Uploads {
            running: JoinSet::new(),
            progress,
            sender,
        }
    }

    /// Starts an upload.
    pub fn start(&mut self, order: UploadOrder, route: UploadRoute) {
        let sender = self.sender.clone();
        self.running.spawn(async move {
            let id = order.id;
            let outcome = uploader::upload(&order, &route, move |percent| {
                // A report that finds no room is followed by a newer one.
                let _ = sender.try_send((id, percent));
            });
            (id, outcome.await)
        });
    }

    /// Stops all uploads.
    pub fn cancel(&mut self) {
        self.running.abort_all();
    }

    /// Waits for the next event; pending while there is none. Cancel safe.
    pub async fn next(&mut self) -> UploadEvent {
        tokio::select! {
            // `sender` keeps the channel open.
            Some((id, percent)) = self.progress.recv() => UploadEvent::Progress(id, percent),
            Some(Ok((id, outcome))) = self.running.join_next() => UploadEvent::Ended(id, outcome),
            else => std::future::pending().await,
        }
    }
}
