//! Worker of push messages: encrypts each for its device and gives it to the push service. A push
//! service that is slow or gone holds up nobody.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use parlour_core::names::Folded;
use parlour_core::public_address::is_public;
use parlour_core::request::AdminCommand;
use parlour_core::state::PushSubscription;
use parlour_core::{Change, Name, Request};
use parlour_doors::settings::PushSettings;
use parlour_web::push::{
    Endpoint, Outcome, PushClient, Reachable, TEXT_MAX, Vapid, decode, encrypt, is_key,
};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::LocalSet;

use crate::ServerError;
use crate::clock;
use crate::config::Config;
use crate::console::Console;
use crate::secret_file::SecretFile;
use crate::worker::{Inbox, Workers};

/// Name of the key file in the data directory. With another key, all subscriptions end.
pub(crate) const FILE: &str = "vapid-key";
/// Messages that may wait, for a turn or to be tried again; more are dropped, since a push is a courtesy.
const WAITING: usize = 1_024;
/// Messages on their way at once.
const AT_ONCE: usize = 16;
/// Messages of one account on their way at once, and those that wait besides.
const AT_ONCE_OF_ONE: usize = 2;
const WAITING_OF_ONE: usize = 20;
/// Pauses before a message that could not be delivered is tried again.
const RETRIES: [Duration; 2] = [Duration::from_secs(20), Duration::from_secs(180)];
/// Seconds for which an authorization is valid.
const VALID_FOR: u64 = 12 * 3600;

/// Message to push.
pub(crate) struct Push {
    /// Account that it is for.
    pub account: Folded,
    pub subscription: PushSubscription,
    /// Line of IRC.
    pub line: Arc<str>,
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
            tracing::debug!("too many push messages wait; one was dropped");
        }
    }
}

// What waits is dropped: a push is a courtesy, and nobody waits for the end because of it.
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
    let made = || Vapid::generate().ok();
    let bytes = SecretFile::open_or(data, FILE, made)?.bytes();
    bytes
        .and_then(|bytes| Vapid::read(&bytes).ok())
        .ok_or_else(|| {
            let path = data.join(FILE);
            let text = format!("the file {} holds no key of push messages", path.display());
            ServerError::Config(text)
        })
}

/// Returns the addresses of push services that may be called.
fn reachable(config: &Config) -> Reachable {
    let allowed = config.push.allow.iter().map(|network| network.0).collect();
    Reachable::new(is_public, allowed)
}

/// Returns the settings of the doors; `None` if nothing is pushed.
///
/// # Errors
/// As [`vapid`].
pub(crate) fn settings(config: &Config, data: &Path) -> Result<Option<PushSettings>, ServerError> {
    if !config.push.enabled {
        return Ok(None);
    }
    let reachable = reachable(config);
    let public_key = vapid(data)?.public();
    Ok(Some(PushSettings::new(
        public_key,
        move |endpoint, key, auth| {
            Endpoint::parse(endpoint, &reachable).is_some()
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
    reachable: Reachable,
    console: Arc<Console>,
    turns: Semaphore,
    owners: Owners,
}

/// Accounts with messages on their way.
#[derive(Default)]
struct Owners {
    all: Cell<usize>,
    by_account: RefCell<HashMap<Folded, Rc<Owner>>>,
}

/// Account with messages on its way: its push services may be slow, and hold up only its own.
struct Owner {
    turns: Semaphore,
    messages: Cell<usize>,
}

impl Owners {
    /// Counts one more message of an account; `None` if it has too many, or all together have.
    fn enter(&self, account: &Folded) -> Option<Rc<Owner>> {
        if self.all.get() >= WAITING {
            return None;
        }
        let mut owners = self.by_account.borrow_mut();
        let owner = owners.entry(account.clone()).or_insert_with(|| {
            Rc::new(Owner {
                turns: Semaphore::new(AT_ONCE_OF_ONE),
                messages: Cell::new(0),
            })
        });
        let messages = owner.messages.get();
        (messages < WAITING_OF_ONE).then(|| {
            owner.messages.set(messages + 1);
            self.all.set(self.all.get() + 1);
            owner.clone()
        })
    }

    /// Counts one less.
    fn leave(&self, account: &Folded) {
        let mut owners = self.by_account.borrow_mut();
        self.all.set(self.all.get() - 1);
        if let Some(owner) = owners.get(account) {
            owner.messages.set(owner.messages.get() - 1);
            if owner.messages.get() == 0 {
                owners.remove(account);
            }
        }
    }
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
    let reachable = reachable(config);
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
        let client = match PushClient::new(roots, reachable.clone()) {
            Ok(client) => client,
            Err(error) => return tracing::error!("nothing is pushed: {error}"),
        };
        let deliverer = Rc::new(Deliverer {
            client,
            vapid,
            subject,
            reachable,
            console,
            turns: Semaphore::new(AT_ONCE),
            owners: Owners::default(),
        });
        LocalSet::new().block_on(&runtime, async {
            let deliver = async {
                while let Some(push) = inbox.recv().await {
                    let Some(owner) = deliverer.owners.enter(&push.account) else {
                        tracing::debug!(
                            "too many push messages wait, of one account or of all; one was dropped"
                        );
                        continue;
                    };
                    let deliverer = deliverer.clone();
                    tokio::task::spawn_local(async move {
                        deliver(&deliverer, &owner, &push).await;
                        deliverer.owners.leave(&push.account);
                    });
                }
            };
            tokio::select! {
                () = deliver => {}
                () = stopped.notified() => {}
            }
        });
        // A name that is being looked up does not hold up the end.
        runtime.shutdown_background();
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

/// Delivers a message.
async fn deliver(deliverer: &Deliverer, owner: &Owner, push: &Push) {
    let outcome = with_retries(async || {
        // Neither is ever closed.
        let _own = owner.turns.acquire().await;
        let _turn = deliverer.turns.acquire().await;
        attempt(deliverer, push).await
    });
    match outcome.await {
        Outcome::Delivered => {}
        Outcome::Gone => {
            let endpoint = push.subscription.endpoint.clone();
            forget(&deliverer.console, endpoint).await;
        }
        Outcome::Refused(status) => {
            // With 401 or 403, it does not accept this server: its clock, its contact, its key.
            tracing::warn!("a push service refuses a message with {status}");
        }
        Outcome::Later(why) => tracing::info!("a push message was given up: {why}"),
    }
}

/// Attempts a delivery; one that may work later is attempted a few more times.
async fn with_retries(attempt: impl AsyncFn() -> Outcome) -> Outcome {
    for pause in RETRIES {
        match attempt().await {
            // The pause is what a busy service needs, and nothing tells when it is over; the turn is
            // given to others meanwhile.
            Outcome::Later(_) => tokio::time::sleep(pause).await,
            settled @ (Outcome::Delivered | Outcome::Gone | Outcome::Refused(_)) => return settled,
        }
    }
    attempt().await
}

async fn attempt(deliverer: &Deliverer, push: &Push) -> Outcome {
    let subscription = &push.subscription;
    let Some(endpoint) = Endpoint::parse(&subscription.endpoint, &deliverer.reachable) else {
        return Outcome::Gone;
    };
    // Keys are looked at when they are registered.
    let Some((key, auth)) = decode(&subscription.key).zip(decode(&subscription.auth)) else {
        return Outcome::Gone;
    };
    // A line of IRC is shorter than a message may be.
    let text = push.line.get(..TEXT_MAX).unwrap_or(&push.line);
    let body = encrypt(&key, &auth, text.as_bytes());
    let until = clock::time().0 / 1000 + VALID_FOR;
    let authorization =
        deliverer
            .vapid
            .authorization(&endpoint.origin(), &deliverer.subject, until);
    match (body, authorization) {
        (Ok(body), Ok(authorization)) => {
            let client = &deliverer.client;
            client.send(&endpoint, &authorization, body).await
        }
        // The key is no point of the curve: it never was of any use.
        (Err(_), _) => Outcome::Gone,
        (_, Err(_)) => Outcome::Later("nothing can be signed now".into()),
    }
}

/// Drops a subscription that its push service does not know any more.
async fn forget(console: &Console, endpoint: Name) {
    let command = AdminCommand::DropPush(endpoint);
    // Whether it succeeds is told by the next message to the device.
    let _ = console.ask_async(Request::Do(Change::Admin(command))).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs attempts with these outcomes; returns the last outcome, and after how many attempts it came.
    fn run(outcomes: &[Outcome]) -> (Outcome, usize) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let count = Cell::new(0);
        let outcome = runtime.block_on(with_retries(async || {
            count.set(count.get() + 1);
            outcomes[count.get() - 1].clone()
        }));
        (outcome, count.get())
    }

    #[test]
    fn what_fails_for_now_is_tried_again_and_given_up_at_last() {
        let busy = || Outcome::Later("the push service answers 503".into());
        let delivered = run(&[busy(), Outcome::Delivered]);
        assert_eq!(delivered, (Outcome::Delivered, 2));
        let given_up = run(&[busy(), busy(), busy(), Outcome::Delivered]);
        assert_eq!(given_up, (busy(), 3));
        for settled in [Outcome::Gone, Outcome::Refused(403)] {
            assert_eq!(run(&[settled.clone(), Outcome::Delivered]), (settled, 1));
        }
    }

    #[test]
    fn one_account_does_not_take_the_places_of_all() {
        let owners = Owners::default();
        let [ann, bob] = ["ann", "bob"].map(Folded::kept);
        let held: Vec<_> = (0..WAITING_OF_ONE).map(|_| owners.enter(&ann)).collect();
        assert!(held.iter().all(Option::is_some));
        assert!(owners.enter(&ann).is_none());
        assert!(owners.enter(&bob).is_some());
        owners.leave(&ann);
        assert!(owners.enter(&ann).is_some());
        held.iter().for_each(|_| owners.leave(&ann));
        owners.leave(&bob);
        assert_eq!(owners.all.get(), 0);
        assert!(owners.by_account.borrow().is_empty());
    }
}
