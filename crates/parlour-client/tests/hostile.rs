//! Hostile and broken servers and users. Each of these cases harmed the client once.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod stage;

use crossterm::event::{KeyCode, KeyModifiers};
use parlour_client::app::HostCommand;
use parlour_client::app::mode::Mode;
use parlour_client::clock::Now;
use parlour_client::model::{BufferKind, LineKind, LineState};
use parlour_client::renderer::Renderer;
use parlour_client::view;
use stage::{CAPS, NET, NOW, START, Stage};

#[test]
fn no_link_leads_where_another_says() {
    // Two addresses with the same short hash.
    let (good, bad) = ("https://bank.example/login", "https://evil.example/d01d2");
    let mut s = Stage::in_a_room("");
    let mut renderer = Renderer::default();
    let shown = |renderer: &mut Renderer, s: &Stage| {
        String::from_utf8(renderer.paint(view::draw(&s.app))).unwrap()
    };
    s.hear(
        NET,
        &format!("@msgid=l :bob!u@h PRIVMSG #lab :see {good} or {bad}"),
    );
    let bytes = shown(&mut renderer, &s);
    for url in [good, bad] {
        let (_, behind) = bytes.split_once(&format!(";{url}\x1b\\")).unwrap();
        let (text, _) = behind.split_once("\x1b]8;;").unwrap();
        assert!(text.contains(url), "{url}: {text:?}");
    }
    // An id is free again once its link left the screen: the other is written under its own id.
    let mut s = Stage::in_a_room("");
    let mut renderer = Renderer::default();
    s.hear(NET, &format!("@msgid=l :bob!u@h PRIVMSG #lab :{bad}"));
    shown(&mut renderer, &s);
    s.hear(
        NET,
        &format!("@msgid=n;+draft/edit=l :bob!u@h PRIVMSG #lab :{good}"),
    );
    let bytes = shown(&mut renderer, &s);
    let (_, behind) = bytes.split_once(&format!(";{good}\x1b\\")).unwrap();
    assert!(
        behind.split("\x1b]8;;").next().unwrap().contains(good),
        "{behind:?}"
    );
}

#[test]
fn a_room_that_one_cannot_enter_again_says_so_and_keeps_nothing_waiting() {
    let mut s = Stage::in_a_room("");
    s.app.disconnected(NET, NOW, "the cable", 1);
    s.line("offline words");
    s.greet(CAPS, "");
    assert!(s.sent().contains("JOIN #lab\r\n"));
    // A message typed before the join completes waits with it.
    s.line("more of them");
    assert!(!s.sent().contains("PRIVMSG"));
    s.hear(NET, ":s 474 me #lab :Cannot join channel (+b)");
    assert!(!s.app.model.buffer().joined);
    for (text, state) in s.states() {
        assert!(matches!(state, LineState::Failed { .. }), "{text}");
    }
    assert!(s.texts().contains("#lab: Cannot join channel (+b)"));
    s.line("hello?");
    assert!(s.texts().contains("You are not in this room"));
}

#[test]
fn a_gap_that_never_ends_is_not_filled_for_ever() {
    let mut s = Stage::in_a_room("CHATHISTORY=2");
    s.lose_and_return(&[], "CHATHISTORY=2");
    let page = ":s BATCH +2 chathistory #lab\r\n@batch=2;msgid=x;time=2026-11-22T13:01:00.000Z :bob!u@h PRIVMSG #lab :a\r\n@batch=2;msgid=y;time=2026-11-22T13:01:01.000Z :bob!u@h PRIVMSG #lab :b\r\n:s BATCH -2";
    assert!(s.sent().contains("CHATHISTORY AFTER #lab msgid=m1 2\r\n"));
    s.hear(NET, page);
    assert!(s.sent().contains("CHATHISTORY AFTER #lab msgid=y 2\r\n"));
    // The same once more.
    s.hear(NET, page);
    let sent = s.sent();
    assert!(
        sent.contains("CHATHISTORY LATEST #lab * 2\r\n") && !sent.contains("AFTER"),
        "{sent}"
    );
    // In an endless gap, the newest page is shown after a few requests.
    let mut s = Stage::in_a_room("CHATHISTORY=1");
    s.lose_and_return(&[], "CHATHISTORY=1");
    let mut asked = 0;
    for n in 0..100 {
        let sent = s.sent();
        asked += sent.matches("AFTER").count();
        if sent.contains("LATEST") {
            break;
        }
        s.hear(NET, &format!(":s BATCH +2 chathistory #lab\r\n@batch=2;msgid=z{n};time=2026-11-22T13:01:00.000Z :bob!u@h PRIVMSG #lab :{n}\r\n:s BATCH -2"));
    }
    assert!((2..20).contains(&asked), "{asked}");
}

#[test]
fn history_that_is_refused_or_not_answered_holds_nothing_up() {
    for answer in [
        // Without the name of the channel.
        Some(":s FAIL CHATHISTORY INVALID_PARAMS AFTER :That is no message id"),
        Some(":s FAIL CHATHISTORY MESSAGE_ERROR AFTER #lab :It could not be read"),
        None,
    ] {
        let mut s = Stage::in_a_room("CHATHISTORY=100");
        s.lose_and_return(&["offline words"], "CHATHISTORY=100");
        assert!(s.sent().contains("AFTER #lab msgid=m1"));
        match answer {
            Some(refusal) => {
                s.hear(NET, refusal);
                // A point unknown by its id may be known by its time.
                assert!(s.sent().contains("AFTER #lab timestamp="), "{refusal}");
                s.hear(NET, refusal);
            }
            None => drop(s.app.tick(NOW + 40_000)),
        }
        assert!(
            s.sent().contains("PRIVMSG #lab :offline words\r\n"),
            "{answer:?}"
        );
        let buffer = s.app.model.buffer();
        assert!(!buffer.loading);
        let gap = buffer
            .lines
            .iter()
            .find(|l| l.text.as_str().contains("could not be fetched"));
        assert_eq!(gap.unwrap().kind, LineKind::Error);
    }
}

#[test]
fn a_flood_of_nicks_opens_some_buffers_and_asks_a_little_at_a_time() {
    let mut s = Stage::in_a_room("CHATHISTORY=100");
    s.hear(NET, ":friend!u@h PRIVMSG me :hi");
    let friend = s.app.model.find(NET, "friend").unwrap();
    s.line(&format!("/buffer {}", friend + 1));
    s.line("hello friend");
    s.line("/buffer #lab");
    s.sent();
    for n in 0..1_000 {
        s.hear(NET, &format!(":n{n}!u@h PRIVMSG me :hi"));
    }
    let people = || {
        s.app
            .model
            .buffers
            .iter()
            .filter(|b| b.kind == BufferKind::Person)
    };
    assert!(people().count() <= 202, "{}", people().count());
    let last = s.app.model.find(NET, "n999");
    assert!(last.is_some() && s.app.model.find(NET, "friend").is_some());
    let kept: Vec<String> = s
        .app
        .saved_state()
        .buffers
        .into_iter()
        .map(|b| b.name)
        .collect();
    // Of strangers, the last few conversations are saved until they are read.
    assert!(
        kept.contains(&"friend".into()) && kept.len() == 22,
        "{kept:?}"
    );
    assert!(s.sent().matches("CHATHISTORY").count() <= 8);
    // Each answer allows one more request, the last of them too.
    let (mut asked, mut last) = (0, false);
    for n in 0..1_000 {
        s.hear(NET, &format!(":s BATCH +h chathistory n{n}\r\n:s BATCH -h"));
        let sent = s.sent();
        asked += sent.matches("CHATHISTORY LATEST n").count();
        last |= sent.contains("LATEST n999 ");
    }
    assert!(last && asked <= 200, "{asked}");
    // Answers that were not requested open no buffers either.
    let before = s.app.model.buffers.len();
    for n in 0..300 {
        s.hear(
            NET,
            &format!(":s CHATHISTORY TARGETS q{n} 2026-11-22T13:07:02.000Z"),
        );
    }
    assert_eq!(s.app.model.buffers.len(), before);
}

#[test]
fn a_server_that_says_nothing_is_left_and_one_that_says_too_much_not_heard() {
    let mut s = Stage::bare();
    s.connect(NET);
    assert!(s.app.tick(START + 59_000).is_empty());
    assert_eq!(s.app.tick(START + 60_000), [NET]);
    s.line("/reconnect");
    assert!(s.app.take_commands().contains(&HostCommand::Reconnect(NET)));
    let mut s = Stage::bare();
    s.connect(NET);
    for n in 0..1_000 {
        s.hear(NET, &format!(":s CAP * LS * :cap{n} more{n}"));
    }
    assert!(s.sent().ends_with("QUIT\r\n"));
    assert!(s.app.take_commands().contains(&HostCommand::Hold(NET)));
    let refused = s.texts().matches("more capabilities").count();
    assert_eq!(refused, 1);
}

#[test]
fn a_nick_that_cannot_be_is_not_tried_again() {
    let mut s = Stage::bare();
    s.connect(NET);
    s.hear(NET, ":s CAP * LS :\r\n:s 432 * me :Erroneous nickname");
    assert!(s.sent().ends_with("QUIT\r\n"));
    assert!(s.app.take_commands().contains(&HostCommand::Hold(NET)));
    s.app.connection_held(NET, NOW, "closed");
    s.line("/nick myself");
    let start = parlour_client::engine::SessionOptions::default();
    s.app.connected(NET, NOW, true, start, None);
    assert!(s.sent().contains("NICK myself\r\n"));
}

#[test]
fn nobody_is_thrown_out_by_their_own_words() {
    let mut s = Stage::in_a_room("");
    s.hear(
        NET,
        ":bob!u@h PRIVMSG #lab :hm\r\n:bob!u@h PART #lab :kicked by admin: you are next",
    );
    assert!(!s.texts().contains("kicked by admin"));
    s.hear(NET, ":eve!u@h JOIN #lab\r\n:bob!u@h KICK #lab eve :spam");
    assert!(s.texts().contains("! eve was kicked by bob: spam"));
}

#[test]
fn more_than_anybody_could_read_is_cut_and_drawn() {
    let mut s = Stage::in_a_room("");
    s.hear(NET, ":bob!u@h BATCH +9 draft/multiline #lab");
    for n in 0..100 {
        let concat = if n > 0 { ";draft/multiline-concat" } else { "" };
        let start = if n > 0 { "" } else { "http://" };
        s.hear(
            NET,
            &format!(
                "@batch=9{concat} :bob!u@h PRIVMSG #lab :{start}{}",
                ")".repeat(400)
            ),
        );
    }
    s.hear(NET, ":s BATCH -9");
    let line = s.app.model.buffer().lines.back().unwrap();
    assert!((8_000..=16 * 1024).contains(&line.text.as_str().len()));
    s.key(KeyCode::Esc, KeyModifiers::NONE);
    s.key(KeyCode::Enter, KeyModifiers::NONE);
    assert!(view::draw(&s.app).links.is_empty());
}

#[test]
fn nothing_is_missing_between_what_was_jumped_to_and_now() {
    let mut s = Stage::in_a_room("CHATHISTORY=3");
    s.line("/search old");
    s.hear(NET, ":s BATCH +5 soju.im/search\r\n@batch=5;msgid=o1;time=2026-11-21T13:00:00.000Z :bob!u@h PRIVMSG #lab :old\r\n:s BATCH -5");
    s.key(KeyCode::Enter, KeyModifiers::NONE);
    assert!(s.sent().contains("CHATHISTORY AROUND #lab msgid=o1 3\r\n"));
    let page = |name: &str, ids: [u32; 3]| {
        let lines = ids.map(|n| format!("@batch={name};msgid=o{n};time=2026-11-21T13:0{n}:00.000Z :bob!u@h PRIVMSG #lab :old {n}"));
        format!(
            ":s BATCH +{name} chathistory #lab\r\n{}\r\n:s BATCH -{name}",
            lines.join("\r\n")
        )
    };
    s.hear(NET, &page("6", [0, 1, 2]));
    // A live message does not belong into the gap.
    s.hear(
        NET,
        "@msgid=live;time=2026-11-22T13:09:00.000Z :bob!u@h PRIVMSG #lab :right now",
    );
    assert!(!s.texts().contains("right now"));
    s.key(KeyCode::PageDown, KeyModifiers::NONE);
    assert!(s.sent().contains("CHATHISTORY AFTER #lab msgid=o2 3\r\n"));
    s.hear(NET, &page("7", [3, 4, 5]));
    s.key(KeyCode::PageDown, KeyModifiers::NONE);
    assert!(s.sent().contains("CHATHISTORY AFTER #lab msgid=o5 3\r\n"));
}

#[test]
fn names_that_change_while_something_is_under_way() {
    let mut s = Stage::in_a_room("CHATHISTORY=100");
    s.hear(NET, ":bob!u@h PRIVMSG me :hi");
    assert!(s.sent().contains("CHATHISTORY LATEST bob * 100"));
    s.hear(NET, ":bob!u@h NICK robert");
    s.hear(NET, ":s BATCH +2 chathistory bob\r\n:s BATCH -2");
    let robert = s.app.model.find(NET, "robert").unwrap();
    assert!(!s.app.model.buffers[robert].loading);
    // A channel that forwards to another, and one without an answer.
    for answer in [
        Some(":s 470 me #lab ##over :Forwarding to another channel"),
        None,
    ] {
        let mut s = Stage::in_a_room("");
        s.app.disconnected(NET, NOW, "the cable", 1);
        s.line("hello?");
        s.greet(CAPS, "");
        match answer {
            Some(answer) => s.hear(NET, answer),
            None => drop(s.app.tick(NOW + 61_000)),
        }
        assert!(
            matches!(s.states()[0].1, LineState::Failed { .. }),
            "{answer:?}"
        );
    }
    // Keys are found under the server's case mapping.
    let mut s = Stage::in_a_room("");
    s.line("/join #a[b],#c k1,k2");
    s.hear(NET, ":me!u@h JOIN #a[b]\r\n:me!u@h JOIN #c");
    s.app.disconnected(NET, NOW, "the cable", 1);
    s.sent();
    s.greet(CAPS, "");
    let sent = s.sent();
    assert!(sent.contains("JOIN #a[b],#c,#lab k1,k2\r\n"), "{sent}");
}

#[test]
fn a_room_that_was_left_stays_left() {
    let mut s = Stage::in_a_room("");
    s.line("/part");
    s.hear(NET, ":bob!u@h PRIVMSG #lab :wait\r\n:me!u@h PART #lab");
    assert!(s.app.model.find(NET, "#lab").is_none());
}

#[test]
fn odd_answers_are_answers() {
    let mut s = Stage::in_a_room("");
    // A PONG without a server name counts as well.
    s.app.tick(NOW);
    s.hear(NET, &format!("PONG :lag{NOW}"));
    s.app.tick(NOW + 30_000);
    s.hear(NET, &format!("PONG :lag{}", NOW + 30_000));
    assert!(s.app.tick(NOW + 62_000).is_empty());
    // An away member stays away after a new list of names.
    s.hear(
        NET,
        ":bob!u@h AWAY :lunch\r\n:s 353 me = #lab :me @bob\r\n:s 366 me #lab :End",
    );
    let bob = &s.app.model.buffer().members["bob"];
    assert!(bob.away && bob.prefix == "@");
    // A refused search is over.
    s.line("/search x");
    s.hear(NET, ":s FAIL SEARCH INVALID_PARAMS :no");
    let Mode::Choose(list) = &s.app.mode else {
        panic!("there is no list")
    };
    assert!(!list.open);
}

#[test]
fn what_comes_late_takes_nobody_away_from_what_they_do() {
    let mut s = Stage::in_a_room("");
    s.line("/join #x");
    s.key(KeyCode::Char('g'), KeyModifiers::CONTROL);
    s.keys("lo");
    s.hear(NET, ":me!u@h JOIN #x");
    s.keys("bby");
    let Mode::Switch(switcher) = &s.app.mode else {
        panic!("the switcher is gone")
    };
    assert_eq!(switcher.query.text, "lobby");
    // With an edit begun elsewhere, /msg sends its own text.
    let mut s = Stage::in_a_room("");
    s.hear(NET, "@msgid=o :me!u@h PRIVMSG bob :an old one");
    s.line("/msg bob");
    s.key(KeyCode::Char('e'), KeyModifiers::ALT);
    assert!(s.app.context.is_some());
    s.key(KeyCode::Char('p'), KeyModifiers::CONTROL);
    s.sent();
    s.line("/msg bob completely new");
    let sent = s.sent();
    assert!(sent.contains("PRIVMSG bob :completely new"), "{sent}");
    assert!(!sent.contains("draft/edit"), "{sent}");
    // A command without a result does not leave the client in message mode.
    let mut s = Stage::in_a_room("");
    s.line("/open");
    s.keys("d");
    assert_eq!(s.app.composer.text(), "d");
}

#[test]
fn after_a_jump_that_fails_the_room_is_live_again() {
    let jump = |s: &mut Stage| {
        s.line("/search old");
        s.hear(NET, ":s BATCH +5 soju.im/search\r\n@batch=5;msgid=o1;time=2026-11-21T13:00:00.000Z :bob!u@h PRIVMSG #lab :old\r\n:s BATCH -5");
        s.key(KeyCode::Enter, KeyModifiers::NONE);
        assert!(s.sent().contains("AROUND #lab msgid=o1"));
    };
    let newest = ":s BATCH +7 chathistory #lab\r\n@batch=7;msgid=m1;time=2026-11-22T13:00:00.000Z :bob!u@h PRIVMSG #lab :hello\r\n:s BATCH -7";
    // The message was deleted meanwhile.
    let mut s = Stage::in_a_room("CHATHISTORY=100");
    jump(&mut s);
    s.hear(NET, ":s BATCH +6 chathistory #lab\r\n@batch=6;msgid=o2;time=2026-11-21T13:01:00.000Z :bob!u@h PRIVMSG #lab :near it\r\n:s BATCH -6");
    assert!(s.sent().contains("LATEST #lab *"));
    s.hear(NET, newest);
    s.hear(
        NET,
        "@msgid=n1;time=2026-11-22T13:09:00.000Z :bob!u@h PRIVMSG #lab :right now",
    );
    assert!(s.texts().contains("right now") && !s.app.model.buffer().detached);
    // The connection was lost before the answer.
    let mut s = Stage::in_a_room("CHATHISTORY=100");
    jump(&mut s);
    s.lose_and_return(&[], "CHATHISTORY=100");
    s.hear(NET, newest);
    s.hear(
        NET,
        "@msgid=n1;time=2026-11-22T13:09:00.000Z :bob!u@h PRIVMSG #lab :right now",
    );
    assert!(s.texts().contains("right now") && !s.app.model.buffer().detached);
    // Lines not on display are not marked as read.
    let mut s = Stage::in_a_room("CHATHISTORY=100");
    jump(&mut s);
    s.hear(NET, ":s BATCH +6 chathistory #lab\r\n@batch=6;msgid=o1;time=2026-11-21T13:00:00.000Z :bob!u@h PRIVMSG #lab :old\r\n:s BATCH -6");
    s.hear(
        NET,
        "@msgid=n1;time=2026-11-22T13:09:00.000Z :bob!u@h PRIVMSG #lab :me: right now",
    );
    assert_eq!(s.app.model.buffer().mentions, 1);
}

#[test]
fn thousands_of_rooms_that_nobody_asked_for_are_taken_up_between_keys() {
    let mut s = Stage::in_a_room("CHATHISTORY=100");
    s.sent();
    let flood: String = (0..5_000)
        .map(|n| format!(":me!u@h JOIN #forced{n}\r\n"))
        .collect();
    s.app.receive_bytes(NET, NOW, flood.as_bytes());
    let mut portions = 0;
    while s.app.handle_events(100) {
        portions += 1;
        s.keys("x");
    }
    assert_eq!(s.app.composer.text().len(), portions);
    assert!(portions >= 49, "{portions}");
    let rooms = s.app.model.buffers.len();
    assert!(rooms < 2_100, "{rooms}");
    // Only a few of them are requested at once.
    assert!(s.sent().matches("CHATHISTORY").count() <= 8);
}

#[test]
fn a_page_that_brings_nothing_new_is_the_last_that_is_asked_for() {
    let mut s = Stage::in_a_room("CHATHISTORY=1");
    s.sent();
    let page = ":s BATCH +2 chathistory #lab\r\n@batch=2;msgid=y;time=2026-11-22T12:01:01.000Z :bob!u@h PRIVMSG #lab :b\r\n:s BATCH -2";
    // The history before the first message was requested already.
    s.hear(NET, page);
    let mut asked = 0;
    for _ in 0..50 {
        s.key(KeyCode::PageUp, KeyModifiers::NONE);
        let sent = s.sent();
        asked += sent.matches("CHATHISTORY").count();
        if sent.contains("CHATHISTORY") {
            s.hear(NET, page);
        }
    }
    assert!((1..=3).contains(&asked), "{asked}");
}

#[test]
fn a_wall_clock_that_is_set_costs_no_connection() {
    let mut s = Stage::in_a_room("");
    let at = |wall, steady| Now { wall, steady };
    assert!(s.app.tick(at(NOW, NOW)).is_empty());
    s.sent();
    assert!(s.app.tick(at(NOW + 7_200_000, NOW + 1_000)).is_empty());
    assert!(s.app.tick(at(NOW - 7_200_000, NOW + 2_000)).is_empty());
    // A clock set back does not delay the timeout of a silent server.
    s.app.tick(at(NOW - 7_200_000, NOW + 31_000));
    assert_eq!(s.app.tick(at(NOW - 7_200_000, NOW + 95_000)), [NET]);
}
