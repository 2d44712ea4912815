//! Committed records: they are there after reopening, in their order, and can be read by range.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod events;

use std::sync::Arc;

use events::{happened, in_log, range, said, texts};
use parlour_core::event::{Addressee, ChannelRef};
use parlour_core::hidden::{self, Hidden};
use parlour_core::history::{ConversationsQuery, HistoryQuery, Log, Party, Range, View};
use parlour_core::names::Casemapping;
use parlour_core::state::{Profile, Rank, Ranks};
use parlour_core::{Body, ChannelId, MsgId, Record, Time, UserId};
use parlour_store::{DataDir, Durability, Journal, Reader, StoreError, Writer};

/// A snapshot is valid up to a place: it is stored with a commit, whatever its records are.
#[test]
fn the_place_of_every_entry_is_stored() {
    let dir = tempfile::tempdir().unwrap();
    let last = || {
        let dir = DataDir::open(dir.path()).unwrap();
        let mut writer = Writer::open(&dir).unwrap();
        Journal::open(&dir, &mut writer, Durability::Disk).unwrap();
        writer.restore(Casemapping::Ascii).unwrap().last
    };
    let commit = |records: &[Record], place| {
        let dir = DataDir::open(dir.path()).unwrap();
        let mut writer = Writer::open(&dir).unwrap();
        let (journal, _) = Journal::open(&dir, &mut writer, Durability::Disk).unwrap();
        journal.append(&mut records.to_vec(), MsgId(place)).unwrap();
    };
    commit(&[Record::Unbanned("x".into())], 70);
    assert_eq!(last(), MsgId(70));
    commit(&[said(80, "text")], 90);
    assert_eq!(last(), MsgId(90));
    // It never goes back: ids issued after a restart begin after it.
    commit(&[Record::Unbanned("y".into())], 40);
    assert_eq!(last(), MsgId(90));
}

#[test]
fn messages_come_back_by_range_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    {
        let dir = DataDir::open(dir.path()).unwrap();
        let mut writer = Writer::open(&dir).unwrap();
        let records: Vec<Record> = (1..=5)
            .map(|n| said(n * 10, &format!("Text {n}")))
            .collect();
        writer.commit(&records).unwrap();
    }
    let dir = DataDir::open(dir.path()).unwrap();
    let writer = Writer::open(&dir).unwrap();
    assert_eq!(writer.restore(Casemapping::Ascii).unwrap().last, MsgId(50));
    let reader = Reader::open(&dir).unwrap();
    assert_eq!(
        texts(&reader, range(0, 1000, true, 2)),
        ["Text 4", "Text 5"]
    );
    assert_eq!(
        texts(&reader, range(20, 1000, false, 2)),
        ["Text 3", "Text 4"]
    );
    assert_eq!(texts(&reader, range(10, 40, true, 9)), ["Text 2", "Text 3"]);
}

#[test]
fn an_event_comes_back_whole() {
    let dir = tempfile::tempdir().unwrap();
    let dir = DataDir::open(dir.path()).unwrap();
    let mut writer = Writer::open(&dir).unwrap();
    let record = said(9, "héllo");
    writer.commit(std::slice::from_ref(&record)).unwrap();
    let query = HistoryQuery {
        log: Log::Channel(Casemapping::Ascii.fold("#c")),
        ranges: vec![range(0, 10, true, 1)],

        events: false,
        hidden: Hidden::default(),
    };
    let found = Reader::open(&dir).unwrap().answer(&query).unwrap();
    let Record::Message(_, kept) = record else {
        unreachable!()
    };
    assert_eq!(found[0].from, kept.from);
    assert_eq!(found[0].id, kept.id);
    let (
        Body::Message { text, tags, .. },
        Body::Message {
            text: t, tags: g, ..
        },
    ) = (&found[0].body, &kept.body)
    else {
        unreachable!()
    };
    assert_eq!((text, tags), (t, g));
}

#[test]
fn lines_and_relays_come_back_as_they_were_said() {
    let dir = tempfile::tempdir().unwrap();
    let dir = DataDir::open(dir.path()).unwrap();
    let mut writer = Writer::open(&dir).unwrap();
    let Record::Message(log, event) = said(9, "one\ntwo three") else {
        unreachable!()
    };
    let mut event = (*event).clone();
    if let Body::Message {
        splits, relayed_by, ..
    } = &mut event.body
    {
        *splits = Some([8].into());
        *relayed_by = Some("bot".into());
    }
    let body = event.body.clone();
    writer
        .commit(&[Record::Message(log.clone(), Arc::new(event))])
        .unwrap();
    let query = HistoryQuery {
        log,
        ranges: vec![range(0, 10, true, 1)],

        events: false,
        hidden: Hidden::default(),
    };
    let found = Reader::open(&dir).unwrap().answer(&query).unwrap();
    let (
        Body::Message {
            splits: a,
            relayed_by: b,
            ..
        },
        Body::Message {
            splits: c,
            relayed_by: d,
            ..
        },
    ) = (&found[0].body, &body)
    else {
        unreachable!()
    };
    assert_eq!((a, b), (c, d));
}

#[test]
fn what_is_taken_back_is_gone_from_its_own_log_only() {
    let dir = tempfile::tempdir().unwrap();
    let dir = DataDir::open(dir.path()).unwrap();
    let mut writer = Writer::open(&dir).unwrap();
    let log = |name: &str| Log::Channel(Casemapping::Ascii.fold(name));
    writer
        .commit(&[
            said(1, "kept"),
            said(2, "gone"),
            Record::Redacted(log("#other"), MsgId(1)),
            Record::Redacted(log("#c"), MsgId(2)),
            said(3, "after"),
        ])
        .unwrap();
    let reader = Reader::open(&dir).unwrap();
    assert_eq!(texts(&reader, range(0, 10, true, 9)), ["kept", "after"]);
}

#[test]
fn a_commit_is_kept_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let dir = DataDir::open(dir.path()).unwrap();
    let mut writer = Writer::open(&dir).unwrap();
    // A duplicate id violates the key.
    assert!(
        writer
            .commit(&[said(1, "a"), said(2, "b"), said(2, "c")])
            .is_err()
    );
    let reader = Reader::open(&dir).unwrap();
    assert!(texts(&reader, range(0, 10, true, 9)).is_empty());
    writer.commit(&[said(1, "a")]).unwrap();
    assert_eq!(texts(&reader, range(0, 10, true, 9)), ["a"]);
}

#[test]
fn a_directory_has_one_owner() {
    let dir = tempfile::tempdir().unwrap();
    let _held = DataDir::open(dir.path()).unwrap();
    assert!(matches!(
        DataDir::open(dir.path()),
        Err(StoreError::InUse(_))
    ));
}

#[test]
fn a_database_from_a_newer_version_is_refused() {
    let path = tempfile::tempdir().unwrap();
    let dir = DataDir::open(path.path()).unwrap();
    drop(Writer::open(&dir).unwrap());
    let raw = rusqlite::Connection::open(path.path().join("parlour.db")).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    let refused = Writer::open(&dir).err().unwrap();
    assert!(matches!(
        refused,
        StoreError::VersionTooNew { found: 99, .. }
    ));
}

#[test]
fn a_directory_that_cannot_be_made_is_told() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let below = file.path().join("data");
    assert!(matches!(
        DataDir::open(&below),
        Err(StoreError::Directory { .. })
    ));
}

#[test]
fn what_happened_comes_back_in_its_place_for_those_who_ask() {
    let dir = tempfile::tempdir().unwrap();
    let dir = DataDir::open(dir.path()).unwrap();
    let mut writer = Writer::open(&dir).unwrap();
    let place = || ChannelRef {
        id: ChannelId(0),
        name: "".into(),
    };
    let bodies = [
        (10, Body::Joined(place())),
        (30, Body::Topic(place(), "a topic".into())),
        (40, Body::Renamed("eve".into())),
        (60, Body::Parted(place(), "bye".into())),
        (
            70,
            Body::Kicked {
                place: place(),
                nick: "eve".into(),
                reason: "so".into(),
            },
        ),
        (80, Body::Quit("off".into())),
    ];
    let mut records: Vec<Record> = bodies
        .iter()
        .map(|(id, body)| happened(*id, body.clone()))
        .collect();
    records.extend([said(20, "one"), said(50, "two")]);
    writer.commit(&records).unwrap();
    let reader = Reader::open(&dir).unwrap();
    let ask = |range: Range, events: bool| -> Vec<(u64, Body)> {
        let query = HistoryQuery {
            log: Log::Channel(Casemapping::Ascii.fold("#c")),
            ranges: vec![range],

            events,
            hidden: Hidden::default(),
        };
        let found = reader.answer(&query).unwrap();
        found
            .iter()
            .map(|event| (event.id.0, event.body.clone()))
            .collect()
    };
    let ids = |found: &[(u64, Body)]| -> Vec<u64> { found.iter().map(|(id, _)| *id).collect() };
    let all = ask(range(0, 100, true, 50), true);
    assert_eq!(ids(&all), [10, 20, 30, 40, 50, 60, 70, 80]);
    let besides: Vec<(u64, Body)> = all
        .into_iter()
        .filter(|(_, body)| !matches!(body, Body::Message { .. }))
        .collect();
    assert_eq!(besides, bodies);
    assert_eq!(ids(&ask(range(0, 100, true, 3), true)), [60, 70, 80]);
    assert_eq!(ids(&ask(range(0, 100, false, 3), true)), [10, 20, 30]);
    assert_eq!(ids(&ask(range(20, 70, false, 9), true)), [30, 40, 50, 60]);
    assert_eq!(ids(&ask(range(0, 100, true, 3), false)), [20, 50]);
    assert_eq!(writer.restore(Casemapping::Ascii).unwrap().last, MsgId(80));
}

#[test]
fn conversations_are_found_by_their_newest_messages() {
    let dir = tempfile::tempdir().unwrap();
    let dir = DataDir::open(dir.path()).unwrap();
    let mut writer = Writer::open(&dir).unwrap();
    let bob = Party::Account(Casemapping::Ascii.fold("bob"), Time(5));
    let later = Party::Account(Casemapping::Ascii.fold("bob"), Time(6));
    let guest = Party::Guest(UserId(9));
    let with_guest = Log::private(bob.clone(), guest.clone());
    let among_others = Log::private(later.clone(), guest.clone());
    let private = |id: u64, log: &Log| in_log(said(id, "x"), log.clone());
    writer
        .commit(&[
            private(10, &with_guest),
            said(20, "x"),
            private(30, &among_others),
            private(40, &with_guest),
            happened(50, Body::Quit("x".into())),
        ])
        .unwrap();
    let channel = Casemapping::Ascii.fold("#c");
    let reader = Reader::open(&dir).unwrap();
    let ask = |party: &Party, from: u64, after: u64, before: u64| {
        let wanted = ConversationsQuery {
            party: party.clone(),
            channels: vec![View {
                channel: channel.clone(),
                from: MsgId(from),
                hidden: Hidden::default(),
            }],
            after: MsgId(after),
            before: MsgId(before),
        };
        reader.conversations(&wanted).unwrap()
    };
    let in_channel = (Log::Channel(channel.clone()), MsgId(20));
    let in_private = (with_guest, MsgId(40));
    let of_later = (among_others, MsgId(30));
    assert_eq!(
        ask(&bob, 0, 0, 99),
        [in_channel.clone(), in_private.clone()]
    );
    assert_eq!(ask(&bob, 0, 20, 99), std::slice::from_ref(&in_private));
    assert_eq!(ask(&bob, 0, 0, 40), std::slice::from_ref(&in_channel));
    assert_eq!(ask(&bob, 20, 0, 99), std::slice::from_ref(&in_private));
    assert_eq!(ask(&later, 20, 0, 99), std::slice::from_ref(&of_later));
    assert_eq!(ask(&guest, 20, 0, 99), [of_later, in_private]);
}

#[test]
fn an_answer_has_a_size_and_goes_on_where_it_ends() {
    let dir = tempfile::tempdir().unwrap();
    let dir = DataDir::open(dir.path()).unwrap();
    let mut writer = Writer::open(&dir).unwrap();
    let long = "a line of a message of many lines\n".repeat(100);
    let records: Vec<Record> = (1..=200).map(|n| said(n, &long)).collect();
    let one_line = "x".repeat(450);
    let short: Vec<Record> = (1_001..=2_000).map(|n| said(n, &one_line)).collect();
    writer.commit(&records).unwrap();
    writer
        .commit(&[
            happened(300, Body::Quit("late".into())),
            happened(301, Body::Quit("later".into())),
        ])
        .unwrap();
    let reader = Reader::open(&dir).unwrap();
    let first = texts(&reader, range(0, 1000, false, 200)).len();
    assert!(first > 2 && first < 100, "{first}");
    // The newest messages are returned, and paging on from the first part yields the next one.
    let query = |range: Range| HistoryQuery {
        log: Log::Channel(Casemapping::Ascii.fold("#c")),
        ranges: vec![range],

        events: false,
        hidden: Hidden::default(),
    };
    let newest = reader.answer(&query(range(0, 1000, true, 200))).unwrap();
    assert_eq!(newest.last().unwrap().id, MsgId(200));
    let ids: Vec<u64> = newest.iter().map(|event| event.id.0).collect();
    assert!(ids.windows(2).all(|pair| pair[0] + 1 == pair[1]));
    let next = reader
        .answer(&query(range(first as u64, 1000, false, 200)))
        .unwrap();
    assert_eq!(next.first().unwrap().id, MsgId(first as u64 + 1));
    // Messages of a single line count less.
    writer.commit(&short).unwrap();
    assert_eq!(texts(&reader, range(1000, 2001, true, 1000)).len(), 1000);
    // No message or event in between is left out.
    let both = HistoryQuery {
        events: true,
        hidden: Hidden::default(),
        ..query(range(0, 1000, false, 200))
    };
    assert_eq!(reader.answer(&both).unwrap().len(), first);
}

#[test]
fn what_is_for_a_rank_is_read_by_that_rank_and_by_its_author() {
    let directory = tempfile::tempdir().unwrap();
    let dir = DataDir::open(directory.path()).unwrap();
    let mut writer = Writer::open(&dir).unwrap();
    let for_rank = |id, rank| {
        let Record::Message(log, event) = said(id, "x") else {
            unreachable!()
        };
        let mut event = Arc::unwrap_or_clone(event);
        event.from = Arc::new(Profile {
            bot: true,
            ..Arc::unwrap_or_clone(event.from)
        });
        if let Body::Message {
            to: Addressee::Channel(_, known),
            ..
        } = &mut event.body
        {
            *known = rank;
        }
        Record::Message(log, Arc::new(event))
    };
    let ranks = [None, Some(Rank::Voice), Some(Rank::Operator), None];
    let records: Vec<Record> = (10..).zip(ranks).map(|(id, r)| for_rank(id, r)).collect();
    writer.commit(&records).unwrap();
    let reader = Reader::open(&dir).unwrap();
    let read = |rank: Option<Rank>, user: u64, limit| -> Vec<u64> {
        let mut ranks = Ranks::default();
        rank.map(|rank| ranks.set(rank, true));
        let query = HistoryQuery {
            log: Log::Channel(Casemapping::Ascii.fold("#c")),
            ranges: vec![range(0, 100, true, limit)],
            events: true,
            hidden: Hidden {
                spans: Vec::new(),
                reader: Some(hidden::LogReader {
                    ranks,
                    user: UserId(user),
                    account: None,
                }),
            },
        };
        let found = reader.answer(&query).unwrap();
        assert!(found.iter().all(|event| event.from.bot));
        found.iter().map(|event| event.id.0).collect()
    };
    assert_eq!(read(None, 1, 9), [10, 13]);
    // Hidden messages do not count towards the limit.
    assert_eq!(read(None, 1, 2), [10, 13]);
    assert_eq!(read(Some(Rank::Voice), 1, 9), [10, 11, 13]);
    assert_eq!(read(Some(Rank::Operator), 1, 9), [10, 11, 12, 13]);
    assert_eq!(read(None, 7, 9), [10, 11, 12, 13]);
}
