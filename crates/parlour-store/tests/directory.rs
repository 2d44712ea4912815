//! Data directory: private to its owner, and never reinitialised by accident.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use parlour_core::names::Casemapping;
use parlour_store::{DataDir, Index, StoreError, Writer};
use support::said;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Uses the directory as a run of the server does.
fn use_it(path: &Path) -> Result<(), StoreError> {
    let dir = DataDir::open(path)?;
    let mut writer = Writer::open(&dir)?;
    let last = writer.restore(Casemapping::Ascii)?.last;
    writer.commit(&[said(last.0 + 1, "#c", "bob", "hello")])?;
    let mut index = Index::open(&dir, Casemapping::Ascii)?;
    index.catch_up()?;
    // While both are open, so that SQLite's files beside them exist.
    for entry in fs::read_dir(path).unwrap() {
        let entry = entry.unwrap().path();
        assert_eq!(mode(&entry), 0o600, "{}", entry.display());
    }
    Ok(())
}

#[test]
fn a_directory_that_was_there_gets_files_for_their_owner_only() {
    let dir = tempfile::tempdir().unwrap();
    set_mode(dir.path(), 0o755);
    assert_eq!(
        DataDir::open(dir.path()).unwrap().open_to_others(),
        Some(0o755)
    );
    use_it(dir.path()).unwrap();
    // Files that an earlier version left readable for all are private now.
    for name in ["parlour.db", "search.db", "lock"] {
        set_mode(&dir.path().join(name), 0o644);
    }
    fs::write(dir.path().join("notes.txt"), "the operator's own").unwrap();
    set_mode(&dir.path().join("notes.txt"), 0o644);
    drop(DataDir::open(dir.path()).unwrap());
    for name in ["parlour.db", "search.db", "lock"] {
        assert_eq!(mode(&dir.path().join(name)), 0o600, "{name}");
    }
    assert_eq!(mode(&dir.path().join("notes.txt")), 0o644);
}

#[test]
fn a_directory_that_is_made_is_for_its_owner_only() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a/b");
    let made = DataDir::open(&path).unwrap();
    assert_eq!((mode(&path), made.open_to_others()), (0o700, None));
}

#[test]
fn a_database_that_is_gone_or_empty_is_not_begun_anew() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    use_it(path).unwrap();
    let database = path.join("parlour.db");
    let kept = fs::read(&database).unwrap();
    let refused = |path: &Path| {
        let error = use_it(path).unwrap_err();
        assert!(matches!(error, StoreError::Lost(_)), "{error}");
        assert!(error.to_string().contains("to begin anew"), "{error}");
    };
    fs::remove_file(&database).unwrap();
    refused(path);
    fs::write(&database, "").unwrap();
    refused(path);
    // The refusal changed nothing: with the database back, all is well.
    fs::write(&database, kept).unwrap();
    use_it(path).unwrap();
    // Starting afresh works as the error message says.
    for entry in fs::read_dir(path).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    use_it(path).unwrap();
}
