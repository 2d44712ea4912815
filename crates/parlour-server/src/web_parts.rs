//! Start of what stands behind the HTTP service: backend, metrics, uploads.

use std::sync::{Arc, Mutex};

use parlour_core::SessionId;
use parlour_core::names::Casemapping;
use parlour_store::{DataDir, Uploads};

use crate::cluster::SharedFiles;
use crate::console::Console;
use crate::file_tokens::FileTokens;
use crate::gate::Gate;
use crate::mailbox::Mailbox;
use crate::messages::{CoreMsg, JournalMsg, UploadMsg};
use crate::metrics::Metrics;
use crate::push_worker::{self, Pushes};
use crate::upload_worker::{self, SharedUploads};
use crate::web_backend::WebBackend;
use crate::web_files::WebFiles;
use crate::worker::Workers;
use crate::{Config, ServerError};

/// Parts behind the HTTP service.
pub(crate) struct WebParts {
    pub backend: Arc<WebBackend>,
    /// Worker of push messages, if there is one.
    pub pushes: Option<Pushes>,
    /// Mailbox of the worker of the uploads, if files are taken.
    pub uploads: Option<Arc<Mailbox<UploadMsg>>>,
}

/// Gate of the connections, and the mailboxes whose depths are measured.
type Measured<'a> = (
    &'a Arc<Gate>,
    (Arc<Mailbox<CoreMsg>>, Arc<Mailbox<JournalMsg>>),
);

impl WebParts {
    /// Opens the sessions of the console and of the HTTP service, and starts the worker of the uploads.
    ///
    /// # Errors
    /// The store of uploads or a key cannot be opened, or the system gives no thread.
    pub fn start(
        workers: &mut Workers,
        config: &Config,
        data: &Arc<DataDir>,
        casemapping: Casemapping,
        (gate, queues): Measured<'_>,
        shared: Option<SharedFiles>,
    ) -> Result<WebParts, ServerError> {
        let core = queues.0.clone();
        let metrics = Arc::new(Metrics::new(
            gate.clone(),
            queues,
            !config.cluster.urls.is_empty(),
        ));
        let console = Arc::new(Console::open(core.clone(), SessionId::CONSOLE));
        let uploads = open_uploads(config, data)?;
        let inbox = uploads
            .as_ref()
            .map(|_| Arc::new(Mailbox::new(upload_worker::WAITING, None)));
        let files = (uploads.clone(), shared.clone());
        start_uploads(workers, files, data, config, inbox.clone())?;
        let web = Arc::new(Console::open(core.clone(), SessionId::WEB));
        let hooks = Arc::new(Console::open(core, SessionId::HOOKS));
        let pushes = push_worker::start(workers, config, data.path(), web.clone())?;
        let files = web_files((uploads, shared), config, web, (data, casemapping))?;
        let backend = WebBackend::new((console, hooks), data, casemapping, metrics, files);
        Ok(WebParts {
            backend: Arc::new(backend),
            pushes,
            uploads: inbox,
        })
    }
}

/// Starts the worker of the uploads, if files are taken.
fn start_uploads(
    workers: &mut Workers,
    (uploads, shared): (Option<SharedUploads>, Option<SharedFiles>),
    data: &Arc<DataDir>,
    config: &Config,
    inbox: Option<Arc<Mailbox<UploadMsg>>>,
) -> std::io::Result<()> {
    let (Some(uploads), Some(inbox)) = (uploads, inbox) else {
        return Ok(());
    };
    let days = config.uploads.keep_days;
    let keep = (days > 0).then(|| days.saturating_mul(24 * 3_600_000));
    let data = data.clone();
    workers.start("uploads", move || {
        upload_worker::run(&uploads, &data, (keep, shared.as_ref()), &inbox);
    })
}

/// Returns the uploaded files for the HTTP service. Their passwords are checked in a session of its
/// own, so that nothing else waits for them.
fn web_files(
    uploads: (Option<SharedUploads>, Option<SharedFiles>),
    config: &Config,
    console: Arc<Console>,
    (data, casemapping): (&DataDir, Casemapping),
) -> Result<WebFiles, ServerError> {
    let tokens = FileTokens::open(data.path())?;
    let settings = config.uploads.clone();
    Ok(WebFiles::new(
        uploads,
        settings,
        tokens,
        console,
        casemapping,
    ))
}

/// Opens the store of uploads, if files are taken.
fn open_uploads(config: &Config, data: &DataDir) -> Result<Option<SharedUploads>, ServerError> {
    if !config.uploads.enabled {
        return Ok(None);
    }
    Ok(Some(Arc::new(Mutex::new(Uploads::open(data)?))))
}
