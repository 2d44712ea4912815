//! Snapshots of the cluster: its state and a copy of the database, for nodes that begin or were away; the
//! stream is trimmed behind them.

use std::path::Path;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use super::keys;
use parlour_cluster::{Bucket, Link, ObjectError, ObjectInfo};
use parlour_core::MsgId;
use parlour_core::names::Casemapping;
use parlour_store::{DataDir, Durability, Journal, Reader, StoreError, Writer};

// Objects of a snapshot: each name is followed by the origin of the stream, so that those of one that was deleted
// are not taken for its own, and by the number of the snapshot, the last message of the stream in it. A node that was
// paused for long so spoils no later one.
/// Object with the state.
const STATE: &str = "state.";
/// Object with the copy of the database.
const DATABASE: &str = "database.";
/// Object with the keys.
const KEYS: &str = "keys.";
/// Tries to copy the database as far as the state is, and the pause between them.
const TRIES: usize = 20;
const AGAIN: Duration = Duration::from_millis(500);

/// State to be stored.
pub(crate) struct State {
    /// Encoded snapshot.
    pub bytes: Vec<u8>,
    /// Last entry in it.
    pub last: MsgId,
    /// Last message of the stream in it.
    pub sequence: u64,
}

/// Failure to store or to take over a snapshot.
#[derive(Debug, thiserror::Error)]
pub(super) enum SnapshotError {
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Object(#[from] ObjectError),
    #[error("{0}")]
    File(#[from] std::io::Error),
    #[error("the database is behind the state")]
    Behind,
}

/// Stores what comes, until nobody sends any more.
pub(crate) fn run(states: Receiver<State>, link: &Link, data: &DataDir) {
    for state in states {
        let sequence = state.sequence;
        match store(link, &state, data) {
            Ok(before) => {
                tracing::info!("the state as of message {sequence} of the stream is stored");
                // What the state before this one needs stays: a node may be reading it.
                if let Some(before) = before
                    && let Err(error) = link.trim(before + 1)
                {
                    tracing::warn!("{error}");
                }
            }
            Err(error) => tracing::warn!("the state of the cluster is not stored: {error}"),
        }
    }
}

/// Stores a state, and a copy of the database that is at least as far. Returns the number of the snapshot before,
/// which stays.
pub(super) fn store(
    link: &Link,
    state: &State,
    data: &DataDir,
) -> Result<Option<u64>, SnapshotError> {
    let number = state.sequence;
    let name = |kind| name(link, kind, number);
    let copy = data.path().join("database.copy");
    let stored = copy_database(&copy, state.last, data)
        .and_then(|()| Ok(link.put_file(Bucket::Snapshots, &name(DATABASE), &copy)?));
    let _ = std::fs::remove_file(&copy);
    stored?;
    link.put(Bucket::Snapshots, &name(KEYS), &keys::read(data.path())?)?;
    // Last: who finds the state finds the rest as well.
    link.put(Bucket::Snapshots, &name(STATE), &state.bytes)?;
    clean_up(link)
}

/// Deletes all snapshots but the newest two: a node may be reading the last but one, whose number is returned.
fn clean_up(link: &Link) -> Result<Option<u64>, SnapshotError> {
    let objects = link.objects(Bucket::Snapshots)?;
    let mut numbers: Vec<u64> = objects
        .iter()
        .filter_map(|object| number(link, &object.name, STATE))
        .collect();
    numbers.sort_unstable();
    let Some(&before) = numbers.iter().rev().nth(1) else {
        return Ok(None);
    };
    for ObjectInfo { name, .. } in objects {
        let number = [STATE, DATABASE, KEYS]
            .iter()
            .find_map(|kind| number(link, &name, kind));
        if number.is_some_and(|number| number < before) {
            link.delete(Bucket::Snapshots, &name)?;
        }
    }
    Ok(Some(before))
}

/// Deletes the snapshots of other streams, which are not there any more when one is founded.
pub(super) fn clear_others(link: &Link) -> Result<(), SnapshotError> {
    for ObjectInfo { name, .. } in link.objects(Bucket::Snapshots)? {
        let mut kinds = [STATE, DATABASE, KEYS].iter();
        if !kinds.any(|kind| number(link, &name, kind).is_some()) {
            link.delete(Bucket::Snapshots, &name)?;
        }
    }
    Ok(())
}

/// Returns the name of an object of a kind.
fn name(link: &Link, kind: &str, number: u64) -> String {
    format!("{kind}{}.{number}", link.origin())
}

/// Returns the number in the name of an object of a kind; none if it is of another stream.
fn number(link: &Link, name: &str, kind: &str) -> Option<u64> {
    let (origin, number) = name.strip_prefix(kind)?.split_once('.')?;
    let is_own = origin == link.origin();
    is_own.then(|| number.parse().ok()).flatten()
}

/// Returns the number of the newest snapshot.
pub(super) fn newest(link: &Link) -> Result<Option<u64>, SnapshotError> {
    let objects = link.objects(Bucket::Snapshots)?;
    Ok(objects
        .iter()
        .filter_map(|object| number(link, &object.name, STATE))
        .max())
}

/// Returns an object of a snapshot.
fn object(link: &Link, name: &str) -> Result<Vec<u8>, SnapshotError> {
    let found = link.get(Bucket::Snapshots, name)?;
    found.ok_or_else(|| ObjectError::Missing(name.to_owned()).into())
}

/// Returns the state of a snapshot.
pub(super) fn state(link: &Link, number: u64) -> Result<Vec<u8>, SnapshotError> {
    object(link, &name(link, STATE, number))
}

/// Copies the database once it has the entry `last`.
fn copy_database(copy: &Path, last: MsgId, data: &DataDir) -> Result<(), SnapshotError> {
    for _ in 0..TRIES {
        let reader = Reader::open(data)?;
        if reader.last()? >= last {
            let _ = std::fs::remove_file(copy);
            return Ok(reader.backup(copy)?);
        }
        // What it lacks is applied by other threads, within a second or with the next message.
        std::thread::sleep(AGAIN);
    }
    Err(SnapshotError::Behind)
}

/// Returns the place that the data in a directory reaches, its journal included.
pub(super) fn stored_until(data: &DataDir) -> Result<MsgId, SnapshotError> {
    let mut writer = Writer::open(data)?;
    let (_journal, _) = Journal::open(data, &mut writer, Durability::Disk)?;
    // Ids do not depend on how names are compared.
    Ok(writer.restore(Casemapping::Ascii)?.last)
}

/// Replaces the database of a directory by the copy of a snapshot. `mark` marks the directory, before anything in it
/// is the cluster's.
pub(super) fn take_over(
    link: &Link,
    data: &Path,
    number: u64,
    mark: impl FnOnce() -> std::io::Result<()>,
) -> Result<(), SnapshotError> {
    let file = |name: &str| data.join(name);
    let copy = file("database.part");
    let _ = std::fs::remove_file(&copy);
    link.get_file(Bucket::Snapshots, &name(link, DATABASE, number), &copy)?;
    keys::take_over(&object(link, &name(link, KEYS, number))?, data)?;
    mark()?;
    let _ = std::fs::remove_dir_all(file("journal"));
    // The search index goes by what its own database has deleted: it is made anew.
    for name in [parlour_store::FILE, "search.db"] {
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(file(&format!("{name}{suffix}")));
        }
    }
    Ok(std::fs::rename(&copy, file(parlour_store::FILE))?)
}
