//! Search index: what it finds, and what it does not.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use parlour_core::hidden::{Hidden, Span};
use parlour_core::history::{Log, Party, SearchQuery, View};
use parlour_core::names::Casemapping;
use parlour_core::search::terms;
use parlour_core::{MsgId, Record, UserId};
use parlour_store::{DataDir, Index, Writer};
use std::path::Path;
use support::{said, whispered};

fn view(channel: &str) -> View {
    View {
        channel: Casemapping::Ascii.fold(channel),
        from: MsgId(0),
        hidden: Hidden::default(),
    }
}

/// Builds a search for these words in `#a`.
fn search(text: &str) -> SearchQuery {
    SearchQuery {
        channels: vec![view("#a")],
        party: Party::Guest(UserId(1)),
        with: Some(Vec::new()),
        from: None,
        after: MsgId(0),
        before: MsgId(1 << 40),
        newest: true,
        terms: terms(text),
        limit: 100,
    }
}

struct Store {
    _kept: tempfile::TempDir,
    dir: DataDir,
    writer: Writer,
    index: Index,
}

impl Store {
    fn new() -> Store {
        let kept = tempfile::tempdir().unwrap();
        let dir = DataDir::open(kept.path()).unwrap();
        let writer = Writer::open(&dir).unwrap();
        let index = Index::open(&dir, Casemapping::Ascii).unwrap();
        Store {
            _kept: kept,
            dir,
            writer,
            index,
        }
    }

    fn keep(&mut self, records: &[Record]) {
        self.writer.commit(records).unwrap();
        self.catch_up();
    }

    fn catch_up(&mut self) {
        while self.index.catch_up().unwrap().0 {}
    }

    fn reopen(&mut self) {
        self.index = Index::open(&self.dir, Casemapping::Ascii).unwrap();
    }

    /// Returns the ids of the messages found.
    fn found(&mut self, wanted: &SearchQuery) -> Vec<u64> {
        let found = self.index.search(wanted).unwrap();
        found.iter().map(|(_, message)| message.id.0).collect()
    }
}

#[test]
fn all_words_count_whatever_their_case_and_accents() {
    let mut store = Store::new();
    store.keep(&[
        said(1, "#a", "bob", "The lost Key is here"),
        said(2, "#a", "bob", "a key, not lost"),
        said(3, "#a", "bob", "keys"),
        said(4, "#a", "bob", "Café à la carte, don't"),
        said(5, "#a", "bob", "東京都に行きます"),
    ]);
    for (text, wanted) in [
        ("key lost", &[1, 2][..]),
        ("\"lost key\"", &[1]),
        ("key*", &[1, 2, 3]),
        ("CAFE", &[4]),
        ("don't", &[4]),
        ("東京", &[5]),
        ("京都", &[5]),
        ("都京", &[]),
        ("nothing", &[]),
    ] {
        assert_eq!(store.found(&search(text)), wanted, "{text}");
    }
}

#[test]
fn the_language_of_the_index_means_nothing() {
    let mut store = Store::new();
    store.keep(&[
        said(1, "#a", "bob", "one"),
        said(2, "#b", "bob", "one l1 l2"),
        said(3, "#a", "bob", "NEAR or AND not"),
    ]);
    for (text, wanted) in [
        ("one OR two", &[][..]),
        ("one NOT three", &[]),
        ("NEAR( AND", &[3]),
        ("\"one\" OR {place} : l2", &[]),
        ("said:one", &[]),
        ("^one", &[1]),
        ("one\" OR \"l2", &[]),
        ("-one", &[1]),
        ("(one)", &[1]),
        ("one + + +", &[1]),
        ("l1", &[]),
        ("n626f62", &[]),
    ] {
        assert_eq!(store.found(&search(text)), wanted, "{text}");
    }
}

#[test]
fn only_what_may_be_read_is_found() {
    let mut store = Store::new();
    store.keep(&[
        said(1, "#a", "bob", "word"),
        said(2, "#b", "bob", "word"),
        whispered(3, 1, 2, "word"),
        whispered(4, 2, 3, "word"),
        said(5, "#a", "bob", "word"),
        said(6, "#a", "bob", "word"),
    ]);
    assert_eq!(store.found(&search("word")), [1, 5, 6]);
    let mut wanted = search("word");
    wanted.channels[0].from = MsgId(1);
    wanted.channels[0].hidden.spans = vec![Span {
        from: MsgId(5),
        to: MsgId(5),
    }];
    assert_eq!(store.found(&wanted), [6]);
    // Everywhere: in the requester's private conversations too.
    wanted = search("word");
    wanted.with = None;
    assert_eq!(store.found(&wanted), [1, 3, 5, 6]);
    wanted.channels.clear();
    assert_eq!(store.found(&wanted), [3]);
    wanted.party = Party::Guest(UserId(9));
    assert_eq!(store.found(&wanted), [0; 0]);
}

#[test]
fn who_and_when_and_how_many() {
    let mut store = Store::new();
    store.keep(&[
        said(10, "#a", "Bob[x]", "word"),
        said(20, "#a", "eve", "word"),
        said(30, "#a", "bob[X]", "word"),
        said(40, "#a", "bob", "word"),
    ]);
    let mut wanted = search("word");
    wanted.from = Some(Casemapping::Ascii.fold("BOB[x]"));
    assert_eq!(store.found(&wanted), [10, 30]);
    wanted = search("");
    (wanted.after, wanted.before) = (MsgId(10), MsgId(40));
    assert_eq!(store.found(&wanted), [20, 30]);
    wanted = search("word");
    wanted.limit = 2;
    assert_eq!(store.found(&wanted), [30, 40]);
    wanted.newest = false;
    assert_eq!(store.found(&wanted), [10, 20]);
}

#[test]
fn what_is_taken_back_is_found_no_more_even_before_the_index_knows() {
    let mut store = Store::new();
    store.keep(&[said(1, "#a", "bob", "secret"), said(2, "#a", "bob", "word")]);
    let log = Log::Channel(Casemapping::Ascii.fold("#a"));
    store
        .writer
        .commit(&[Record::Redacted(log, MsgId(1))])
        .unwrap();
    assert_eq!(store.found(&search("secret")), [0; 0]);
    let (_, forgotten) = store.index.catch_up().unwrap();
    assert_eq!(store.found(&search("secret")), [0; 0]);
    // The index itself has no such word any more.
    let index = rusqlite::Connection::open(store.dir.path().join("search.db")).unwrap();
    let rows = |word: &str| -> i64 {
        let count = "SELECT count(*) FROM words WHERE words MATCH ?1";
        index.query_row(count, [word], |row| row.get(0)).unwrap()
    };
    assert_eq!((rows("secret"), rows("word")), (0, 1));
    // The database has dropped its note of the removal as well, once the index has applied it.
    store.writer.set_indexed_removals(forgotten);
    store.keep(&[said(3, "#a", "bob", "more")]);
    let database = rusqlite::Connection::open(store.dir.path().join("parlour.db")).unwrap();
    let removed: i64 = database
        .query_row("SELECT count(*) FROM removed", [], |row| row.get(0))
        .unwrap();
    assert_eq!(removed, 0);
}

#[test]
fn a_renamed_channel_is_searched_under_its_name() {
    let mut store = Store::new();
    store.keep(&[said(1, "#a", "bob", "word")]);
    let fold = |name: &str| Casemapping::Ascii.fold(name);
    let mut wanted = search("word");
    wanted.channels = vec![view("#new")];
    assert_eq!(store.found(&wanted), [0; 0]);
    let kept = parlour_core::record::StoredChannel {
        name: "#new".into(),
        folded: fold("#new"),
        created: parlour_core::Time(1),
        topic: None,
        flags: Default::default(),
        key: None,
        limit: None,
        forward: None,
        slow: None,
        lists: Default::default(),
        lifted: Vec::new(),
        registered: None,
        history_from: MsgId(0),
        metadata: Default::default(),
    };
    store.keep(&[Record::Renamed(fold("#a"), kept)]);
    assert_eq!(store.found(&wanted), [1]);
    assert_eq!(store.found(&search("word")), [0; 0]);
}

#[test]
fn an_index_that_is_behind_damaged_or_of_another_database_becomes_right() {
    let mut store = Store::new();
    store.keep(&[said(1, "#a", "bob", "word")]);
    // The index is behind by more than one step.
    let many: Vec<Record> = (2..2_000).map(|id| said(id, "#a", "bob", "more")).collect();
    store.writer.commit(&many).unwrap();
    store.reopen();
    assert_eq!(store.found(&search("more")).len(), 0);
    store.catch_up();
    let mut wanted = search("more");
    wanted.limit = 5_000;
    assert_eq!(store.found(&wanted).len(), 1_998);
    // The index file is damaged.
    let file = store.dir.path().join("search.db");
    drop(std::mem::replace(
        &mut store.index,
        Store::new().index, // closes the file
    ));
    std::fs::write(
        &file,
        b"this is no database, and longer than its header would be".repeat(100),
    )
    .unwrap();
    store.reopen();
    store.catch_up();
    assert_eq!(store.found(&search("word")), [1]);
    // The index is of another database, which was further ahead than this one.
    let ahead = rusqlite::Connection::open(&file).unwrap();
    ahead
        .execute("UPDATE progress SET message = 1 << 50", [])
        .unwrap();
    drop(ahead);
    store.reopen();
    store.catch_up();
    store.keep(&[said(5_000, "#a", "bob", "new")]);
    assert_eq!(store.found(&search("new")), [5_000]);
    assert!(Path::new(&file).exists());
}

#[test]
fn an_index_that_is_damaged_in_its_middle_is_made_anew_at_the_next_start() {
    let mut store = Store::new();
    let text = |n: u64| format!("word{n} of many that fill some pages of the index");
    let many: Vec<Record> = (1..3_000).map(|n| said(n, "#a", "bob", &text(n))).collect();
    store.keep(&many);
    let file = store.dir.path().join("search.db");
    drop(std::mem::replace(&mut store.index, Store::new().index));
    let whole = std::fs::read(&file).unwrap();
    // Not every page is looked at when the index is opened, nor by every search.
    let mut places = (0..whole.len()).step_by(4_096);
    let error = places.find_map(|from| {
        drop(std::mem::replace(&mut store.index, Store::new().index));
        let mut bytes = whole.clone();
        bytes[from..from + 4_096].fill(0x5a);
        std::fs::write(&file, bytes).unwrap();
        store.reopen();
        (1..3_000).step_by(50).find_map(|n| {
            let wanted = search(&format!("word{n}"));
            store.index.search(&wanted).err()
        })
    });
    let error = error.unwrap();
    assert!(store.index.is_damage(&error), "{error}");
    store.reopen();
    store.catch_up();
    assert_eq!(store.found(&search("word1234")), [1_234]);
    assert_eq!(store.found(&search("word2999")), [2_999]);
}

/// The index only reads the database: it takes a step while somebody writes there, and so no writer
/// waits for a step either. Its path may hold whatever a path may hold.
#[test]
fn the_index_and_the_writer_do_not_wait_for_each_other() {
    let kept = tempfile::tempdir().unwrap();
    let odd = kept.path().join("100% of #what? you & I");
    std::fs::create_dir(&odd).unwrap();
    let dir = DataDir::open(&odd).unwrap();
    let mut writer = Writer::open(&dir).unwrap();
    let mut index = Index::open(&dir, Casemapping::Ascii).unwrap();
    writer.commit(&[said(10, "#a", "bob", "hello")]).unwrap();
    let other = rusqlite::Connection::open(odd.join("parlour.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    index.catch_up().unwrap();
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(index.search(&search("hello")).unwrap().len(), 1);
}
