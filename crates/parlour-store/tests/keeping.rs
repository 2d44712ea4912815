//! Committed records: they are there after reopening, in their order, and can be read by range.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

use std::sync::Arc;

use parlour_core::event::{Addressee, ChannelRef};
use parlour_core::hidden::{self, Hidden};
use parlour_core::history::{ConversationsQuery, HistoryQuery, Log, Party, Range, View};
use parlour_core::names::Casemapping;
use parlour_core::record::{LiftedBan, StoredChannel, StoredMembership, StoredUser};
use parlour_core::reply::ListedMask;
use parlour_core::request::MessageKind;
use parlour_core::state::{
    Account, ChannelFlag, ListKind, Metadata, Profile, Rank, Ranks, Registered, Right, Rights,
    ScramKeys, Topic, UserFlag, UserFlags, Verifier,
};
use parlour_core::{Body, ChannelId, Event, MsgId, Record, Secret, Time, UserId};
use parlour_store::{DataDir, Durability, Reader, StoreError, Writer};

fn said(id: u64, text: &str) -> Record {
    let place = ChannelRef {
        id: ChannelId(1),
        name: "#C".into(),
    };
    let event = Event {
        id: MsgId(id),
        from: Profile::new(
            UserId(7),
            "bob".into(),
            "~b".into(),
            "host".into(),
            "".into(),
        ),
        body: Body::Message {
            kind: MessageKind::Message,
            to: Addressee::Channel(place, None),
            text: text.into(),
            splits: None,
            tags: "+a=b".into(),
            relayed_by: None,
        },
    };
    Record::Message(Log::Channel(Casemapping::Ascii.fold("#c")), Arc::new(event))
}

fn texts(reader: &Reader, range: Range) -> Vec<String> {
    let query = HistoryQuery {
        log: Log::Channel(Casemapping::Ascii.fold("#C")),
        ranges: vec![range],
        events: false,
        hidden: Hidden::default(),
    };
    let found = reader.answer(&query).unwrap();
    found
        .iter()
        .map(|event| match &event.body {
            Body::Message { text, .. } => text.to_string(),
            other @ (Body::Joined(_)
            | Body::Parted(..)
            | Body::Kicked { .. }
            | Body::Quit(_)
            | Body::Renamed(_)
            | Body::Topic(..)
            | Body::Modes(..)
            | Body::UserModes(_)
            | Body::Invited { .. }
            | Body::Away(_)
            | Body::Account(_)
            | Body::HostChanged(_)
            | Body::RealName(_)
            | Body::ChannelRenamed { .. }
            | Body::Redacted { .. }
            | Body::Wallops(_)
            | Body::Killed(..)) => format!("{other:?}"),
        })
        .collect()
}

fn happened(id: u64, body: Body) -> Record {
    let Record::Message(log, event) = said(id, "") else {
        unreachable!()
    };
    let event = Event {
        body,
        ..Arc::unwrap_or_clone(event)
    };
    Record::ChannelEvent(log, Arc::new(event))
}

fn range(after: u64, before: u64, newest: bool, limit: usize) -> Range {
    Range {
        after: MsgId(after),
        before: MsgId(before),
        newest,
        limit,
    }
}

/// A snapshot is valid up to a place: it is stored with a commit, whatever its records are.
#[test]
fn the_place_of_every_entry_is_stored() {
    let dir = tempfile::tempdir().unwrap();
    let last = || {
        let dir = DataDir::open(dir.path()).unwrap();
        let writer = Writer::open(&dir, Durability::Disk).unwrap();
        writer.restore(Casemapping::Ascii).unwrap().last
    };
    let commit = |records: &[Record], place| {
        let dir = DataDir::open(dir.path()).unwrap();
        let mut writer = Writer::open(&dir, Durability::Disk).unwrap();
        writer.commit_up_to(records, MsgId(place)).unwrap();
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
        let mut writer = Writer::open(&dir, Durability::Disk).unwrap();
        let records: Vec<Record> = (1..=5)
            .map(|n| said(n * 10, &format!("Text {n}")))
            .collect();
        writer.commit(&records).unwrap();
    }
    let dir = DataDir::open(dir.path()).unwrap();
    let writer = Writer::open(&dir, Durability::Disk).unwrap();
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
    let mut writer = Writer::open(&dir, Durability::Disk).unwrap();
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
    let mut writer = Writer::open(&dir, Durability::Disk).unwrap();
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

fn channel(name: &str) -> StoredChannel {
    let mut metadata = Metadata::default();
    metadata.set("url".into(), format!("about:{name}").as_str().into());
    StoredChannel {
        name: name.into(),
        folded: Casemapping::Ascii.fold(name),
        metadata,
        created: Time(5),
        topic: None,
        key: None,
        flags: Default::default(),
        limit: None,
        forward: None,
        slow: None,
        lists: Default::default(),
        lifted: Vec::new(),
        registered: None,
        history_from: MsgId(0),
    }
}

#[test]
fn what_is_taken_back_is_gone_from_its_own_log_only() {
    let dir = tempfile::tempdir().unwrap();
    let dir = DataDir::open(dir.path()).unwrap();
    let mut writer = Writer::open(&dir, Durability::Disk).unwrap();
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
fn a_renamed_channel_takes_its_past_and_its_metadata_along() {
    let dir = tempfile::tempdir().unwrap();
    let dir = DataDir::open(dir.path()).unwrap();
    let mut writer = Writer::open(&dir, Durability::Disk).unwrap();
    let fold = |name: &str| Casemapping::Ascii.fold(name);
    let elsewhere = |id, text: &str| match said(id, text) {
        Record::Message(_, event) => Record::Message(Log::Channel(fold("#old")), event),
        other @ (Record::ChannelEvent(..)
        | Record::ReadMarker(..)
        | Record::Channel(_)
        | Record::Renamed(..)
        | Record::Account(_)
        | Record::AccountDropped(_)
        | Record::AlwaysOn(_)
        | Record::AlwaysOnEnded(_)
        | Record::Banned(_)
        | Record::Unbanned(_)
        | Record::Erased(..)
        | Record::Audit(_)
        | Record::ChannelForgotten(..)
        | Record::Redacted(..)) => other,
    };
    writer
        .commit(&[
            said(1, "of an earlier #c"),
            Record::Channel(channel("#old")),
            elsewhere(2, "before"),
            Record::Renamed(fold("#old"), channel("#c")),
            // The same transaction continues under the new name, and the old name starts a new log.
            said(3, "after"),
            elsewhere(4, "another channel"),
        ])
        .unwrap();
    let reader = Reader::open(&dir).unwrap();
    assert_eq!(texts(&reader, range(0, 10, true, 9)), ["before", "after"]);
    writer.commit(&[said(5, "later")]).unwrap();
    assert_eq!(
        texts(&reader, range(0, 10, true, 9)),
        ["before", "after", "later"]
    );
    let restored = writer.restore(Casemapping::Ascii).unwrap();
    assert_eq!(restored.channels, [channel("#c")]);
}

#[test]
fn channels_come_back_as_they_were_last() {
    let dir = tempfile::tempdir().unwrap();
    let dir = DataDir::open(dir.path()).unwrap();
    let mut writer = Writer::open(&dir, Durability::Disk).unwrap();
    let mut kept = StoredChannel {
        name: "#Lab".into(),
        folded: Casemapping::Ascii.fold("#lab"),
        metadata: Metadata::default(),
        created: Time(5),
        topic: None,
        key: Some("k".into()),
        history_from: MsgId(3),
        ..channel("#lab")
    };
    kept.flags.set(ChannelFlag::InviteOnly, true);
    writer.commit(&[Record::Channel(kept.clone())]).unwrap();
    assert_eq!(
        writer.restore(Casemapping::Ascii).unwrap().channels,
        [kept.clone()]
    );
    kept.topic = Some(Topic {
        text: "t".into(),
        by: "b".into(),
        at: Time(9),
    });
    kept.key = None;
    writer.commit(&[Record::Channel(kept.clone())]).unwrap();
    assert_eq!(writer.restore(Casemapping::Ascii).unwrap().channels, [kept]);
}

#[test]
fn a_registered_channel_comes_back_whole_and_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let dir = DataDir::open(dir.path()).unwrap();
    let mut writer = Writer::open(&dir, Durability::Disk).unwrap();
    let mut kept = channel("#lab");
    kept.limit = Some(4);
    kept.slow = Some(30);
    kept.forward = Some("#Elsewhere".into());
    let entry = |mask: &str| ListedMask {
        mask: mask.into(),
        by: "op!o@h".into(),
        at: Time(7),
    };
    kept.lists
        .insert(ListKind::Bans, vec![entry("z!*@*"), entry("a!*@*")]);
    kept.lists
        .insert(ListKind::InviteExceptions, vec![entry("*!*@x")]);
    kept.lifted.push(LiftedBan {
        mask: "y!*@*".into(),
        from: Time(3),
        until: Time(4),
    });
    let fold = |name: &str| Casemapping::Ascii.fold(name);
    let mut rights = Rights::default();
    rights.set(Right::Operator, true);
    kept.registered = Some(Registered {
        founder: fold("bob"),
        since: Time(8),
        access: [(fold("eve"), rights)].into(),
    });
    let account = |name: &str| {
        Record::Account(Account {
            name: name.into(),
            folded: fold(name),
            created: Time(1),
            verifier: None,
            certificates: [].into(),
            always_on: false,
            multiclient: true,
            metadata: Metadata::default(),
            places: Vec::new(),
        })
    };
    writer
        .commit(&[
            account("Bob"),
            account("Eve"),
            Record::Channel(kept.clone()),
        ])
        .unwrap();
    let restore = |writer: &Writer| writer.restore(Casemapping::Ascii).unwrap().channels;
    assert_eq!(restore(&writer), [kept.clone()]);
    // After a rename the channel is the same, and nothing is left under the old name.
    let old = std::mem::replace(&mut kept.folded, fold("#room"));
    kept.name = "#Room".into();
    writer
        .commit(&[Record::Renamed(old, kept.clone())])
        .unwrap();
    assert_eq!(restore(&writer), [kept.clone()]);
    // A dropped account leaves nothing to the next one of its name.
    writer
        .commit(&[
            Record::AccountDropped(fold("bob")),
            Record::AccountDropped(fold("eve")),
            account("Bob"),
            account("Eve"),
        ])
        .unwrap();
    kept.registered = None;
    assert_eq!(restore(&writer), [kept.clone()]);
    writer
        .commit(&[Record::ChannelForgotten(fold("#room"), false)])
        .unwrap();
    assert_eq!(restore(&writer), []);
    // The next channel of its name inherits nothing.
    writer.commit(&[Record::Channel(channel("#room"))]).unwrap();
    assert_eq!(restore(&writer), [channel("#room")]);
}

#[test]
fn a_commit_is_kept_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let dir = DataDir::open(dir.path()).unwrap();
    let mut writer = Writer::open(&dir, Durability::Disk).unwrap();
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
    drop(Writer::open(&dir, Durability::Disk).unwrap());
    let raw = rusqlite::Connection::open(path.path().join("parlour.db")).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    let refused = Writer::open(&dir, Durability::Disk).err().unwrap();
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
    let mut writer = Writer::open(&dir, Durability::Disk).unwrap();
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
fn accounts_come_back_with_their_certificates_and_go_for_good() {
    let dir = tempfile::tempdir().unwrap();
    let dir = DataDir::open(dir.path()).unwrap();
    let account = Account {
        name: "Bob".into(),
        folded: Casemapping::Ascii.fold("Bob"),
        created: Time(1_000),
        verifier: Some(Verifier {
            hash: Secret::new("$argon2id$x"),
            scram: ScramKeys {
                salt: "c2FsdA==".into(),
                iterations: 4096,
                stored_key: Secret::new("c3RvcmVk"),
                server_key: Secret::new("c2VydmVy"),
            },
        }),
        certificates: ["ab".into(), "cd".into()].into(),
        always_on: true,
        multiclient: true,
        metadata: {
            let mut metadata = Metadata::default();
            metadata.set("url".into(), "http://bob.example".into());
            metadata
        },
        places: vec!["192.0.2.7".into(), "2001:db8:1:2::".into()],
    };
    {
        let mut writer = Writer::open(&dir, Durability::Disk).unwrap();
        writer.commit(&[Record::Account(account.clone())]).unwrap();
    }
    let mut writer = Writer::open(&dir, Durability::Disk).unwrap();
    let kept = writer.restore(Casemapping::Ascii).unwrap().accounts;
    assert_eq!(kept, std::slice::from_ref(&account));
    // The present state, not an earlier one.
    let whose = Party::Account(account.folded.clone(), account.created);
    let target = Casemapping::Ascii.fold("#c");
    for at in [Time(7), Time(9)] {
        let read = Record::ReadMarker(whose.clone(), target.clone(), at);
        writer.commit(&[read]).unwrap();
    }
    let markers = writer.restore(Casemapping::Ascii).unwrap().markers;
    assert_eq!(markers, [(whose, target, Time(9))]);
    let changed = Account {
        verifier: None,
        certificates: ["cd".into()].into(),
        ..account.clone()
    };
    writer.commit(&[Record::Account(changed.clone())]).unwrap();
    let kept = writer.restore(Casemapping::Ascii).unwrap().accounts;
    assert_eq!(kept, [changed]);
    writer
        .commit(&[Record::AccountDropped(account.folded)])
        .unwrap();
    let kept = writer.restore(Casemapping::Ascii).unwrap();
    assert!(kept.accounts.is_empty() && kept.markers.is_empty());
}

#[test]
fn conversations_are_found_by_their_newest_messages() {
    let dir = tempfile::tempdir().unwrap();
    let dir = DataDir::open(dir.path()).unwrap();
    let mut writer = Writer::open(&dir, Durability::Disk).unwrap();
    let bob = Party::Account(Casemapping::Ascii.fold("bob"), Time(5));
    let later = Party::Account(Casemapping::Ascii.fold("bob"), Time(6));
    let guest = Party::Guest(UserId(9));
    let with_guest = Log::private(bob.clone(), guest.clone());
    let among_others = Log::private(later.clone(), guest.clone());
    let private = |id: u64, log: &Log| match said(id, "x") {
        Record::Message(_, event) => Record::Message(log.clone(), event),
        other @ (Record::ChannelEvent(..)
        | Record::ReadMarker(..)
        | Record::Channel(_)
        | Record::Renamed(..)
        | Record::Account(_)
        | Record::AccountDropped(_)
        | Record::AlwaysOn(_)
        | Record::AlwaysOnEnded(_)
        | Record::Banned(_)
        | Record::Unbanned(_)
        | Record::Erased(..)
        | Record::Audit(_)
        | Record::ChannelForgotten(..)
        | Record::Redacted(..)) => other,
    };
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
    let mut writer = Writer::open(&dir, Durability::Disk).unwrap();
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
fn who_stays_comes_back_as_they_were_and_goes_with_their_account() {
    let dir = tempfile::tempdir().unwrap();
    let dir = DataDir::open(dir.path()).unwrap();
    let mut writer = Writer::open(&dir, Durability::Disk).unwrap();
    let fold = |name: &str| Casemapping::Ascii.fold(name);
    let account = Record::Account(Account {
        name: "Bob".into(),
        folded: fold("bob"),
        created: Time(1),
        verifier: None,
        certificates: [].into(),
        always_on: true,
        multiclient: true,
        metadata: Metadata::default(),
        places: Vec::new(),
    });
    let mut flags = UserFlags::default();
    flags.set(UserFlag::Invisible, true);
    let mut ranks = Ranks::default();
    ranks.set(Rank::Founder, true);
    let member = |channel: &str, ranks| StoredMembership {
        channel: channel.into(),
        ranks,
        joined: MsgId(9),
    };
    let mut kept = StoredUser {
        account: fold("bob"),
        id: UserId(7),
        nick: "rob".into(),
        user: "~b".into(),
        host: "cloak".into(),
        address: "192.0.2.1".into(),
        realname: "Bob B".into(),
        away: Some("lunch".into()),
        flags,
        signon: Time(5),
        left: Some(MsgId(11)),
        channels: vec![member("#a", ranks), member("#b", Ranks::default())],
    };
    let present = |writer: &Writer| writer.restore(Casemapping::Ascii).unwrap().always_on;
    writer
        .commit(&[account.clone(), Record::AlwaysOn(kept.clone())])
        .unwrap();
    assert_eq!(present(&writer), [kept.clone()]);
    (kept.left, kept.away) = (None, None);
    kept.channels.pop();
    writer.commit(&[Record::AlwaysOn(kept.clone())]).unwrap();
    assert_eq!(present(&writer), [kept.clone()]);
    writer
        .commit(&[Record::AlwaysOnEnded(fold("bob"))])
        .unwrap();
    assert_eq!(present(&writer), []);
    writer
        .commit(&[
            Record::AlwaysOn(kept),
            Record::AccountDropped(fold("bob")),
            account,
        ])
        .unwrap();
    assert_eq!(present(&writer), []);
}

#[test]
fn what_is_for_a_rank_is_read_by_that_rank_and_by_its_author() {
    let directory = tempfile::tempdir().unwrap();
    let dir = DataDir::open(directory.path()).unwrap();
    let mut writer = Writer::open(&dir, Durability::default()).unwrap();
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
