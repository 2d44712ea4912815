//! Saved state between two runs: drafts, history and unread marks.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::app::SavedState;
use crate::files;

/// State file, locked by one client at a time.
pub struct State {
    file: PathBuf,
    _lock: File,
}

impl State {
    /// Locks the state in a directory. Returns `None` if another client holds the lock.
    ///
    /// # Errors
    /// The directory cannot be used.
    pub fn take(directory: &Path) -> io::Result<Option<State>> {
        fs::create_dir_all(directory)?;
        let lock = File::create(directory.join("client.lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        Ok(Some(State {
            file: directory.join("client.json"),
            // Locked until the file is closed, also if the client is killed.
            _lock: lock,
        }))
    }

    /// Loads the state. A file that cannot be parsed is moved aside, not overwritten.
    ///
    /// # Errors
    /// Says what is wrong, as a sentence for the user.
    pub fn load(&self) -> Result<SavedState, String> {
        let text = match fs::read_to_string(&self.file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(SavedState::default());
            }
            Err(error) => return Err(format!("{} cannot be read: {error}", self.file.display())),
        };
        serde_json::from_str(&text).map_err(|error| {
            let aside = self.file.with_extension("json.broken");
            let moved = match fs::rename(&self.file, &aside) {
                Ok(()) => format!("it is {} now", aside.display()),
                Err(error) => format!("it cannot be put aside either: {error}"),
            };
            format!(
                "The drafts in {} cannot be read ({error}); {moved}.",
                self.file.display()
            )
        })
    }

    /// Saves the state.
    ///
    /// # Errors
    /// The file cannot be written; the previous state stays.
    pub fn save(&self, kept: &SavedState) -> io::Result<()> {
        let text = serde_json::to_vec(kept).map_err(io::Error::other)?;
        files::replace(&self.file, &text, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_keeps_it_and_what_is_broken_is_put_aside() {
        let dir = tempfile::tempdir().unwrap();
        let state = State::take(dir.path()).unwrap().unwrap();
        assert!(State::take(dir.path()).unwrap().is_none());
        assert_eq!(state.load().unwrap(), SavedState::default());
        let kept = SavedState {
            sent: vec!["one".into()],
            ..SavedState::default()
        };
        state.save(&kept).unwrap();
        assert_eq!(state.load().unwrap(), kept);
        fs::write(&state.file, "{").unwrap();
        assert!(state.load().unwrap_err().contains("cannot be read"));
        assert_eq!(state.load().unwrap(), SavedState::default());
        assert!(dir.path().join("client.json.broken").exists());
    }
}
