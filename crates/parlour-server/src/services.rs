//! Thread of the services: an async runtime, on which each bridged connection is a task.

use std::io;
use std::rc::Rc;
use std::sync::Arc;

use parlour_doors::Service;
use tokio::sync::{Notify, mpsc};
use tokio::task::LocalSet;

use parlour_web::{Client, Shared};

use crate::bridge::FarEnd;
use crate::worker::{Inbox, Workers};

/// Connections that may wait for the thread. It takes each at once; more means that it is stuck.
const WAITING: usize = 1024;

/// Connection on its way to its service.
struct Arrival {
    service: Service,
    far: FarEnd,
    client: Client,
}

/// Handle to the services.
#[derive(Clone)]
pub(crate) struct Services {
    arrivals: mpsc::Sender<Arrival>,
    stop: Arc<Notify>,
}

impl Services {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system gives no thread, or no runtime.
    pub fn start(workers: &mut Workers) -> io::Result<Services> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (arrivals, mut arrived) = mpsc::channel::<Arrival>(WAITING);
        let stop = Arc::new(Notify::new());
        let stopped = stop.clone();
        workers.start("services", move || {
            let tasks = LocalSet::new();
            let shared = Rc::new(Shared::default());
            tasks.block_on(&runtime, async {
                let accept = async {
                    while let Some(Arrival {
                        service,
                        far,
                        client,
                    }) = arrived.recv().await
                    {
                        match service {
                            // A task that panics ends its connection only.
                            Service::Http => tokio::task::spawn_local(parlour_web::serve(
                                far,
                                client,
                                shared.clone(),
                            )),
                        };
                    }
                };
                tokio::select! {
                    () = accept => {}
                    () = stopped.notified() => {}
                }
            });
        })?;
        Ok(Services { arrivals, stop })
    }

    /// Passes a connection to its service. Returns false if too many wait.
    pub fn connect(&self, service: Service, far: FarEnd, client: Client) -> bool {
        let arrival = Arrival {
            service,
            far,
            client,
        };
        self.arrivals.try_send(arrival).is_ok()
    }
}

impl Inbox for Services {
    fn stop(&self) {
        self.stop.notify_one();
    }
}
