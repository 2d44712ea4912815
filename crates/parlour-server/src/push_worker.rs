//! Worker of push messages: encrypts each for its device and gives it to the push service. A push
//! service that is slow or gone holds up nobody.

use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use parlour_core::public_address::is_public;
use parlour_core::request::AdminCommand;
use parlour_core::state::PushSubscription;
use parlour_core::{Change, Name, Request};
use parlour_doors::settings::PushSettings;
use parlour_web::push::{Endpoint, Outcome, PushClient, TEXT_MAX, Vapid, decode, encrypt, is_key};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::LocalSet;

use crate::ServerError;
use crate::clock;
use crate::config::Config;
use crate::console::Console;
use crate::secret_file::write_private;
use crate::worker::{Inbox, Workers};

/// Name of the key file in the data directory. With another key, all subscriptions end.
const FILE: &str = "vapid-key";
/// Messages that may wait; more are dropped, since a push is a courtesy.
const WAITING: usize = 1_024;
/// Messages on their way at once.
const AT_ONCE: usize = 16;
/// Pauses before a message that could not be delivered is tried again.
const RETRIES: [Duration; 2] = [Duration::from_secs(20), Duration::from_secs(180)];
/// Seconds for which an authorization is valid.
const VALID_FOR: u64 = 12 * 3600;

/// Message to push.
pub(crate) struct Push {
    pub subscription: PushSubscription,
    /// Line of IRC.
    pub line: String,
}

/// Handle to the worker.
#[derive(Clone)]
pub(crate) struct Pushes {
    sender: mpsc::Sender<Push>,
    stop: Arc<Notify>,
}

impl Pushes {
    /// Passes a message on, unless too many wait.
    pub fn push(&self, push: Push) {
        if self.sender.try_send(push).is_err() {
            tracing::warn!("too many push messages wait; one was dropped");
        }
    }
}

impl Inbox for Pushes {
    fn stop(&self) {
        self.stop.notify_one();
    }
}

/// Opens the server's key in the data directory, which is created at the first start.
///
/// # Errors
/// The file cannot be read or written, or holds no key.
pub(crate) fn vapid(data: &Path) -> Result<Vapid, ServerError> {
    let path = data.join(FILE);
    let fault = |error: String| {
        ServerError::Config(format!(
            "the file {} cannot be used: {error}",
            path.display()
        ))
    };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let made = Vapid::generate().map_err(|_| fault("no randomness".into()))?;
            let text = BASE64.encode(made);
            write_private(&path, &text).map_err(|error| fault(error.to_string()))?;
            text
        }
        Err(error) => return Err(fault(error.to_string())),
    };
    let bytes = BASE64
        .decode(text.trim())
        .map_err(|error| fault(error.to_string()))?;
    Vapid::read(&bytes).map_err(|error| fault(error.to_string()))
}

/// Returns the settings of the doors; `None` if nothing is pushed.
///
/// # Errors
/// As [`vapid`].
pub(crate) fn settings(config: &Config, data: &Path) -> Result<Option<PushSettings>, ServerError> {
    if !config.push.enabled {
        return Ok(None);
    }
    let allowed: Vec<_> = config.push.allow.iter().map(|network| network.0).collect();
    let public_key = vapid(data)?.public();
    Ok(Some(PushSettings::new(
        public_key,
        move |endpoint, key, auth| {
            let may_call = |address: IpAddr| {
                is_public(address)
                    || allowed
                        .iter()
                        .any(|net| net.contains(&address.to_canonical()))
            };
            Endpoint::parse(endpoint, may_call).is_some()
                && decode(key).is_some_and(|key| is_key(&key))
                && decode(auth).is_some_and(|auth| auth.len() == 16)
        },
    )))
}

/// Deliverer of push messages.
struct Deliverer {
    client: PushClient,
    vapid: Vapid,
    subject: String,
    allowed: Arc<[ipnet::IpNet]>,
    console: Arc<Console>,
    turns: Semaphore,
}

/// Starts the worker, unless nothing is pushed.
///
/// # Errors
/// The key or the authorities cannot be read, or the system gives no thread.
pub(crate) fn start(
    workers: &mut Workers,
    config: &Config,
    data: &Path,
    console: Arc<Console>,
) -> Result<Option<Pushes>, ServerError> {
    if !config.push.enabled {
        return Ok(None);
    }
    let vapid = vapid(data)?;
    let allowed: Arc<[_]> = config.push.allow.iter().map(|network| network.0).collect();
    let authorities = config.push.authorities.clone();
    if let Some(file) = &authorities {
        // Read once more by the worker; a fault is told at the start.
        extra_roots(file)?;
    }
    let subject = match config.push.contact.as_str() {
        "" => format!("https://{}", config.server.name),
        contact => contact.to_owned(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (sender, mut inbox) = mpsc::channel::<Push>(WAITING);
    let stop = Arc::new(Notify::new());
    let stopped = stop.clone();
    workers.start("push", move || {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for certificate in authorities
            .iter()
            .flat_map(|file| extra_roots(file))
            .flatten()
        {
            roots.add_parsable_certificates([certificate]);
        }
        let client = match PushClient::new(roots, allowed.clone()) {
            Ok(client) => client,
            Err(error) => return tracing::error!("nothing is pushed: {error}"),
        };
        let deliverer = Rc::new(Deliverer {
            client,
            vapid,
            subject,
            allowed,
            console,
            turns: Semaphore::new(AT_ONCE),
        });
        LocalSet::new().block_on(&runtime, async {
            let deliver = async {
                while let Some(push) = inbox.recv().await {
                    tokio::task::spawn_local(deliver(deliverer.clone(), push));
                }
            };
            tokio::select! {
                () = deliver => {}
                () = stopped.notified() => {}
            }
        });
    })?;
    Ok(Some(Pushes { sender, stop }))
}

/// Reads the certificates of further authorities.
fn extra_roots(file: &Path) -> Result<Vec<CertificateDer<'static>>, ServerError> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
    read.map_err(|error| ServerError::Tls {
        path: file.to_owned(),
        reason: error.to_string(),
    })
}

/// Delivers a message; one that cannot be delivered now is tried a few more times.
async fn deliver(deliverer: Rc<Deliverer>, push: Push) {
    let mut pauses = RETRIES.iter();
    loop {
        let outcome = {
            let Ok(_turn) = deliverer.turns.acquire().await else {
                return;
            };
            attempt(&deliverer, &push).await
        };
        match outcome {
            Outcome::Delivered => return,
            Outcome::Gone => {
                let endpoint = push.subscription.endpoint.clone();
                return forget(&deliverer.console, endpoint).await;
            }
            Outcome::Refused(status) => {
                return tracing::warn!("a push service refuses a message with {status}");
            }
            Outcome::Later(why) => match pauses.next() {
                // A service that is busy says so at once; its turn is given to others meanwhile.
                Some(pause) => tokio::time::sleep(*pause).await,
                None => return tracing::info!("a push message was given up: {why}"),
            },
        }
    }
}

async fn attempt(deliverer: &Deliverer, push: &Push) -> Outcome {
    let subscription = &push.subscription;
    let may_call = |address: IpAddr| {
        is_public(address)
            || deliverer
                .allowed
                .iter()
                .any(|net| net.contains(&address.to_canonical()))
    };
    let Some(endpoint) = Endpoint::parse(&subscription.endpoint, may_call) else {
        return Outcome::Gone;
    };
    let keys = decode(&subscription.key).zip(decode(&subscription.auth));
    // A line of IRC is shorter than a message may be.
    let text = push.line.get(..TEXT_MAX).unwrap_or(&push.line);
    let body = keys.and_then(|(key, auth)| encrypt(&key, &auth, text.as_bytes()).ok());
    let until = clock::time().0 / 1000 + VALID_FOR;
    let authorization =
        deliverer
            .vapid
            .authorization(&endpoint.origin(), &deliverer.subject, until);
    match (body, authorization) {
        (Some(body), Ok(authorization)) => {
            deliverer
                .client
                .send(&endpoint, &authorization, body, is_public)
                .await
        }
        // A key that is none of the curve.
        (None, _) => Outcome::Gone,
        (_, Err(_)) => Outcome::Later("the system has no randomness".into()),
    }
}

/// Drops a subscription that its push service does not know any more.
async fn forget(console: &Console, endpoint: Name) {
    let command = AdminCommand::DropPush(endpoint);
    // Whether it succeeds is told by the next message to the device.
    let _ = console.ask_async(Request::Do(Change::Admin(command))).await;
}
