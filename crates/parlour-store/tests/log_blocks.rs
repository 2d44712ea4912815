//! Blocks of the ids of a log: whatever is added and deleted, each range finds just its messages.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use parlour_core::hidden::Hidden;
use parlour_core::history::{HistoryQuery, Log, Range};
use parlour_core::names::Casemapping;
use parlour_core::{MsgId, Record, Time};
use parlour_store::{DataDir, LogRetention, Reader, Retention, RetentionRound, Writer, check};
use support::said;

const CHANNELS: [&str; 3] = ["#a", "#b", "#c"];

fn log(channel: &str) -> Log {
    Log::Channel(Casemapping::Ascii.fold(channel))
}

/// Returns the ids of a page.
fn page(reader: &Reader, channel: &str, range: Range) -> Vec<u64> {
    let query = HistoryQuery {
        log: log(channel),
        ranges: vec![range],
        events: false,
        hidden: Hidden::default(),
    };
    let found = reader.answer(&query).unwrap();
    found.iter().map(|event| event.id.0).collect()
}

/// Requires that pages from all over the log of a channel have what `ids` has there.
fn is_found(reader: &Reader, channel: &str, ids: &[u64]) {
    let last = ids.last().copied().unwrap_or(1);
    for bound in (0..=last + 1).step_by(37) {
        for limit in [1, 50, 300] {
            let older = Range {
                after: MsgId(0),
                before: MsgId(bound),
                newest: true,
                limit,
            };
            let before: Vec<u64> = ids.iter().copied().filter(|&id| id < bound).collect();
            let from = before.len().saturating_sub(limit);
            assert_eq!(page(reader, channel, older), before[from..]);
            let newer = Range {
                after: MsgId(bound),
                before: MsgId(u64::MAX),
                newest: false,
                limit,
            };
            let after = ids.iter().copied().filter(|&id| id > bound);
            let after: Vec<u64> = after.take(limit).collect();
            assert_eq!(page(reader, channel, newer), after);
        }
    }
}

/// Commits messages with ids up to 1,500 to the channels in turns, in transactions of all sizes.
fn fill(writer: &mut Writer) -> [Vec<u64>; 3] {
    let mut kept = [const { Vec::new() }; 3];
    let mut id = 1;
    for size in [1, 2, 3, 700, 1, 400, 393] {
        let mut records = Vec::new();
        for _ in 0..size {
            let turn = (id * id % 7 % 3) as usize;
            records.push(said(id, CHANNELS[turn], "bob", "words"));
            kept[turn].push(id);
            id += 1;
        }
        writer.commit(&records).unwrap();
    }
    kept
}

#[test]
fn each_range_of_a_log_finds_its_messages() {
    let dir = tempfile::tempdir().unwrap();
    let held = DataDir::open(dir.path()).unwrap();
    let mut writer = Writer::open(&held).unwrap();
    let kept = fill(&mut writer);
    let reader = Reader::open(&held).unwrap();
    for (channel, ids) in CHANNELS.iter().zip(&kept) {
        is_found(&reader, channel, ids);
    }
    assert_eq!(check(dir.path()).unwrap(), Vec::<String>::new());
}

#[test]
fn what_is_deleted_leaves_the_blocks() {
    let dir = tempfile::tempdir().unwrap();
    let held = DataDir::open(dir.path()).unwrap();
    let mut writer = Writer::open(&held).unwrap();
    let [mut of_a, of_b, of_c] = fill(&mut writer);
    // Redacted in the transaction that adds them, as the first of a block, in its middle, and twice.
    let later: Vec<u64> = (2_001..2_010).collect();
    let mut records: Vec<Record> = later
        .iter()
        .map(|&id| said(id, "#a", "bob", "words"))
        .collect();
    of_a.extend(&later);
    let gone = [of_a[0], of_a[1], of_a[130], of_a[131], 2_001, 2_005, 2_005];
    records.extend(gone.map(|id| Record::Redacted(log("#a"), MsgId(id))));
    // One of another log stays.
    records.push(Record::Redacted(log("#a"), MsgId(of_b[3])));
    writer.commit(&records).unwrap();
    of_a.retain(|id| !gone.contains(id));
    let reader = Reader::open(&held).unwrap();
    is_found(&reader, "#a", &of_a);
    is_found(&reader, "#b", &of_b);
    assert_eq!(check(dir.path()).unwrap(), Vec::<String>::new());

    // Retention counts what is left, and goes by it.
    let keep = Retention {
        usual: LogRetention {
            age: None,
            count: Some(205),
        },
        ..Retention::default()
    };
    let mut round = RetentionRound::default();
    while writer.sweep(&keep, Time(1), &mut round).unwrap() {}
    for (channel, ids) in CHANNELS.iter().zip([of_a, of_b, of_c]) {
        is_found(&reader, channel, &ids[ids.len() - 205..]);
    }
    assert_eq!(check(dir.path()).unwrap(), Vec::<String>::new());
}

#[test]
fn a_block_without_one_of_its_messages_is_found_by_a_check() {
    let dir = tempfile::tempdir().unwrap();
    {
        let held = DataDir::open(dir.path()).unwrap();
        fill(&mut Writer::open(&held).unwrap());
    }
    let spoil = rusqlite::Connection::open(dir.path().join("parlour.db")).unwrap();
    let sql = "UPDATE log_block SET more = substr(more, 9)
               WHERE (log, first) = (SELECT log, first FROM log_block WHERE length(more) > 8 LIMIT 1)";
    assert_eq!(spoil.execute(sql, []).unwrap(), 1);
    drop(spoil);
    assert_eq!(check(dir.path()).unwrap().len(), 1);
}

#[test]
fn blocks_that_are_not_in_order_are_found_by_a_check() {
    let dir = tempfile::tempdir().unwrap();
    {
        let held = DataDir::open(dir.path()).unwrap();
        let mut writer = Writer::open(&held).unwrap();
        for ids in [[1, 10], [5, 12]] {
            let records = ids.map(|id| said(id, "#a", "bob", "words"));
            writer.commit(&records).unwrap();
        }
    }
    assert_eq!(check(dir.path()).unwrap().len(), 1);
}
