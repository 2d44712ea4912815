//! Worker of the uploads: files go with the messages and accounts that they belong to, and after
//! their time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use parlour_core::{MsgId, Record, Time};
use parlour_store::{DataDir, Reader, StoreError, Uploads};

use crate::clock;
use crate::cluster::{Before, SharedFiles};
use crate::mailbox::Mailbox;
use crate::messages::UploadMsg;
use crate::upload_links;

/// Messages that may wait: one for each commit that has to do with a file.
pub(crate) const WAITING: usize = 65_536;
/// Time between two rounds of retention.
const ROUND: Duration = Duration::from_secs(3600);
/// Milliseconds after which a message that is not there will not come any more.
const UNKEPT: u64 = 3_600_000;
/// Milliseconds that a file may be there without a message that links to it.
const UNLINKED: u64 = 7 * 24 * 3_600_000;

/// Store of uploads, which several threads use.
pub(crate) type SharedUploads = Arc<Mutex<Uploads>>;

/// Locks the store. Each of its changes is a transaction, so that a panic leaves it intact.
pub(crate) fn lock(uploads: &SharedUploads) -> MutexGuard<'_, Uploads> {
    uploads.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns what a commit means for the uploads, mostly nothing: the links of its messages, which count
/// at once, since a link whose message is not kept is found later; and what goes, once that is kept.
pub(crate) fn messages_for(records: &[Record]) -> (Option<UploadMsg>, Option<UploadMsg>) {
    let (mut linked, mut gone) = (Vec::new(), Vec::new());
    for record in records {
        match record {
            Record::Message(_, event) => {
                if let parlour_core::Body::Message { text, .. } = &event.body {
                    let links = upload_links::find(text);
                    linked.extend(links.map(|id| UploadChange::Linked(id.to_owned(), event.id)));
                }
            }
            Record::Redacted(_, message) => gone.push(UploadChange::MessageGone(*message)),
            Record::AccountDropped(name) => {
                gone.push(UploadChange::OwnerGone(format!(
                    "account:{}",
                    name.as_str()
                )));
            }
            Record::HookRemoved(name) => {
                gone.push(UploadChange::OwnerGone(format!("hook:{name}")));
            }
            Record::ChannelEvent(..)
            | Record::ReadMarker(..)
            | Record::Channel(_)
            | Record::Renamed(..)
            | Record::Account(_)
            | Record::AlwaysOn(_)
            | Record::AlwaysOnEnded(_)
            | Record::Banned(_)
            | Record::Unbanned(_)
            | Record::Erased(..)
            | Record::Audit(_)
            | Record::ChannelForgotten(..)
            | Record::Push(..)
            | Record::PushGone(_)
            | Record::Hook(_) => {}
        }
    }
    let message =
        |changes: Vec<UploadChange>| (!changes.is_empty()).then_some(UploadMsg::Changes(changes));
    (message(linked), message(gone))
}

/// Change that concerns an upload.
pub(crate) enum UploadChange {
    /// Message that links to a file.
    Linked(String, MsgId),
    /// Message that was deleted.
    MessageGone(MsgId),
    /// Owner who is gone.
    OwnerGone(String),
}

/// Follows commits until it is stopped. `keep` are the milliseconds that a file is kept; `None` for
/// ever.
pub(crate) fn run(
    uploads: &SharedUploads,
    data: &DataDir,
    (keep, shared): (Option<u64>, Option<&SharedFiles>),
    inbox: &Mailbox<UploadMsg>,
) {
    let mut messages = Vec::new();
    let (mut round, mut unshared) = (Instant::now(), Vec::new());
    if let Some(shared) = shared {
        // What it has missed while it was away comes first.
        round += ROUND;
        match delete_missed(uploads, data, shared) {
            Ok(()) => unshared = shared.missing(uploads),
            failed => log_failure(failed),
        }
    }
    loop {
        let pause = match unshared.is_empty() {
            true => round.saturating_duration_since(Instant::now()),
            false => Duration::ZERO,
        };
        inbox.take_within(pause, &mut messages);
        for message in messages.drain(..) {
            match message {
                UploadMsg::Changes(changes) => {
                    for change in changes {
                        log_failure(apply(uploads, change, shared));
                    }
                }
                UploadMsg::Stop => return,
            }
        }
        if let (Some(id), Some(shared)) = (unshared.pop(), shared) {
            shared.store_missing(uploads, &id);
        }
        if Instant::now() >= round {
            log_failure(retain(uploads, data, keep, shared));
            log_failure(remove_strays(uploads, data));
            round = Instant::now() + ROUND;
        }
    }
}

fn apply(
    uploads: &SharedUploads,
    change: UploadChange,
    shared: Option<&SharedFiles>,
) -> Result<(), StoreError> {
    let deleted = match (change, shared) {
        (UploadChange::Linked(id, message), None) => return lock(uploads).link(&id, message),
        (UploadChange::Linked(id, message), Some(shared)) => {
            shared.linked(uploads, &id, message);
            return Ok(());
        }
        (UploadChange::MessageGone(message), _) => lock(uploads).delete_of_message(message)?,
        (UploadChange::OwnerGone(owner), _) => lock(uploads).delete_of_owner(&owner)?,
    };
    if let Some(shared) = shared
        && !deleted.is_empty()
    {
        shared.delete(deleted.into_iter().map(|deleted| deleted.id));
    }
    Ok(())
}

/// Returns the time before which messages are in the database, or were deleted.
fn reached(data: &DataDir) -> Result<Time, StoreError> {
    Ok(Reader::open(data)?.last()?.time())
}

/// Deletes the files whose messages were deleted while this node was away: they are not to be shared anew.
fn delete_missed(
    uploads: &SharedUploads,
    data: &DataDir,
    shared: &SharedFiles,
) -> Result<(), StoreError> {
    let deleted = lock(uploads).delete_orphans(data, reached(data)?)?;
    let own = deleted.into_iter().filter(|deleted| deleted.is_own);
    shared.delete(own.map(|deleted| deleted.id));
    Ok(())
}

/// Deletes files whose time is over, and those without a message.
fn retain(
    uploads: &SharedUploads,
    data: &DataDir,
    keep: Option<u64>,
    shared: Option<&SharedFiles>,
) -> Result<(), StoreError> {
    let now = clock::time().0;
    let before = |age: u64| Time(now.saturating_sub(age));
    if let Some(shared) = shared
        && !find_links(uploads, shared, before(UNLINKED))?
    {
        // The object store is away: the next round is soon enough.
        return Ok(());
    }
    // The stream of a cluster has a clock of its own.
    let unkept = before(UNKEPT).min(reached(data)?);
    let mut deleted = lock(uploads).delete_orphans(data, unkept)?;
    deleted.extend(lock(uploads).delete_unlinked(before(UNLINKED))?);
    if let Some(keep) = keep {
        deleted.extend(lock(uploads).delete_older(before(keep))?);
    }
    if let Some(shared) = shared {
        // Of a copy this node may not know all.
        let own = deleted.iter().filter(|deleted| deleted.is_own);
        shared.delete(own.map(|deleted| deleted.id.clone()));
        let limits = Before {
            kept: keep.map(before),
            unlinked: before(UNLINKED),
        };
        if let Err(error) = shared.retain(data, limits, unkept) {
            tracing::warn!("the files of the object store are looked at later: {error}");
        }
    }
    let deleted = deleted.len();
    if deleted > 0 {
        tracing::info!(
            "{deleted} uploaded files were deleted: their time or their messages are gone"
        );
    }
    Ok(())
}

/// Looks for the messages of files that seem to have none: this node may have missed them. Returns whether that is
/// known of all.
fn find_links(
    uploads: &SharedUploads,
    shared: &SharedFiles,
    before: Time,
) -> Result<bool, StoreError> {
    for id in lock(uploads).unlinked(before)? {
        match shared.link_of(&id) {
            Ok(Some(message)) => lock(uploads).link(&id, message)?,
            Ok(None) => {}
            Err(_) => return Ok(false),
        }
    }
    Ok(true)
}

/// Removes the files that no row knows, such as of a crash between the one and the other. With an empty
/// database nothing is removed: it may have been lost, and the files be wanted.
fn remove_strays(uploads: &SharedUploads, data: &DataDir) -> Result<(), StoreError> {
    let Some(before) = SystemTime::now().checked_sub(Duration::from_millis(UNKEPT)) else {
        return Ok(());
    };
    let mut removed = 0;
    // Listed without the lock, and looked at one by one: there may be many.
    for id in parlour_store::uploaded_before(data, before)? {
        let uploads = lock(uploads);
        if uploads.is_empty()? {
            tracing::warn!("there are uploaded files that uploads.db does not know; they are left");
            return Ok(());
        }
        removed += usize::from(uploads.remove_unknown(&id)?);
    }
    if removed > 0 {
        tracing::info!("{removed} files of uploads that were never acknowledged were removed");
    }
    Ok(())
}

fn log_failure(outcome: Result<(), StoreError>) {
    if let Err(error) = outcome {
        tracing::error!("the uploaded files cannot be kept in step: {error}");
    }
}
