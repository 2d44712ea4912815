use super::*;
use crate::NetworkId;
use crate::engine::{ChatMessage, Event, Isupport, MessageKind, OutgoingMessage};

fn said(buffer: &str, from: &str, text: &str, time: u64, msgid: &str) -> Event {
    Event::Message(ChatMessage {
        buffer: buffer.into(),
        from: from.into(),
        own: from == "me",
        kind: MessageKind::Message,
        text: text.into(),
        time: Some(time),
        msgid: (!msgid.is_empty()).then(|| msgid.into()),
        account: None,
        place: None,
        ranks: String::new(),
        reply: None,
        edit: None,
        label: None,
        history: false,
        found: false,
    })
}

fn say(model: &mut Model, index: usize, now: u64, text: &str, label: &str) {
    let words = OutgoingMessage {
        text,
        ..OutgoingMessage::default()
    };
    let label = label.to_owned();
    model.said_by_user(index, now, words, LineState::Pending { label });
}

fn model() -> (Model, Isupport) {
    let mut model = Model::new(&[("net", "me")]);
    let isupport = Isupport {
        channel_types: "#".into(),
        ..Isupport::default()
    };
    for channel in ["#b", "#a"] {
        model.apply(NetworkId::new(0), 0, &isupport, joined(channel));
    }
    (model, isupport)
}

fn joined(channel: &str) -> Event {
    Event::Joined {
        channel: channel.into(),
        nick: "me".into(),
        own: true,
        account: None,
        place: None,
    }
}

#[test]
fn buffers_stand_in_order_and_the_view_stays_where_it_is() {
    let (mut model, isupport) = model();
    model.look_at(model.find(NetworkId::new(0), "#b").unwrap());
    model.apply(NetworkId::new(0), 0, &isupport, joined("#aa"));
    // A late message of a channel that was left opens no buffer.
    model.apply(
        NetworkId::new(0),
        0,
        &isupport,
        said("#ab", "x", "hi", 1, ""),
    );
    model.apply(
        NetworkId::new(0),
        0,
        &isupport,
        said("bob", "bob", "hi", 1, ""),
    );
    let names: Vec<_> = model.buffers.iter().map(|b| b.name.to_string()).collect();
    assert_eq!(names, ["net", "#a", "#aa", "#b", "bob"]);
    assert_eq!(model.buffer().name.as_str(), "#b");
}

#[test]
fn what_is_not_looked_at_is_unread_and_mentions_count() {
    let (mut model, isupport) = model();
    let (a, b) = (
        model.find(NetworkId::new(0), "#a").unwrap(),
        model.find(NetworkId::new(0), "#b").unwrap(),
    );
    model.look_at(a);
    model.apply(
        NetworkId::new(0),
        0,
        &isupport,
        said("#b", "x", "hello", 1, "1"),
    );
    model.apply(
        NetworkId::new(0),
        0,
        &isupport,
        said("#b", "x", "Me: look", 2, "2"),
    );
    model.apply(
        NetworkId::new(0),
        0,
        &isupport,
        said("#b", "x", "awesome men", 3, "3"),
    );
    model.apply(
        NetworkId::new(0),
        0,
        &isupport,
        said("#a", "x", "seen", 4, "4"),
    );
    assert_eq!((model.buffers[b].unread, model.buffers[b].mentions), (3, 1));
    assert_eq!(model.buffers[a].unread, 0);
    model.look_active();
    assert_eq!(model.current, b);
    assert_eq!(model.buffers[b].unread, 0);
    assert!(model.buffers[b].unread_from.is_some());
}

#[test]
fn own_lines_are_pending_until_echoed_and_fail_with_a_reason() {
    let (mut model, isupport) = model();
    let a = model.find(NetworkId::new(0), "#a").unwrap();
    say(&mut model, a, 5, "one", "m1");
    say(&mut model, a, 6, "two", "m2");
    let Event::Message(mut echo) = said("#a", "me", "one", 9, "id") else {
        unreachable!()
    };
    echo.label = Some("m1".into());
    model.apply(NetworkId::new(0), 0, &isupport, Event::Message(echo));
    model.apply(
        NetworkId::new(0),
        0,
        &isupport,
        Event::Refused {
            label: "m2".into(),
            why: "no".into(),
        },
    );
    let lines = &model.buffers[a].lines;
    let texts: Vec<_> = lines
        .iter()
        .map(|l| (l.text.as_str(), l.state.is_sent()))
        .collect();
    assert_eq!(texts, [("one", true), ("two", false)]);
    assert!(matches!(&lines[1].state, LineState::Failed { why } if why.as_str() == "no"));
}

#[test]
fn a_message_is_shown_once_and_history_goes_where_it_belongs() {
    let (mut model, isupport) = model();
    model.apply(
        NetworkId::new(0),
        0,
        &isupport,
        said("#a", "x", "new", 30, "c"),
    );
    for (text, time, id) in [("old", 10, "a"), ("middle", 20, "b"), ("new", 30, "c")] {
        let Event::Message(mut s) = said("#a", "x", text, time, id) else {
            unreachable!()
        };
        s.history = true;
        model.apply(NetworkId::new(0), 0, &isupport, Event::Message(s));
    }
    let a = model.find(NetworkId::new(0), "#a").unwrap();
    let texts: Vec<_> = model.buffers[a]
        .lines
        .iter()
        .map(|l| l.text.as_str())
        .collect();
    assert_eq!(texts, ["old", "middle", "new"]);
}

#[test]
fn reactions_edits_and_redactions_change_what_they_refer_to() {
    let (mut model, isupport) = model();
    let a = model.find(NetworkId::new(0), "#a").unwrap();
    model.apply(
        NetworkId::new(0),
        0,
        &isupport,
        said("#a", "x", "frist", 1, "i"),
    );
    let react = |from: &str, removed| Event::Reacted {
        buffer: "#a".into(),
        from: from.into(),
        own: from == "me",
        to: "i".into(),
        text: "👍".into(),
        removed,
    };
    for event in [react("x", false), react("me", false), react("me", false)] {
        model.apply(NetworkId::new(0), 0, &isupport, event);
    }
    let reaction = &model.buffers[a].lines[0].reactions[0];
    assert_eq!((reaction.from.len(), reaction.own), (2, true));
    model.apply(NetworkId::new(0), 0, &isupport, react("me", true));
    assert!(!model.buffers[a].lines[0].reactions[0].own);

    let edit = |from: &str| match said("#a", from, "first", 2, "j") {
        Event::Message(said) => Event::Message(ChatMessage {
            edit: Some("i".into()),
            ..said
        }),
        other => other,
    };
    model.apply(NetworkId::new(0), 0, &isupport, edit("y"));
    assert_eq!(
        model.buffers[a].lines[0].text.as_str(),
        "frist",
        "nobody edits another's words"
    );
    model.apply(NetworkId::new(0), 0, &isupport, edit("x"));
    let line = &model.buffers[a].lines[0];
    assert!(line.edited && line.text.as_str() == "first");
    assert_eq!(model.buffers[a].lines.len(), 1);

    let Event::Message(answer) = said("#a", "y", "indeed", 3, "k") else {
        unreachable!()
    };
    let reply = Some("i".to_owned());
    model.apply(
        NetworkId::new(0),
        0,
        &isupport,
        Event::Message(ChatMessage { reply, ..answer }),
    );
    let quoted = |model: &Model| model.buffers[a].lines[1].reply.clone().unwrap();
    assert_eq!(quoted(&model).text.as_str(), "first");
    let redacted = Event::Redacted {
        buffer: "#a".into(),
        msgid: "i".into(),
        by: "x".into(),
        reason: String::new(),
    };
    model.apply(NetworkId::new(0), 0, &isupport, redacted);
    assert!(model.buffers[a].lines[0].redacted);
    assert!(
        !format!("{:?}", model.buffers[a].lines).contains("first"),
        "nothing of it stays"
    );
}

#[test]
fn those_who_come_and_go_stand_together_and_only_if_they_spoke() {
    let (mut model, isupport) = model();
    let a = model.find(NetworkId::new(0), "#a").unwrap();
    let came = |nick: &str| Event::Joined {
        channel: "#a".into(),
        nick: nick.into(),
        own: false,
        account: None,
        place: None,
    };
    model.apply(NetworkId::new(0), 0, &isupport, came("silent"));
    assert!(model.buffers[a].lines.is_empty());
    for (at, nick) in [(1, "erin"), (2, "gil")] {
        model.apply(
            NetworkId::new(0),
            0,
            &isupport,
            said("#a", nick, "hi", at, nick),
        );
    }
    let quit = |nick: &str| Event::Quit {
        nick: nick.into(),
        words: String::new(),
    };
    for event in [
        came("erin"),
        came("gil"),
        quit("gil"),
        Event::Renamed {
            old: "erin".into(),
            new: "erin_".into(),
            own: false,
        },
    ] {
        model.apply(NetworkId::new(0), 10, &isupport, event);
    }
    let last = model.buffers[a].lines.back().unwrap();
    assert_eq!(last.moved(), "+erin +gil −gil · erin is now erin_");
    model.joins = JoinFilter::Off;
    model.apply(NetworkId::new(0), 11, &isupport, came("gil"));
    assert_eq!(model.buffers[a].lines.len(), 3);
}

#[test]
fn what_was_read_elsewhere_is_read_here() {
    let (mut model, isupport) = model();
    model.look_at(model.find(NetworkId::new(0), "#b").unwrap());
    let a = model.find(NetworkId::new(0), "#a").unwrap();
    for n in 1..=3u64 {
        model.apply(
            NetworkId::new(0),
            0,
            &isupport,
            said("#a", "x", "me: hi", n, &n.to_string()),
        );
    }
    let marker = |time| Event::ReadMarker {
        buffer: "#a".into(),
        time: Some(time),
    };
    model.apply(NetworkId::new(0), 0, &isupport, marker(2));
    assert_eq!((model.buffers[a].unread, model.buffers[a].mentions), (1, 1));
    model.apply(NetworkId::new(0), 0, &isupport, marker(1));
    assert_eq!(model.buffers[a].unread, 1);
    model.apply(NetworkId::new(0), 0, &isupport, marker(3));
    assert_eq!((model.buffers[a].unread, model.buffers[a].mentions), (0, 0));
    // History from before the read marker does not count as unread.
    model.catching_up = true;
    let Event::Message(old) = said("#a", "x", "me", 1, "old") else {
        unreachable!()
    };
    model.apply(
        NetworkId::new(0),
        0,
        &isupport,
        Event::Message(ChatMessage {
            history: true,
            ..old
        }),
    );
    assert_eq!(model.buffers[a].unread, 0);
}

#[test]
fn what_fills_a_gap_stands_before_what_was_said_since() {
    let (mut model, isupport) = model();
    let a = model.find(NetworkId::new(0), "#a").unwrap();
    model.apply(
        NetworkId::new(0),
        0,
        &isupport,
        said("#a", "x", "before", 10, "1"),
    );
    model.open_gap(a, 11);
    model.apply(
        NetworkId::new(0),
        0,
        &isupport,
        said("#a", "x", "now", 40, "4"),
    );
    for (text, time, id) in [("missed", 20, "2"), ("too", 30, "3")] {
        let Event::Message(old) = said("#a", "x", text, time, id) else {
            unreachable!()
        };
        model.apply(
            NetworkId::new(0),
            0,
            &isupport,
            Event::Message(ChatMessage {
                history: true,
                ..old
            }),
        );
    }
    let kinds: Vec<_> = model.buffers[a]
        .lines
        .iter()
        .map(|l| (l.kind, l.text.to_string()))
        .collect();
    let texts: Vec<_> = kinds
        .iter()
        .map(|(_, text)| text.split(' ').next().unwrap())
        .collect();
    assert_eq!(texts, ["before", "missed", "too", "what", "now"]);
    assert_eq!(kinds[3].0, LineKind::Gap);
}

#[test]
fn two_networks_keep_their_rooms_apart() {
    let mut model = Model::new(&[("one", "me"), ("two", "I")]);
    let isupport = Isupport::default();
    for net in [1, 0] {
        let joined = Event::Joined {
            channel: "#a".into(),
            nick: "me".into(),
            own: true,
            account: None,
            place: None,
        };
        model.apply(NetworkId::new(net), 0, &isupport, joined);
    }
    model.apply(
        NetworkId::new(1),
        0,
        &isupport,
        said("#a", "x", "I: over here", 1, "1"),
    );
    let names: Vec<_> = model
        .buffers
        .iter()
        .map(|b| (b.network, b.name.to_string(), b.mentions))
        .collect();
    let want = [(0, "one", 0), (0, "#a", 0), (1, "two", 0), (1, "#a", 1)];
    assert_eq!(
        names,
        want.map(|(net, name, mentions)| (NetworkId::new(net), name.to_owned(), mentions))
    );
}
