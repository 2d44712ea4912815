//! Messages on their way: each arrives once and as it was typed, or is there as unsent.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod stage;

use crossterm::event::{KeyCode, KeyModifiers};
use parlour_client::model::LineState;
use stage::{CAPS, NET, NOW, Stage};

#[test]
fn what_is_said_offline_is_not_taken_for_what_was_said_before() {
    let old = "@batch=2;msgid=o;time=2026-11-21T09:00:00.000Z :me!u@h PRIVMSG #lab :ok\r\n";
    let mut s = Stage::in_a_room("CHATHISTORY=100");
    s.lose_and_return(&["ok"], "CHATHISTORY=100");
    s.hear(
        NET,
        &format!(":s BATCH +2 chathistory #lab\r\n{old}:s BATCH -2"),
    );
    let sent = s.sent();
    assert!(
        sent.contains("PRIVMSG #lab ok\r\n"),
        "{sent} {:?}",
        s.states()
    );
    // A message in flight that arrived is not sent twice; an old one with the same text is not it.
    for (time, again) in [
        ("2026-11-22T13:08:12.000Z", false),
        ("2026-11-22T12:00:00.000Z", true),
    ] {
        let mut s = Stage::in_a_room("CHATHISTORY=100");
        s.line("ok");
        s.lose_and_return(&[], "CHATHISTORY=100");
        s.hear(NET, &format!(
            ":s BATCH +2 chathistory #lab\r\n@batch=2;msgid=o;time={time} :me!u@h PRIVMSG #lab :ok\r\n:s BATCH -2"
        ));
        assert_eq!(s.sent().contains("PRIVMSG #lab ok\r\n"), again, "{time}");
    }
}

#[test]
fn what_was_refused_is_not_sent_by_itself_in_another_life() {
    let mut s = Stage::in_a_room("");
    s.line("angry words");
    s.hear(NET, "@label=m1 :s 404 me #lab :Cannot send to channel");
    s.line("on its way");
    let kept = s.app.saved_state();
    let mut next = Stage::bare();
    next.app.restore(kept);
    next.greet(CAPS, "");
    next.hear(
        NET,
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
fn an_echo_is_asked_for_only_where_it_can_be_told_apart() {
    for (offered, asked) in [
        ("echo-message message-tags batch", false),
        ("echo-message labeled-response batch message-tags", true),
    ] {
        let mut s = Stage::bare();
        s.connect(NET);
        s.hear(NET, &format!(":s CAP * LS :{offered}"));
        assert_eq!(s.sent().contains("echo-message"), asked, "{offered}");
    }
    // Capabilities refused together are requested one by one.
    let mut s = Stage::bare();
    s.connect(NET);
    s.hear(
        NET,
        ":s CAP * LS :batch message-tags\r\n:s CAP * NAK :batch message-tags",
    );
    assert!(
        s.sent()
            .ends_with("CAP REQ batch\r\nCAP REQ message-tags\r\n")
    );
    s.hear(NET, ":s CAP * NAK :batch\r\n:s CAP * ACK :message-tags");
    assert_eq!(s.sent(), "CAP END\r\n");
}

#[test]
fn what_was_typed_goes_out_as_it_was_typed() {
    let mut s = Stage::in_a_room("");
    s.app.disconnected(NET, NOW, "the cable", 1);
    s.line("/spoiler darth is luke");
    let kept = s.app.saved_state();
    s.greet(CAPS, "");
    s.hear(
        NET,
        ":me!u@h JOIN #lab\r\n:s BATCH +2 chathistory #lab\r\n:s BATCH -2",
    );
    assert!(
        s.sent()
            .contains("PRIVMSG #lab :\u{3}01,01darth is luke\u{3}\r\n")
    );
    let mut next = Stage::bare();
    next.app.restore(kept);
    next.greet(CAPS, "");
    next.hear(
        NET,
        ":me!u@h JOIN #lab\r\n:s BATCH +2 chathistory #lab\r\n:s BATCH -2",
    );
    assert!(next.sent().contains("\u{3}01,01darth is luke\u{3}"));
}

#[test]
fn an_edit_that_has_arrived_is_not_sent_again() {
    let mut s = Stage::in_a_room("CHATHISTORY=100");
    s.hear(
        NET,
        "@msgid=o;time=2026-11-22T13:08:01.000Z :me!u@h PRIVMSG #lab :teh label",
    );
    s.line("/edit the label");
    s.sent();
    s.lose_and_return(&[], "CHATHISTORY=100");
    s.hear(NET, ":s BATCH +2 chathistory #lab\r\n@batch=2;msgid=o2;+draft/edit=o;time=2026-11-22T13:08:12.000Z :me!u@h PRIVMSG #lab :the label\r\n:s BATCH -2");
    let sent = s.sent();
    assert!(!sent.contains("the label"), "{sent}");
    assert!(s.texts().contains("the label") && !s.texts().contains("teh"));
}

#[test]
fn what_may_have_arrived_is_not_said_again_by_itself() {
    let mut s = Stage::in_a_room("CHATHISTORY=100");
    s.hear(
        NET,
        "@msgid=p1;time=2026-11-22T13:01:00.000Z :bob!u@h PRIVMSG me :hi",
    );
    s.line("/msg bob on its way");
    s.app.disconnected(NET, NOW, "the cable", 1);
    s.line("said offline");
    s.greet(CAPS, "CHATHISTORY=100");
    // A guest has no private history to request.
    for _ in 0..2 {
        s.sent();
        s.hear(
            NET,
            ":s FAIL CHATHISTORY INVALID_TARGET AFTER bob :There is no such target",
        );
    }
    let states = s.states();
    let LineState::Failed { why } = &states[0].1 else {
        panic!("{states:?}")
    };
    assert!(why.as_str().contains("may have arrived"), "{why}");
    assert!(
        matches!(states[1].1, LineState::Pending { .. }),
        "{states:?}"
    );
}

#[test]
fn what_is_taken_back_counts_no_more_and_what_cannot_be_said_stays() {
    let mut s = Stage::in_a_room("");
    s.hear(NET, ":me!u@h JOIN #two");
    let two = s.app.model.find(NET, "#two").unwrap();
    s.hear(NET, "@msgid=a;time=2026-11-22T13:09:00.000Z :bob!u@h PRIVMSG #two :oops me\r\n@msgid=b;time=2026-11-22T13:09:01.000Z :bob!u@h PRIVMSG #two :well");
    s.hear(NET, ":bob!u@h REDACT #two a");
    let buffer = &s.app.model.buffers[two];
    assert_eq!((buffer.unread, buffer.mentions), (1, 0));
    s.hear(NET, "@msgid=o :me!u@h PRIVMSG #lab :mine");
    s.key(KeyCode::Char('e'), KeyModifiers::ALT);
    s.keys(", anew");
    s.hear(NET, ":bob!u@h KICK #lab me :out");
    s.key(KeyCode::Enter, KeyModifiers::NONE);
    assert_eq!(s.app.composer.text(), "mine, anew");
    assert!(s.app.context.is_some() && s.texts().contains("You are not in this room"));
}
