//! One of several nodes: how it joins, and its journal in place of the local one.

mod backlog;
mod digests;
mod files;
mod founding;
mod joining;
mod journal;
mod keys;
mod presence;
mod retention;
mod settings;
mod signs;
mod snapshots;
mod status;

use std::sync::Arc;

use parlour_store::DataDir;

use crate::mailbox::Mailbox;
use crate::messages::{CoreMsg, UploadMsg};
use crate::worker::Workers;

pub(crate) use files::SharedFiles;
pub(crate) use joining::{Joining, Rest};
pub(crate) use journal::{ClusterJournal, Step};
pub(crate) use retention::Before;
pub(crate) use status::{ClusterFigures, ClusterStatus, NodeStatus};

impl Rest {
    /// Starts what goes on beside the core; all of it ends with the core's journal.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        self,
        workers: &mut Workers,
        (core, uploads): (Arc<Mailbox<CoreMsg>>, Option<Arc<Mailbox<UploadMsg>>>),
        data: Arc<DataDir>,
    ) -> std::io::Result<()> {
        let Rest {
            mut events,
            to_store,
            link,
            missed,
            backlog,
        } = self;
        if let Some(uploads) = uploads {
            missed
                .into_iter()
                .for_each(|message| uploads.post_anyway(message));
        }
        workers.start("cluster events", move || {
            while let Some(event) = events.blocking_recv()
                && backlog.take()
            {
                core.post(CoreMsg::Stream(event));
            }
        })?;
        workers.start("cluster snapshots", move || {
            snapshots::run(to_store, &link, &data);
        })
    }
}
