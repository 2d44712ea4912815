//! Snapshots of the cluster: its state and a copy of the database, for nodes that begin or were away; the
//! stream is trimmed behind them.

use std::path::Path;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use super::keys;
use parlour_cluster::{Link, ObjectError};
use parlour_core::MsgId;
use parlour_core::names::Casemapping;
use parlour_store::{DataDir, Durability, Journal, Reader, StoreError, Writer};

/// Object with the state.
pub(super) const STATE: &str = "state";
/// Object with the copy of the database.
pub(super) const DATABASE: &str = "database";
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
    let mut before = None;
    for state in states {
        let sequence = state.sequence;
        match store(link, &state, data) {
            Ok(()) => {
                tracing::info!("the state as of message {sequence} of the stream is stored");
                // What the state before this one needs stays: a node may be reading it.
                if let Some(before) = before.replace(sequence)
                    && let Err(error) = link.trim(before + 1)
                {
                    tracing::warn!("{error}");
                }
            }
            Err(error) => tracing::warn!("the state of the cluster is not stored: {error}"),
        }
    }
}

/// Stores a state, and a copy of the database that is at least as far.
pub(super) fn store(link: &Link, state: &State, data: &DataDir) -> Result<(), SnapshotError> {
    let copy = data.path().join("database.copy");
    let stored =
        copy_database(&copy, state.last, data).and_then(|()| Ok(link.put_file(DATABASE, &copy)?));
    let _ = std::fs::remove_file(&copy);
    stored?;
    keys::store(link, data.path())?;
    // Last: who finds the state finds the rest as well.
    Ok(link.put(STATE, &state.bytes)?)
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

/// Replaces the database of a directory by the copy of the cluster.
pub(super) fn take_over(link: &Link, data: &Path) -> Result<(), SnapshotError> {
    let file = |name: &str| data.join(name);
    let copy = file("database.part");
    let _ = std::fs::remove_file(&copy);
    link.get_file(DATABASE, &copy)?;
    let _ = std::fs::remove_dir_all(file("journal"));
    // The search index goes by what its own database has deleted: it is made anew.
    for name in [parlour_store::FILE, "search.db"] {
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(file(&format!("{name}{suffix}")));
        }
    }
    std::fs::rename(&copy, file(parlour_store::FILE))?;
    keys::take_over(link, data)
}
