//! Tail of the journal: what is acknowledged and not in the database yet.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use parlour_core::{MsgId, Record};

use crate::StoreError;

/// Bytes of the tail beyond which no commit is taken: about a second's work for the database.
const TAIL_MAX: usize = 32 << 20;
/// Bytes of the tail beyond which the database is to catch up at once.
const TAIL_LARGE: usize = 16 << 20;

/// Entry of the journal that the database lacks.
#[derive(Debug)]
pub(crate) struct Unapplied {
    pub number: u64,
    pub place: MsgId,
    pub records: Vec<Record>,
    /// Its length in the journal.
    pub bytes: usize,
}

/// Time at which the database is to catch up with the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CatchUp {
    /// After a while, with more.
    Soon,
    /// At once: somebody waits, or the tail is large.
    Now,
}

/// Function that has the database catch up.
type Listener = Box<dyn Fn(CatchUp) + Send + Sync>;

/// Tail of a journal, shared by the journal, the writer of the database, and all who read it.
#[derive(Default)]
pub struct Tail {
    state: Mutex<State>,
    moved: Condvar,
    listener: OnceLock<Listener>,
}

#[derive(Debug, Default)]
struct State {
    /// Entries that are not being applied, oldest first.
    queue: Vec<Unapplied>,
    /// Number of the last entry that was appended.
    appended: u64,
    /// Number of the last entry that is in the database.
    applied: u64,
    /// Bytes of all entries between the two.
    bytes: usize,
    /// True if the database was told to catch up at once.
    is_urgent: bool,
    /// Error that keeps the database from being written.
    fault: Option<Arc<str>>,
}

impl Tail {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets what has the database catch up.
    pub fn on_behind(&self, listener: impl Fn(CatchUp) + Send + Sync + 'static) {
        // Set once, at the start: another call has no effect.
        let _ = self.listener.set(Box::new(listener));
    }

    /// Returns the number of the last entry that was appended.
    pub(crate) fn appended(&self) -> u64 {
        self.lock().appended
    }

    /// Returns the bytes that the database is behind.
    pub fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// Returns an error while no commit may be appended.
    ///
    /// # Errors
    /// [`StoreError::Behind`] if the database is too far behind or cannot be written.
    pub(crate) fn room(&self) -> Result<(), StoreError> {
        self.lock().room()
    }

    /// Waits while the database is too far behind for another commit.
    ///
    /// # Errors
    /// [`StoreError::Behind`] if it cannot be written.
    pub(crate) fn wait_for_room(&self) -> Result<(), StoreError> {
        let mut state = self.lock();
        while state.fault.is_none() && state.bytes >= TAIL_MAX {
            state = self
                .moved
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.room()
    }

    /// Waits until the database has all that is acknowledged by now.
    ///
    /// # Errors
    /// [`StoreError::Behind`] if it cannot be written: an answer would be incomplete.
    pub(crate) fn wait(&self) -> Result<(), StoreError> {
        let mut state = self.lock();
        let wanted = state.appended;
        while state.applied < wanted {
            if let Some(fault) = &state.fault {
                return Err(StoreError::Behind(fault.clone()));
            }
            if !std::mem::replace(&mut state.is_urgent, true) {
                drop(state);
                self.tell(CatchUp::Now);
                state = self.lock();
                // It may have caught up, or failed, while the lock was free.
                continue;
            }
            state = self
                .moved
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        Ok(())
    }

    fn tell(&self, when: CatchUp) {
        if let Some(listener) = self.listener.get() {
            listener(when);
        }
    }

    /// Adds an entry.
    pub(crate) fn append(&self, entry: Unapplied) {
        let mut state = self.lock();
        state.appended = entry.number;
        state.bytes += entry.bytes;
        state.queue.push(entry);
        let is_first = state.queue.len() == 1;
        let is_large = state.bytes >= TAIL_LARGE && !state.is_urgent;
        state.is_urgent |= is_large;
        drop(state);
        if is_large {
            self.tell(CatchUp::Now);
        } else if is_first {
            self.tell(CatchUp::Soon);
        }
    }

    /// Takes entries of at most this many bytes in all, but at least one.
    pub(crate) fn take(&self, bytes: usize) -> Vec<Unapplied> {
        let mut state = self.lock();
        state.is_urgent = false;
        let (mut count, mut sum) = (0, 0);
        for entry in &state.queue {
            sum += entry.bytes;
            if count > 0 && sum > bytes {
                break;
            }
            count += 1;
        }
        state.queue.drain(..count).collect()
    }

    /// Ends the application of entries that were taken.
    pub(crate) fn applied(&self, entries: &[Unapplied]) {
        let mut state = self.lock();
        if let Some(last) = entries.last() {
            state.applied = last.number;
        }
        state.bytes -= entries.iter().map(|entry| entry.bytes).sum::<usize>();
        state.fault = None;
        drop(state);
        self.moved.notify_all();
    }

    /// Puts entries back that could not be applied, because of this error if it lasts.
    pub(crate) fn put_back(&self, mut entries: Vec<Unapplied>, fault: Option<&StoreError>) {
        let mut state = self.lock();
        entries.append(&mut state.queue);
        state.queue = entries;
        state.fault = fault.map(|fault| fault.to_string().into());
        drop(state);
        self.moved.notify_all();
    }

    /// Sets the number of the entry that the database has reached when it is opened.
    pub(crate) fn begin(&self, entry: u64) {
        let mut state = self.lock();
        (state.appended, state.applied) = (entry, entry);
    }
}

impl State {
    fn room(&self) -> Result<(), StoreError> {
        match &self.fault {
            // It must not get further behind: what is looked up waits for it.
            Some(fault) => Err(StoreError::Behind(fault.clone())),
            None if self.bytes >= TAIL_MAX => Err(StoreError::Behind(
                "it is too far behind the journal".into(),
            )),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tail")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
