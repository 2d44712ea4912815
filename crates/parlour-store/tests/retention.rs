//! Retention: messages beyond the limits are deleted everywhere, and their disk space is released.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use std::path::Path;

use parlour_core::hidden::Hidden;
use parlour_core::history::{HistoryQuery, Log, Range};
use parlour_core::names::Casemapping;
use parlour_core::{Event, MsgId, Record, Time};
use parlour_store::{DataDir, Index, LogRetention, Reader, Retention, RetentionRound, Writer};
use support::said;

/// Returns the `count`th id of a millisecond.
fn at(ms: u64, count: u64) -> u64 {
    MsgId::first_of(Time(ms)).0 + count
}

/// Returns the ids that are left in a channel.
fn kept(reader: &Reader, channel: &str) -> Vec<u64> {
    let query = HistoryQuery {
        log: Log::Channel(Casemapping::Ascii.fold(channel)),
        ranges: vec![Range {
            after: MsgId(0),
            before: MsgId(u64::MAX),
            newest: true,
            limit: 5_000,
        }],
        events: true,
        hidden: Hidden::default(),
    };
    let found = reader.answer(&query).unwrap();
    found.iter().map(|event| event.id.0).collect()
}

/// Returns the size of the database in bytes, with the write-ahead log moved into it.
fn size(dir: &Path) -> u64 {
    let file = dir.join("parlour.db");
    let database = rusqlite::Connection::open(&file).unwrap();
    database
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    std::fs::metadata(file).unwrap().len()
}

/// Builds a QUIT event in the log of `#c`.
fn gone(id: u64) -> Record {
    let Record::Message(log, event) = said(id, "#c", "bob", "") else {
        unreachable!()
    };
    let event = Event {
        body: parlour_core::Body::Quit("".into()),
        ..(*event).clone()
    };
    Record::ChannelEvent(log, event.into())
}

#[test]
fn what_is_too_old_or_too_much_goes_and_its_room_is_given_back() {
    let dir = tempfile::tempdir().unwrap();
    let dir = DataDir::open(dir.path()).unwrap();
    let mut writer = Writer::open(&dir).unwrap();
    let mut index = Index::open(&dir, Casemapping::Ascii).unwrap();
    let long = "word ".repeat(80);
    let old = (0..1_200).map(|n| said(at(1_000, n), "#c", "bob", &long));
    let many = (0..1_200).map(|n| said(at(2_000, n), "#d", "bob", &long));
    let new = (0..10).map(|n| said(at(100_000, n), "#c", "bob", "new"));
    let happened = [gone(at(1_000, 2_000))];
    let records: Vec<Record> = old.chain(happened).chain(many).chain(new).collect();
    writer.commit(&records).unwrap();
    while index.catch_up().unwrap().0 {}
    let before = size(dir.path());
    let of_d = LogRetention {
        age: None,
        count: Some(100),
    };
    let retention = Retention {
        usual: LogRetention {
            age: Some(50_000),
            count: None,
        },
        channels: [(Casemapping::Ascii.fold("#d"), of_d)].into(),
    };
    let (mut round, mut steps, now) = (RetentionRound::default(), 0, Time(100_001));
    while writer.sweep(&retention, now, &mut round).unwrap() {
        steps += 1;
    }
    assert!(steps > 4, "each step is a small one: {steps}");
    let reader = Reader::open(&dir).unwrap();
    assert_eq!(kept(&reader, "#c").len(), 10);
    let newest: Vec<u64> = (1_100..1_200).map(|n| at(2_000, n)).collect();
    assert_eq!(kept(&reader, "#d"), newest);
    let after = size(dir.path());
    assert!(after < before / 2, "{after} of {before}");
    // The index drops deleted messages too.
    while index.catch_up().unwrap().0 {}
    let words = rusqlite::Connection::open(dir.path().join("search.db")).unwrap();
    let count = "SELECT count(*) FROM words WHERE words MATCH 'said:word'";
    let rows: i64 = words.query_row(count, [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 100);
    // Without limits, nothing is deleted.
    let (mut round, everything) = (RetentionRound::default(), Retention::default());
    let late = Time(u64::MAX >> 16);
    while writer.sweep(&everything, late, &mut round).unwrap() {}
    assert_eq!(kept(&reader, "#c").len(), 10);
}
