//! Channels, accounts and always-on users: they come back as they were.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod events;

use events::{in_log, range, said, texts};
use parlour_core::history::{Log, Party};
use parlour_core::names::Casemapping;
use parlour_core::record::{LiftedBan, StoredChannel, StoredMembership, StoredUser};
use parlour_core::reply::ListedMask;
use parlour_core::state::{
    Account, ChannelFlag, ListKind, Metadata, Rank, Ranks, Registered, Right, Rights, ScramKeys,
    Topic, UserFlag, UserFlags, Verifier,
};
use parlour_core::{MsgId, Record, Secret, Time, UserId};
use parlour_store::{DataDir, Reader, Writer};

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
fn a_renamed_channel_takes_its_past_and_its_metadata_along() {
    let dir = tempfile::tempdir().unwrap();
    let dir = DataDir::open(dir.path()).unwrap();
    let mut writer = Writer::open(&dir).unwrap();
    let fold = |name: &str| Casemapping::Ascii.fold(name);
    let elsewhere = |id, text: &str| in_log(said(id, text), Log::Channel(fold("#old")));
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
    let mut writer = Writer::open(&dir).unwrap();
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
    let mut writer = Writer::open(&dir).unwrap();
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
        let mut writer = Writer::open(&dir).unwrap();
        writer.commit(&[Record::Account(account.clone())]).unwrap();
    }
    let mut writer = Writer::open(&dir).unwrap();
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
fn who_stays_comes_back_as_they_were_and_goes_with_their_account() {
    let dir = tempfile::tempdir().unwrap();
    let dir = DataDir::open(dir.path()).unwrap();
    let mut writer = Writer::open(&dir).unwrap();
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
