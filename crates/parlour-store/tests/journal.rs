//! Journal: what was appended is found again, whatever befalls the process, the files and the machine.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

use parlour_core::history::{HistoryQuery, Log, Range};
use parlour_core::names::Casemapping;
use parlour_core::{MsgId, Record};
use parlour_store::{
    CatchUp, DataDir, Durability, Journal, Reader, Recovery, StoreError, Writer, check,
};
use support::said;

/// Store of a directory, as a server has it.
struct Store {
    dir: DataDir,
    writer: Writer,
    journal: Arc<Journal>,
    recovery: Recovery,
}

impl Store {
    fn open(path: &Path) -> Store {
        Store::try_open(path, Durability::Disk).unwrap()
    }

    fn try_open(path: &Path, durability: Durability) -> Result<Store, StoreError> {
        let dir = DataDir::open(path)?;
        let mut writer = Writer::open(&dir)?;
        let (journal, recovery) = Journal::open(&dir, &mut writer, durability)?;
        Ok(Store {
            dir,
            writer,
            journal,
            recovery,
        })
    }

    /// Appends one message.
    fn say(&self, id: u64, text: &str) {
        self.try_say(id, text).unwrap();
    }

    fn try_say(&self, id: u64, text: &str) -> Result<(), StoreError> {
        let mut records = vec![said(id, "#a", "bob", text)];
        self.journal.append(&mut records, MsgId(id))?;
        assert!(records.is_empty());
        Ok(())
    }

    /// Applies what the journal has.
    fn apply(&mut self) {
        self.writer.catch_up().unwrap();
    }

    /// Returns the number of messages in the database: one answer does not hold many large ones.
    fn count(&self) -> u64 {
        let database = rusqlite::Connection::open(self.dir.database()).unwrap();
        let sql = "SELECT count(*) FROM message";
        let count: i64 = database.query_row(sql, [], |row| row.get(0)).unwrap();
        count as u64
    }

    fn texts(&self) -> Vec<String> {
        let reader = Reader::open(&self.dir).unwrap();
        texts(&reader)
    }
}

/// Returns the texts of all messages.
fn texts(reader: &Reader) -> Vec<String> {
    let query = HistoryQuery {
        log: log(),
        ranges: vec![Range {
            after: MsgId(0),
            before: MsgId(u64::MAX >> 1),
            newest: false,
            limit: 1_000,
        }],
        hidden: Default::default(),
        events: false,
    };
    let found = reader.answer(&query).unwrap();
    let texts = found.iter().map(|event| match &event.body {
        parlour_core::Body::Message { text, .. } => text.to_string(),
        other => panic!("{other:?}"),
    });
    texts.collect()
}

fn log() -> Log {
    Log::Channel(Casemapping::Ascii.fold("#a"))
}

/// Returns the segments of a directory's journal, oldest first.
fn segments(dir: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(dir.join("journal")).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

/// Returns the segment that has been written to.
fn begun(dir: &Path) -> PathBuf {
    let is_begun = |file: &PathBuf| fs::read(file).unwrap()[0] != 0;
    segments(dir).into_iter().find(is_begun).unwrap()
}

/// Changes a byte of the text in a file.
fn damage(file: &Path, text: &str) {
    let mut bytes = fs::read(file).unwrap();
    let at = bytes
        .windows(text.len())
        .position(|window| window == text.as_bytes());
    bytes[at.unwrap()] ^= 1;
    fs::write(file, bytes).unwrap();
}

/// Returns whether a text is in any file below a folder.
fn is_anywhere(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).unwrap().any(|file| {
        let path = file.unwrap().path();
        if path.is_dir() {
            return is_anywhere(&path, text);
        }
        let bytes = fs::read(&path).unwrap();
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    })
}

#[test]
fn what_was_appended_is_in_the_database_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path());
    assert!(!store.recovery.is_missing);
    store.say(10, "one");
    store.say(20, "two");
    // Nothing has been applied: the process ends here.
    drop(store);
    let store = Store::open(dir.path());
    assert_eq!(store.recovery.applied, 2);
    assert_eq!(store.texts(), ["one", "two"]);
    let restored = store.writer.restore(Casemapping::Ascii).unwrap();
    assert_eq!(restored.last, MsgId(20));
    store.say(30, "three");
    drop(store);
    let store = Store::open(dir.path());
    assert_eq!(store.recovery.applied, 1, "nothing is applied twice");
    assert_eq!(store.texts(), ["one", "two", "three"]);
}

#[test]
fn a_torn_commit_is_cut_and_those_before_it_stay() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path());
    store.say(10, "whole");
    store.say(20, "on its way");
    drop(store);
    damage(&begun(dir.path()), "on its way");
    let store = Store::open(dir.path());
    assert!(store.recovery.torn.is_some());
    assert_eq!(store.texts(), ["whole"]);
    store.say(20, "once more");
    drop(store);
    let store = Store::open(dir.path());
    assert_eq!(store.recovery.torn, None);
    assert_eq!(store.texts(), ["whole", "once more"]);
}

#[test]
fn damage_before_the_end_is_refused_and_nothing_changes() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path());
    for n in 1..=3 {
        store.say(n * 10, &format!("text {n}"));
    }
    drop(store);
    let file = begun(dir.path());
    let whole = fs::read(&file).unwrap();
    damage(&file, "text 2");
    let refused = Store::try_open(dir.path(), Durability::Disk).err().unwrap();
    assert!(matches!(refused, StoreError::Journal(_)), "{refused}");
    assert!(!check(dir.path()).unwrap().is_empty());
    // So is damage of the header.
    let mut header = whole.clone();
    header[30] ^= 1;
    fs::write(&file, header).unwrap();
    let refused = Store::try_open(dir.path(), Durability::Disk).err().unwrap();
    assert!(matches!(refused, StoreError::Journal(_)), "{refused}");
    // Put back, it is read.
    fs::write(&file, whole).unwrap();
    assert_eq!(check(dir.path()).unwrap(), Vec::<String>::new());
    assert_eq!(
        Store::open(dir.path()).texts(),
        ["text 1", "text 2", "text 3"]
    );
}

#[test]
fn a_file_whose_creation_was_cut_short_is_no_damage() {
    let dir = tempfile::tempdir().unwrap();
    Store::open(dir.path()).say(10, "said");
    fs::write(dir.path().join("journal/00000099.journal"), b"").unwrap();
    let store = Store::open(dir.path());
    assert_eq!(store.texts(), ["said"]);
    store.say(20, "said since");
    drop(store);
    assert_eq!(Store::open(dir.path()).texts(), ["said", "said since"]);
}

#[test]
fn damage_of_what_the_database_has_does_no_harm() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path());
    store.say(10, "applied");
    store.apply();
    store.say(20, "not applied");
    drop(store);
    damage(&begun(dir.path()), "applied");
    assert_eq!(Store::open(dir.path()).texts(), ["applied", "not applied"]);
}

#[test]
fn without_a_sync_a_hole_is_cut() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::try_open(dir.path(), Durability::System).unwrap();
    for n in 1..=3 {
        store.say(n * 10, &format!("text {n}"));
    }
    drop(store);
    damage(&begun(dir.path()), "text 2");
    let store = Store::try_open(dir.path(), Durability::System).unwrap();
    assert!(store.recovery.torn.is_some());
    assert_eq!(store.texts(), ["text 1"]);
}

#[test]
fn a_segment_that_is_gone_is_missed() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path());
    // Larger than a segment: each is the only entry of its own.
    let large = "x".repeat(9 << 20);
    store.say(10, "small");
    store.say(20, &large);
    store.say(30, "last");
    drop(store);
    let mut files = segments(dir.path());
    files.retain(|file| fs::read(file).unwrap()[0] != 0);
    assert_eq!(files.len(), 3);
    let aside = dir.path().join("aside");
    fs::rename(&files[1], &aside).unwrap();
    let refused = Store::try_open(dir.path(), Durability::Disk).err().unwrap();
    assert!(matches!(refused, StoreError::Journal(_)), "{refused}");
    fs::rename(&aside, &files[1]).unwrap();
    assert_eq!(Store::open(dir.path()).count(), 3);
}

#[test]
fn a_journal_of_another_database_is_refused_and_one_that_is_missing_is_told() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for dir in [&one, &other] {
        Store::open(dir.path()).say(10, "text");
    }
    fs::remove_dir_all(one.path().join("journal")).unwrap();
    let store = Store::open(one.path());
    assert!(store.recovery.is_missing);
    store.say(20, "from now on");
    drop(store);
    assert_eq!(Store::open(one.path()).texts(), ["from now on"]);
    fs::remove_dir_all(one.path().join("journal")).unwrap();
    fs::rename(other.path().join("journal"), one.path().join("journal")).unwrap();
    let refused = Store::try_open(one.path(), Durability::Disk).err().unwrap();
    assert!(matches!(refused, StoreError::Journal(_)), "{refused}");
}

#[test]
fn a_database_that_is_older_than_the_journal_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path());
    store.say(10, "one");
    store.apply();
    let copy = dir.path().join("copy.db");
    Reader::open(&store.dir).unwrap().backup(&copy).unwrap();
    // The copy follows the journal as the database does.
    store.say(20, "two");
    drop(store);
    put_in_place(&copy, dir.path());
    let mut store = Store::open(dir.path());
    assert_eq!(store.texts(), ["one", "two"]);
    Reader::open(&store.dir).unwrap().backup(&copy).unwrap();
    store.say(30, "three");
    store.apply();
    store.writer.remove_traces().unwrap();
    store.say(40, "four");
    drop(store);
    // What is between them is in neither.
    put_in_place(&copy, dir.path());
    let refused = Store::try_open(dir.path(), Durability::Disk).err().unwrap();
    assert!(matches!(refused, StoreError::Journal(_)), "{refused}");
    fs::remove_dir_all(dir.path().join("journal")).unwrap();
    assert_eq!(Store::open(dir.path()).texts(), ["one", "two"]);
}

/// Puts a backup in the place of a directory's database.
fn put_in_place(copy: &Path, dir: &Path) {
    for ending in ["-wal", "-shm"] {
        let _ = fs::remove_file(dir.join(format!("parlour.db{ending}")));
    }
    fs::rename(copy, dir.join("parlour.db")).unwrap();
}

#[test]
fn who_looks_something_up_waits_for_the_database() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path());
    let (told, when) = mpsc::channel();
    store
        .dir
        .tail()
        .on_behind(move |when| told.send(when).unwrap());
    store.say(10, "one");
    assert_eq!(when.recv().unwrap(), CatchUp::Soon);
    store.say(20, "two");
    let reader = Reader::open(&store.dir).unwrap();
    let answer = thread::spawn(move || texts(&reader));
    // It asks for the database by itself: nothing else would have it catch up now.
    assert_eq!(when.recv().unwrap(), CatchUp::Now);
    store.apply();
    assert_eq!(answer.join().unwrap(), ["one", "two"]);
}

#[test]
fn segments_go_once_the_database_has_their_entries() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path());
    let text = "y".repeat(1 << 20);
    for n in 1..=40 {
        store.say(n * 10, &text);
        store.apply();
        if store.writer.is_checkpoint_due() {
            store.writer.checkpoint().unwrap();
        }
        store.writer.prepare_segment().unwrap();
        assert!(segments(dir.path()).len() <= 4, "{n}");
    }
    assert_eq!(store.count(), 40);
}

#[test]
fn segments_go_while_a_reader_uses_an_older_snapshot() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path());
    store.say(1, "before");
    store.apply();
    let reader = rusqlite::Connection::open(store.dir.database()).unwrap();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM message;")
        .unwrap();
    let text = "y".repeat(1 << 20);
    for n in 1..=24 {
        store.say(n * 10, &text);
        store.apply();
        if store.writer.is_checkpoint_due() {
            store.writer.checkpoint().unwrap();
        }
        assert!(segments(dir.path()).len() <= 4, "{n}");
    }
    drop(reader);
    assert_eq!(store.count(), 25);
}

#[test]
fn a_commit_waits_while_the_database_is_too_far_behind() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path());
    let text = "z".repeat(1 << 20);
    let mut said = 0;
    let refused = loop {
        said += 1;
        if let Err(error) = store.try_say(said * 10, &text) {
            break error;
        }
    };
    assert!(matches!(refused, StoreError::Behind(_)), "{refused}");
    assert!((10..40).contains(&said), "{said}");
    store.apply();
    store.say(said * 10, &text);
    store.apply();
    assert_eq!(store.count(), said);
}

#[test]
fn what_was_redacted_leaves_all_files() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path());
    store.say(10, "to be redacted");
    let mut redaction = vec![Record::Redacted(log(), MsgId(10))];
    store.journal.append(&mut redaction, MsgId(20)).unwrap();
    assert!(is_anywhere(dir.path(), "to be redacted"));
    store.apply();
    assert!(store.writer.leaves_traces());
    assert!(store.writer.remove_traces().unwrap());
    assert!(!is_anywhere(dir.path(), "to be redacted"));
    store.say(30, "stays");
    store.apply();
    assert_eq!(store.texts(), ["stays"]);
}

#[test]
fn a_directory_of_the_version_before_is_taken_over() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path());
    store.say(10, "from before");
    store.apply();
    drop(store);
    // As the version before the journal left it.
    fs::remove_dir_all(dir.path().join("journal")).unwrap();
    let database = rusqlite::Connection::open(dir.path().join("parlour.db")).unwrap();
    let sql = "ALTER TABLE journal DROP COLUMN id; ALTER TABLE journal DROP COLUMN entry; ALTER TABLE journal DROP COLUMN syncs;
               DROP TABLE log_block; CREATE INDEX message_log ON message (log);
               PRAGMA user_version = 15;";
    database.execute_batch(sql).unwrap();
    drop(database);
    let store = Store::open(dir.path());
    assert!(!store.recovery.is_missing);
    store.say(20, "from now on");
    drop(store);
    assert_eq!(
        Store::open(dir.path()).texts(),
        ["from before", "from now on"]
    );
}

#[test]
fn segments_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path());
    store.say(10, "secret");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir.path().join("journal")), 0o700);
    for file in segments(dir.path()) {
        assert_eq!(mode(&file), 0o600);
    }
    // A folder that was opened to others is closed again.
    drop(store);
    fs::set_permissions(
        dir.path().join("journal"),
        fs::Permissions::from_mode(0o755),
    )
    .unwrap();
    Store::open(dir.path());
    assert_eq!(mode(&dir.path().join("journal")), 0o700);
}
