//! Servers and people that mean no good, or do not keep to the specifications: what the client says
//! and keeps then. Each of these was a way to harm it once.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod stage;

use crossterm::event::{KeyCode, KeyModifiers};
use parlour_client::app::Wish;
use parlour_client::model::{BufferKind, LineKind, LineState};
use parlour_client::painter::Painter;
use parlour_client::view;
use stage::{CAPS, NOW, START, Stage};

impl Stage {
    /// In a room of a server with history, with nothing sent that was not looked at.
    fn in_a_room(more: &str) -> Stage {
        let mut s = Stage::bare();
        s.greet(CAPS, more);
        s.hear(0, ":me!u@h JOIN #lab\r\n:s 353 me = #lab :me bob\r\n:s 366 me #lab :End\r\n:s BATCH +1 chathistory #lab\r\n@batch=1;msgid=m1;time=2026-11-22T13:00:00.000Z :bob!u@h PRIVMSG #lab :hello\r\n:s BATCH -1");
        s.app.resize(120, 36);
        s.sent();
        s
    }

    /// The connection is lost, and made again.
    fn lose_and_return(&mut self, said_meanwhile: &[&str], more: &str) {
        self.app.disconnected(0, NOW, "the cable", 1);
        for text in said_meanwhile {
            self.line(text);
        }
        self.greet(CAPS, more);
        self.sent();
        self.hear(
            0,
            ":me!u@h JOIN #lab\r\n:s 353 me = #lab :me bob\r\n:s 366 me #lab :End",
        );
    }

    fn states(&self) -> Vec<(String, LineState)> {
        let lines = self.app.model.buffer().lines.iter().filter(|l| l.own);
        lines
            .map(|l| (l.text.to_string(), l.state.clone()))
            .collect()
    }

    fn texts(&self) -> String {
        let lines = self.app.model.buffer().lines.iter();
        lines.map(|l| format!("{}\n", l.text.as_str())).collect()
    }
}

#[test]
fn no_link_leads_where_another_says() {
    // Two addresses of which the short hash is the same.
    let (good, bad) = ("https://bank.example/login", "https://evil.example/d01d2");
    let mut s = Stage::in_a_room("");
    let mut painter = Painter::default();
    let shown = |painter: &mut Painter, s: &Stage| {
        String::from_utf8(painter.paint(view::draw(&s.app))).unwrap()
    };
    s.hear(
        0,
        &format!("@msgid=l :bob!u@h PRIVMSG #lab :see {good} or {bad}"),
    );
    let bytes = shown(&mut painter, &s);
    for url in [good, bad] {
        let (_, behind) = bytes.split_once(&format!(";{url}\x1b\\")).unwrap();
        let (text, _) = behind.split_once("\x1b]8;;").unwrap();
        assert!(text.contains(url), "{url}: {text:?}");
    }
    // What is taken off the screen takes no id with it: the other is written anew under its own.
    let mut s = Stage::in_a_room("");
    let mut painter = Painter::default();
    s.hear(0, &format!("@msgid=l :bob!u@h PRIVMSG #lab :{bad}"));
    shown(&mut painter, &s);
    s.hear(
        0,
        &format!("@msgid=n;+draft/edit=l :bob!u@h PRIVMSG #lab :{good}"),
    );
    let bytes = shown(&mut painter, &s);
    let (_, behind) = bytes.split_once(&format!(";{good}\x1b\\")).unwrap();
    assert!(
        behind.split("\x1b]8;;").next().unwrap().contains(good),
        "{behind:?}"
    );
}

#[test]
fn what_is_said_offline_is_not_taken_for_what_was_said_before() {
    let old = "@batch=2;msgid=o;time=2026-11-21T09:00:00.000Z :me!u@h PRIVMSG #lab :ok\r\n";
    let mut s = Stage::in_a_room("CHATHISTORY=100");
    s.lose_and_return(&["ok"], "CHATHISTORY=100");
    s.hear(
        0,
        &format!(":s BATCH +2 chathistory #lab\r\n{old}:s BATCH -2"),
    );
    let sent = s.sent();
    assert!(
        sent.contains("PRIVMSG #lab ok\r\n"),
        "{sent} {:?}",
        s.states()
    );
    // What was on its way and has arrived is not said twice; what was said long before is not it.
    for (time, again) in [
        ("2026-11-22T13:08:12.000Z", false),
        ("2026-11-22T12:00:00.000Z", true),
    ] {
        let mut s = Stage::in_a_room("CHATHISTORY=100");
        s.line("ok");
        s.lose_and_return(&[], "CHATHISTORY=100");
        s.hear(0, &format!(
            ":s BATCH +2 chathistory #lab\r\n@batch=2;msgid=o;time={time} :me!u@h PRIVMSG #lab :ok\r\n:s BATCH -2"
        ));
        assert_eq!(s.sent().contains("PRIVMSG #lab ok\r\n"), again, "{time}");
    }
}

#[test]
fn what_was_refused_is_not_sent_by_itself_in_another_life() {
    let mut s = Stage::in_a_room("");
    s.line("angry words");
    s.hear(0, "@label=m1 :s 404 me #lab :Cannot send to channel");
    s.line("on its way");
    let kept = s.app.kept();
    let mut next = Stage::bare();
    next.app.restore(kept);
    next.greet(CAPS, "");
    next.hear(
        0,
        ":me!u@h JOIN #lab\r\n:s BATCH +2 chathistory #lab\r\n:s BATCH -2",
    );
    let sent = next.sent();
    assert!(
        sent.contains("on its way") && !sent.contains("angry"),
        "{sent}"
    );
    let states = next.states();
    assert!(states.iter().any(|(text, state)| text == "angry words" && matches!(state, LineState::Failed { .. })));
}

#[test]
fn a_room_that_one_cannot_enter_again_says_so_and_keeps_nothing_waiting() {
    let mut s = Stage::in_a_room("");
    s.app.disconnected(0, NOW, "the cable", 1);
    s.line("offline words");
    s.greet(CAPS, "");
    assert!(s.sent().contains("JOIN #lab\r\n"));
    // What is said before the room is entered waits with it.
    s.line("more of them");
    assert!(!s.sent().contains("PRIVMSG"));
    s.hear(0, ":s 474 me #lab :Cannot join channel (+b)");
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
    s.hear(0, page);
    assert!(s.sent().contains("CHATHISTORY AFTER #lab msgid=y 2\r\n"));
    // The same once more.
    s.hear(0, page);
    let sent = s.sent();
    assert!(
        sent.contains("CHATHISTORY LATEST #lab * 2\r\n") && !sent.contains("AFTER"),
        "{sent}"
    );
    // And of a gap without end, the newest page is shown after some.
    let mut s = Stage::in_a_room("CHATHISTORY=1");
    s.lose_and_return(&[], "CHATHISTORY=1");
    let mut asked = 0;
    for n in 0..100 {
        let sent = s.sent();
        asked += sent.matches("AFTER").count();
        if sent.contains("LATEST") {
            break;
        }
        s.hear(0, &format!(":s BATCH +2 chathistory #lab\r\n@batch=2;msgid=z{n};time=2026-11-22T13:01:00.000Z :bob!u@h PRIVMSG #lab :{n}\r\n:s BATCH -2"));
    }
    assert!((2..20).contains(&asked), "{asked}");
}

#[test]
fn history_that_is_refused_or_not_answered_holds_nothing_up() {
    for answer in [
        // None of them names the room.
        Some(":s FAIL CHATHISTORY INVALID_PARAMS AFTER :That is no message id"),
        Some(":s FAIL CHATHISTORY MESSAGE_ERROR AFTER #lab :It could not be read"),
        None,
    ] {
        let mut s = Stage::in_a_room("CHATHISTORY=100");
        s.lose_and_return(&["offline words"], "CHATHISTORY=100");
        assert!(s.sent().contains("AFTER #lab msgid=m1"));
        match answer {
            Some(refusal) => {
                s.hear(0, refusal);
                // What the server does not know by its id, it may know by its time.
                assert!(s.sent().contains("AFTER #lab timestamp="), "{refusal}");
                s.hear(0, refusal);
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
    s.hear(0, ":friend!u@h PRIVMSG me :hi");
    let friend = s.app.model.find(0, "friend").unwrap();
    s.line(&format!("/buffer {}", friend + 1));
    s.line("hello friend");
    s.line("/buffer #lab");
    s.sent();
    for n in 0..1_000 {
        s.hear(0, &format!(":n{n}!u@h PRIVMSG me :hi"));
    }
    let people = || {
        s.app
            .model
            .buffers
            .iter()
            .filter(|b| b.kind == BufferKind::Person)
    };
    assert!(people().count() <= 202, "{}", people().count());
    let last = s.app.model.find(0, "n999");
    assert!(last.is_some() && s.app.model.find(0, "friend").is_some());
    let kept: Vec<String> = s.app.kept().buffers.into_iter().map(|b| b.name).collect();
    assert_eq!(kept, ["#lab", "friend"]);
    assert!(s.sent().matches("CHATHISTORY").count() <= 8);
}

#[test]
fn a_server_that_says_nothing_is_left_and_one_that_says_too_much_not_heard() {
    let mut s = Stage::bare();
    s.connect(0);
    assert!(s.app.tick(START + 59_000).is_empty());
    assert_eq!(s.app.tick(START + 60_000), [0]);
    s.line("/reconnect");
    assert!(s.app.take_wishes().contains(&Wish::Reconnect(0)));
    let mut s = Stage::bare();
    s.connect(0);
    for n in 0..1_000 {
        s.hear(0, &format!(":s CAP * LS * :cap{n} more{n}"));
    }
    assert!(s.sent().ends_with("QUIT\r\n"));
    assert!(s.app.take_wishes().contains(&Wish::Hold(0)));
    let refused = s.texts().matches("more capabilities").count();
    assert_eq!(refused, 1);
}

#[test]
fn a_nick_that_cannot_be_is_not_tried_again() {
    let mut s = Stage::bare();
    s.connect(0);
    s.hear(0, ":s CAP * LS :\r\n:s 432 * me :Erroneous nickname");
    assert!(s.sent().ends_with("QUIT\r\n"));
    assert!(s.app.take_wishes().contains(&Wish::Hold(0)));
    s.app.held(0, NOW, "closed");
    s.line("/nick myself");
    s.greet("", "");
    s.connect(0);
    s.hear(0, ":s CAP * LS :");
    let mut other = Stage::bare();
    other.line("/nick myself");
    other
        .app
        .connected(0, NOW, true, parlour_client::engine::Start::default(), None);
    assert!(other.sent().contains("NICK myself\r\n"));
}

#[test]
fn an_echo_is_asked_for_only_where_it_can_be_told_apart() {
    for (offered, asked) in [
        ("echo-message message-tags batch", false),
        ("echo-message labeled-response batch message-tags", true),
    ] {
        let mut s = Stage::bare();
        s.connect(0);
        s.hear(0, &format!(":s CAP * LS :{offered}"));
        assert_eq!(s.sent().contains("echo-message"), asked, "{offered}");
    }
    // What is refused as a whole is asked for one by one.
    let mut s = Stage::bare();
    s.connect(0);
    s.hear(
        0,
        ":s CAP * LS :batch message-tags\r\n:s CAP * NAK :batch message-tags",
    );
    assert!(
        s.sent()
            .ends_with("CAP REQ batch\r\nCAP REQ message-tags\r\n")
    );
    s.hear(0, ":s CAP * NAK :batch\r\n:s CAP * ACK :message-tags");
    assert_eq!(s.sent(), "CAP END\r\n");
}

#[test]
fn nobody_is_thrown_out_by_their_own_words() {
    let mut s = Stage::in_a_room("");
    s.hear(
        0,
        ":bob!u@h PRIVMSG #lab :hm\r\n:bob!u@h PART #lab :thrown out by admin: you are next",
    );
    assert!(!s.texts().contains("thrown out"));
    s.hear(0, ":eve!u@h JOIN #lab\r\n:bob!u@h KICK #lab eve :spam");
    assert!(s.texts().contains("! eve was thrown out by bob: spam"));
}

#[test]
fn more_than_anybody_could_read_is_cut_and_drawn() {
    let mut s = Stage::in_a_room("");
    s.hear(0, ":bob!u@h BATCH +9 draft/multiline #lab");
    for n in 0..100 {
        let concat = if n > 0 { ";draft/multiline-concat" } else { "" };
        let start = if n > 0 { "" } else { "http://" };
        s.hear(
            0,
            &format!(
                "@batch=9{concat} :bob!u@h PRIVMSG #lab :{start}{}",
                ")".repeat(400)
            ),
        );
    }
    s.hear(0, ":s BATCH -9");
    let line = s.app.model.buffer().lines.back().unwrap();
    assert!((8_000..=16 * 1024).contains(&line.text.as_str().len()));
    s.key(KeyCode::Esc, KeyModifiers::NONE);
    s.key(KeyCode::Enter, KeyModifiers::NONE);
    assert!(view::draw(&s.app).links.is_empty());
}
