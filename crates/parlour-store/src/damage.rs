//! What of the past cannot be read: it is left out, and told, and hides nothing else.

use std::cell::RefCell;

use parlour_core::MsgId;
use rusqlite::{Error, ErrorCode};

/// Sentences about damage that were not told yet.
#[derive(Debug, Default)]
pub(crate) struct Damage(RefCell<Vec<String>>);

/// Sentences that wait; what is more is not worth more.
const MOST: usize = 16;

impl Damage {
    /// Takes a row, unless it is damaged by itself: that is noted.
    ///
    /// # Errors
    /// More than the row cannot be read.
    pub fn row<T>(&self, what: &str, id: i64, read: Result<T, Error>) -> Result<Option<T>, Error> {
        match read {
            Ok(row) => Ok(Some(row)),
            Err(error @ Error::SqliteFailure(..)) => Err(error),
            Err(error) => {
                self.note(format!("{what} {} is damaged: {error}", MsgId(id as u64)));
                Ok(None)
            }
        }
    }

    /// Notes what is damaged.
    pub fn note(&self, sentence: String) {
        let mut noted = self.0.borrow_mut();
        if noted.len() < MOST {
            noted.push(sentence);
        }
    }

    /// What was noted since the last call.
    pub fn take(&self) -> Vec<String> {
        self.0.take()
    }
}

/// Whether an error tells that a part of the file is damaged.
pub(crate) fn is_damage(error: &Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}

/// A way around a part of a run that cannot be read: further and further away from the last id that
/// could, since which rows it holds cannot be known.
#[derive(Debug)]
pub(crate) struct Detour {
    step: i64,
}

impl Detour {
    /// One millisecond of ids.
    const FIRST: i64 = 1 << 16;
    /// Beyond some two hundred years there is nothing.
    const LAST: i64 = 1 << 59;

    pub fn new() -> Detour {
        Detour {
            step: Detour::FIRST,
        }
    }

    /// Where to go on, from `last`; none, if it is given up.
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
