//! Workers: threads with an inbox, which are started, stopped and waited for alike.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crate::ServerError;
use crate::mailbox::Mailbox;

/// Message that ends a worker.
pub(crate) trait StopMessage {
    /// Returns it.
    fn stop() -> Self;
}

/// Inbox of a worker, whatever its messages are.
pub(crate) trait Inbox: Send + Sync {
    /// Has the worker end once it has taken what was posted before.
    fn stop(&self);
}

impl<M: StopMessage + Send> Inbox for Mailbox<M> {
    fn stop(&self) {
        self.post_anyway(M::stop());
    }
}

/// Running worker.
struct Worker {
    name: &'static str,
    thread: JoinHandle<()>,
}

/// Running workers, in the order of their start.
#[derive(Default)]
pub(crate) struct Workers(Vec<Worker>);

impl Workers {
    /// Starts a worker.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        &mut self,
        name: &'static str,
        run: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<()> {
        let thread = spawn(name, run)?;
        self.0.push(Worker { name, thread });
        Ok(())
    }

    /// Waits until all have ended.
    ///
    /// # Errors
    /// One has panicked.
    pub fn wait(self) -> Result<(), ServerError> {
        for worker in self.0 {
            let ended = worker.thread.join();
            ended.map_err(|_| ServerError::Panicked(worker.name))?;
        }
        Ok(())
    }
}

/// Inboxes of all workers, to stop them.
pub(crate) type Inboxes = Vec<Arc<dyn Inbox>>;

/// Guard that ends the process if an essential thread panics. Its half-done work must not be
/// continued: a new process starts from the committed state.
struct EndProcess(String);

impl Drop for EndProcess {
    fn drop(&mut self) {
        tracing::error!(
            "{} has failed; the process ends and can be started again from what is kept",
            self.0
        );
        std::process::exit(1);
    }
}

/// Starts an essential thread.
pub(crate) fn spawn<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> std::io::Result<JoinHandle<T>> {
    let guard = EndProcess(format!("the thread \"{name}\""));
    let guarded = move || {
        let guard = guard;
        let result = run();
        // Reached only without a panic: the guard must not be dropped now.
        std::mem::forget(guard);
        result
    };
    thread::Builder::new().name(name.to_owned()).spawn(guarded)
}
