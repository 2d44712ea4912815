//! Damage and deletion: a damaged row hides no other one, and deleted words are in no file.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use std::fs;
use std::path::Path;

use parlour_core::hidden::Hidden;
use parlour_core::history::{HistoryQuery, Log, Range};
use parlour_core::names::Casemapping;
use parlour_core::{Body, MsgId, Record};
use parlour_store::{DataDir, Index, Reader, Writer};
use support::said;

fn log() -> Log {
    Log::Channel(Casemapping::Ascii.fold("#c"))
}

/// Commits `count` messages, a millisecond apart.
fn fill(writer: &mut Writer, count: u64, words: impl Fn(u64) -> String) {
    let records: Vec<Record> = (1..=count)
        .map(|n| said(n << 16, "#c", "bob", &words(n)))
        .collect();
    writer.commit(&records).unwrap();
}

/// Returns the numbers of the messages of a page.
fn page(reader: &Reader, newest: bool, limit: usize) -> Vec<u64> {
    let range = Range {
        after: MsgId(0),
        before: MsgId(u64::MAX >> 1),
        newest,
        limit,
    };
    let query = HistoryQuery {
        log: log(),
        ranges: vec![range],
        events: false,
        hidden: Hidden::default(),
    };
    let found = reader.answer(&query).unwrap();
    assert!(
        found
            .iter()
            .all(|event| matches!(event.body, Body::Message { .. }))
    );
    found.iter().map(|event| event.id.0 >> 16).collect()
}

#[test]
fn a_damaged_row_is_left_out_and_told() {
    let dir = tempfile::tempdir().unwrap();
    let held = DataDir::open(dir.path()).unwrap();
    let mut writer = Writer::open(&held).unwrap();
    fill(&mut writer, 10, |n| format!("words {n}"));
    let spoil = rusqlite::Connection::open(dir.path().join("parlour.db")).unwrap();
    let bad = "UPDATE message SET text = CAST(x'ff41' AS TEXT) WHERE id = ?1";
    spoil.execute(bad, [4 << 16]).unwrap();
    let reader = Reader::open(&held).unwrap();
    assert_eq!(page(&reader, true, 9), [1, 2, 3, 5, 6, 7, 8, 9, 10]);
    assert_eq!(page(&reader, false, 5), [1, 2, 3, 5, 6]);
    let told = reader.take_damage();
    assert!(
        told.len() == 2 && told[0].contains("is damaged"),
        "{told:?}"
    );
    assert!(reader.take_damage().is_empty());
    // The index contains all the others.
    let mut index = Index::open(&held, Casemapping::Ascii).unwrap();
    assert!(!index.catch_up().unwrap().0);
    assert_eq!(index.take_damage().len(), 1);
}

#[test]
fn a_damaged_page_hides_what_is_on_it_and_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("parlour.db");
    {
        let held = DataDir::open(dir.path()).unwrap();
        let mut writer = Writer::open(&held).unwrap();
        fill(&mut writer, 1_000, |n| {
            format!("words {n} {}", "x".repeat(200))
        });
        writer.remove_traces().unwrap();
    }
    // Corrupts the page of the file that holds one message in the middle.
    let mut bytes = fs::read(&file).unwrap();
    let at = find(&bytes, b"words 500 x").unwrap();
    let page_of = at / 4096 * 4096;
    bytes[page_of..page_of + 4096].fill(0xff);
    fs::write(&file, bytes).unwrap();
    let held = DataDir::open(dir.path()).unwrap();
    let reader = Reader::open(&held).unwrap();
    for newest in [true, false] {
        let found = page(&reader, newest, 1_000);
        assert!(found.contains(&1) && found.contains(&1_000), "{found:?}");
        assert!(found.len() > 900 && found.len() < 1_000, "{}", found.len());
        assert!(found.is_sorted());
    }
    assert!(!reader.take_damage().is_empty());
}

fn find(bytes: &[u8], words: &[u8]) -> Option<usize> {
    bytes.windows(words.len()).position(|part| part == words)
}

/// Returns the files of a directory that contain the given words.
fn holding(dir: &Path, words: &str) -> Vec<String> {
    let files = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    let holding = files.filter(|file| {
        let bytes = fs::read(file.path()).unwrap();
        find(&bytes, words.as_bytes()).is_some()
    });
    holding
        .map(|file| file.file_name().into_string().unwrap())
        .collect()
}

#[test]
fn what_was_taken_back_is_in_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let held = DataDir::open(dir.path()).unwrap();
    let mut writer = Writer::open(&held).unwrap();
    let mut index = Index::open(&held, Casemapping::Ascii).unwrap();
    fill(&mut writer, 300, |n| match n {
        150 => "the word is xylophonist".into(),
        n => format!("other words {n}"),
    });
    index.catch_up().unwrap();
    assert!(!holding(dir.path(), "xylophonist").is_empty());
    let gone = Record::Redacted(log(), MsgId(150 << 16));
    writer.commit(&[gone]).unwrap();
    index.catch_up().unwrap();
    assert!(writer.leaves_traces());
    assert!(writer.remove_traces().unwrap() && !writer.leaves_traces());
    let mut steps = 0;
    while index.remove_traces().unwrap() {
        steps += 1;
        assert!(steps < 1_000, "it comes to an end");
    }
    assert_eq!(holding(dir.path(), "xylophonist"), [""; 0]);
    // The message that was not deleted is still there.
    assert!(!holding(dir.path(), "other words 7").is_empty());
}
