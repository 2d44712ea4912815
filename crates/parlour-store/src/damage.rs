//! Damaged rows: skipped and reported, so that the rest of the history stays readable.

use std::cell::RefCell;

use parlour_core::MsgId;
use rusqlite::{Error, ErrorCode};

/// Reports of damage that were not taken yet.
#[derive(Debug, Default)]
pub(crate) struct Damage(RefCell<Vec<String>>);

/// Limit of the reports that wait; further ones are dropped.
const MOST: usize = 16;

impl Damage {
    /// Returns the row, or `None` if it is damaged by itself: that is reported.
    ///
    /// # Errors
    /// More than this row cannot be read.
    pub fn row<T>(&self, what: &str, id: i64, read: Result<T, Error>) -> Result<Option<T>, Error> {
        match read {
            Ok(row) => Ok(Some(row)),
            // SQLite itself failed (corrupt page, timeout, I/O): not a matter of this row alone.
            Err(error @ Error::SqliteFailure(..)) => Err(error),
            Err(error) => {
                self.note(format!("{what} {} is damaged: {error}", MsgId(id as u64)));
                Ok(None)
            }
        }
    }

    /// Adds a report.
    pub fn note(&self, sentence: String) {
        let mut noted = self.0.borrow_mut();
        if noted.len() < MOST {
            noted.push(sentence);
        }
    }

    /// Takes the reports added since the last call.
    pub fn take(&self) -> Vec<String> {
        self.0.take()
    }
}

/// Returns whether an error means that a part of the file is damaged.
pub(crate) fn is_damage(error: &Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}

/// Detour around an unreadable part of a run: ids further and further away from the last readable
/// one, since the ids of the rows in that part cannot be known.
#[derive(Debug)]
pub(crate) struct Detour {
    step: i64,
}

impl Detour {
    /// First step: one millisecond of ids.
    const FIRST: i64 = 1 << 16;
    /// Largest step: there is nothing beyond some two hundred years.
    const LAST: i64 = 1 << 59;

    pub fn new() -> Detour {
        Detour {
            step: Detour::FIRST,
        }
    }

    /// Returns the id to continue from, given the last readable one; `None` to give up.
    pub fn next(&mut self, last: i64, newest: bool) -> Option<i64> {
        let step = self.step;
        if step > Detour::LAST {
            return None;
        }
        self.step *= 4;
        Some(if newest {
            last.saturating_sub(step)
        } else {
            last.saturating_add(step)
        })
    }
}
