//! Reservations of uploads that are on their way, so that quotas hold for files that arrive at once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Uploads of one owner that are on their way at once.
const AT_ONCE: usize = 8;

/// Bytes that are reserved, by owner.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reservations(Arc<Mutex<HashMap<String, Vec<u64>>>>);

/// Bytes that may still be reserved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// By the owner.
    pub own: u64,
    /// By all.
    pub all: u64,
}

/// Reason why nothing is reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoRoom {
    /// The owner's quota would be exceeded.
    Own,
    /// The quota of all would be exceeded.
    All,
    /// Too many uploads of the owner are on their way.
    AtOnce,
}

impl Reservations {
    /// Reserves the bytes of an upload. One of unknown size gets `most`, or what is left.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn reserve(
        &self,
        owner: &str,
        size: Option<u64>,
        (most, room): (u64, Room),
    ) -> Result<Reservation, NoRoom> {
        let mut reserved = self.lock();
        let all: u64 = reserved.values().flatten().sum();
        let mine = reserved.get(owner).map_or(&[][..], Vec::as_slice);
        if mine.len() >= AT_ONCE {
            return Err(NoRoom::AtOnce);
        }
        let own = room.own.saturating_sub(mine.iter().sum());
        let all = room.all.saturating_sub(all);
        let bytes = size.unwrap_or_else(|| most.min(own).min(all).max(1));
        if bytes > own {
            return Err(NoRoom::Own);
        }
        if bytes > all {
            return Err(NoRoom::All);
        }
        reserved.entry(owner.to_owned()).or_default().push(bytes);
        Ok(Reservation {
            of: self.clone(),
            owner: owner.to_owned(),
            bytes,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<u64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes that are reserved until this is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    of: Reservations,
    owner: String,
    bytes: u64,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut reserved = self.of.lock();
        if let Some(mine) = reserved.get_mut(&self.owner) {
            if let Some(at) = mine.iter().position(|bytes| *bytes == self.bytes) {
                mine.swap_remove(at);
            }
            if mine.is_empty() {
                reserved.remove(&self.owner);
            }
        }
    }
}

/// Upload on its way: its files are removed, and its bytes released, however it ends.
#[derive(Debug)]
pub(crate) struct OnItsWay {
    /// File that is written.
    pub part: PathBuf,
    _reservation: Reservation,
}

impl OnItsWay {
    /// Creates the guard of a file.
    pub fn new(part: PathBuf, reservation: Reservation) -> OnItsWay {
        OnItsWay {
            part,
            _reservation: reservation,
        }
    }
}

impl Drop for OnItsWay {
    fn drop(&mut self) {
        let files = [
            self.part.clone(),
            beside(&self.part, "out"),
            beside(&self.part, "thumb"),
        ];
        for left in files {
            let _ = std::fs::remove_file(left);
        }
    }
}

/// Returns the path of a file that belongs to an upload on its way; it ends as one that is not
/// complete.
pub(crate) fn beside(part: &Path, what: &str) -> PathBuf {
    part.with_extension(format!("{what}.part"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room { own: 50, all: 100 };

    #[test]
    fn uploads_on_their_way_count() {
        let all = Reservations::default();
        let first = all.reserve("ann", Some(30), (25, ROOM)).unwrap();
        let refused = all.reserve("ann", Some(30), (25, ROOM)).unwrap_err();
        assert_eq!(refused, NoRoom::Own);
        let _rest = all.reserve("ann", None, (25, ROOM)).unwrap();
        let refused = all.reserve("ann", None, (25, ROOM)).unwrap_err();
        assert_eq!(refused, NoRoom::Own);
        let _of_bob = all.reserve("bob", Some(40), (25, ROOM)).unwrap();
        let refused = all.reserve("eve", Some(40), (25, ROOM)).unwrap_err();
        assert_eq!(refused, NoRoom::All);
        drop(first);
        all.reserve("eve", Some(40), (25, ROOM)).unwrap();
    }

    #[test]
    fn only_some_are_on_their_way_at_once() {
        let all = Reservations::default();
        let few: Vec<_> = (0..AT_ONCE)
            .map(|_| all.reserve("ann", Some(1), (25, ROOM)).unwrap())
            .collect();
        let refused = all.reserve("ann", Some(1), (25, ROOM)).unwrap_err();
        assert_eq!(refused, NoRoom::AtOnce);
        drop(few);
        assert!(all.lock().is_empty());
    }
}
