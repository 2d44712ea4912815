//! Habits from other clients, and what they do here.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod stage;

use crossterm::event::{KeyCode, KeyModifiers};
use parlour_client::app::HostCommand;
use parlour_client::app::mode::Mode;
use parlour_client::model::LineState;
use stage::{CAPS, NET, NOW, Stage};

#[test]
fn saying_anew_gives_back_what_was_being_typed() {
    let own = "@msgid=o;time=2026-11-22T13:08:01.000Z :me!u@h PRIVMSG #lab :teh label";
    for leave in [KeyCode::Esc, KeyCode::Char('c')] {
        let mut s = Stage::new();
        s.hear(NET, own);
        s.keys("my long draft");
        s.alt('e');
        assert_eq!(s.app.composer.text(), "teh label");
        let modifiers = match leave {
            KeyCode::Esc => KeyModifiers::NONE,
            _ => KeyModifiers::CONTROL,
        };
        s.key(leave, modifiers);
        assert_eq!(s.app.composer.text(), "my long draft");
        assert!(s.app.context.is_none());
    }
    let mut s = Stage::new();
    s.hear(NET, own);
    s.keys("my long draft");
    s.sent();
    s.alt('e');
    s.key(KeyCode::Char('u'), KeyModifiers::CONTROL);
    s.line("the label");
    assert!(s.sent().contains("+draft/edit=o PRIVMSG #lab :the label"));
    assert_eq!(s.app.composer.text(), "my long draft");
    // Deleting a message deletes its edits too.
    s.hear(
        NET,
        "@msgid=o2;label=m1;+draft/edit=o :me!u@h PRIVMSG #lab :the label",
    );
    s.key(KeyCode::Char('u'), KeyModifiers::CONTROL);
    s.line("/redact");
    s.keys("y");
    s.app.tick(NOW + 5_000);
    let sent = s.sent();
    assert!(
        sent.contains("REDACT #lab o\r\nREDACT #lab o2\r\n"),
        "{sent}"
    );
}

#[test]
fn a_number_that_no_message_has_means_none() {
    let mut s = Stage::new();
    for line in ["/redact 99", "/reply 99 hi", "/react 99 :tada:", "/open 99"] {
        s.line(line);
        assert!(
            s.last().contains("no message number 99"),
            "{line}: {}",
            s.last()
        );
        assert_eq!(s.app.mode, Mode::Compose);
    }
    s.line("/react 1 nosuchemoji");
    assert!(
        s.app
            .flashed()
            .unwrap()
            .as_str()
            .contains("no emoji called nosuchemoji")
    );
    assert!(!s.sent().contains("react="));
}

#[test]
fn answers_stand_where_they_were_asked_in_sentences() {
    let mut s = Stage::new();
    s.line("/whois bob");
    s.hear(NET, ":s 311 me bob ~bob 192.0.2.1 * :Bob B\r\n:s 301 me bob :lunch\r\n:s 671 me bob :is using a secure connection\r\n:s 317 me bob 75 1795352400 :seconds idle, signon time\r\n:s 319 me bob :#lab @#ops\r\n:s 318 me bob :End of /WHOIS list");
    let screen = s.screen();
    for words in [
        "bob is ~bob@192.0.2.1: Bob B",
        "bob is away: lunch",
        "bob is using a secure connection",
        "bob has said nothing for 1 min, and has been here since",
        "bob is in #lab @#ops",
    ] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    assert!(!screen.contains("✗"));
    s.hear(NET, ":s 368 me #lab :End of channel ban list");
    assert_eq!(s.last(), "Nobody is banned from #lab.");
    s.hear(
        NET,
        ":s 367 me #lab *!*@192.0.2.9 alice!a@h 1\r\n:s 368 me #lab :End of channel ban list",
    );
    assert_eq!(s.last(), "Banned from #lab: *!*@192.0.2.9 (by alice)");
    s.hear(NET, ":s 306 me :You have been marked as being away");
    assert!(s.screen().contains("you are away"));
    s.hear(NET, ":s 305 me :You are no longer marked as being away");
    assert!(!s.screen().contains("you are away"));
}

#[test]
fn an_invitation_is_for_whom_it_is_for() {
    let mut s = Stage::new();
    s.hear(NET, ":alice!u@h INVITE carol #ops");
    assert!(
        s.app
            .model
            .inbox
            .iter()
            .all(|mention| mention.buffer != "#ops" || mention.from.as_str() != "alice")
    );
    s.app.focus(NOW, false);
    s.hear(NET, ":alice!u@h INVITE me #secret");
    assert!(
        s.app
            .take_commands()
            .iter()
            .any(|wish| matches!(wish, HostCommand::Notify(_)))
    );
    assert!(s.last().contains("alice invites you to #secret"));
    s.alt('i');
    s.enter();
    assert!(s.sent().contains("JOIN #secret\r\n"));
}

#[test]
fn an_answer_to_the_user_is_for_them_and_stays_in_the_inbox() {
    let mut s = Stage::new();
    s.hear(
        NET,
        "@msgid=o;time=2026-11-22T13:08:01.000Z :me!u@h PRIVMSG #lab :who has the key?",
    );
    let before = s.app.model.inbox.len();
    s.hear(
        NET,
        "@msgid=p;+draft/reply=o;time=2026-11-22T13:08:02.000Z :bob!u@h PRIVMSG #lab :carol",
    );
    assert!(s.app.model.buffer().lines.back().unwrap().mention);
    assert_eq!(s.app.model.inbox.len(), before + 1);
}

#[test]
fn unread_by_ones_own_word_stays_so_until_one_comes_back() {
    let mut s = Stage::new();
    s.esc();
    s.keys("kku");
    s.sent();
    let lab = s.app.model.current;
    // Neither new lines, nor events from the server, nor another window change that.
    s.hear(
        NET,
        "@msgid=r;time=2026-11-22T13:08:04.000Z :bob!u@h PRIVMSG #lab :one more",
    );
    s.app.tick(NOW + 5_000);
    assert!(!s.sent().contains("MARKREAD #lab"));
    s.hear(NET, ":s MARKREAD #lab timestamp=2026-11-22T13:08:04.000Z");
    s.app.focus(NOW, false);
    s.app.focus(NOW, true);
    s.hear(
        NET,
        "@msgid=q;time=2026-11-22T13:08:05.000Z :bob!u@h PRIVMSG #ops :elsewhere",
    );
    s.line("/buffer #ops");
    let buffer = &s.app.model.buffers[lab];
    assert_eq!((buffer.unread, buffer.mentions), (3, 1));
    assert!(buffer.unread_from.is_some());
    s.line("/buffer #lab");
    assert_eq!(s.app.model.buffer().unread, 0);
    s.alt('u');
    assert!(s.app.pointed_line().is_some());
}

#[test]
fn a_chosen_message_has_a_menu_links_and_a_thread() {
    let mut s = Stage::new();
    s.hear(NET, "@msgid=two;time=2026-11-22T13:08:06.000Z;+draft/reply=b :erin!u@h PRIVMSG #lab :https://a.example or https://b.example");
    s.esc();
    s.keys("o");
    let screen = s.screen();
    assert!(
        screen.contains("Open which?") && screen.contains("2  https://b.example"),
        "{screen}"
    );
    s.keys("2");
    assert!(
        s.app
            .take_commands()
            .contains(&HostCommand::Open("https://b.example".into()))
    );
    s.esc();
    s.enter();
    let screen = s.screen();
    assert!(screen.contains("What with it?") && screen.contains("t  shows its thread"));
    assert!(!screen.contains("e  edits it"), "{screen}");
    s.keys("t");
    let screen = s.screen();
    for words in [
        "Thread",
        "alice: The new switch",
        "bob: Did you try",
        "erin: https://a",
    ] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
}

#[test]
fn rooms_are_entered_with_few_lines_and_with_their_keys() {
    let mut s = Stage::new();
    s.line("/join #vault sesame");
    s.hear(NET, ":me!u@h JOIN #vault");
    let kept = s.app.saved_state();
    s.app.disconnected(NET, NOW, "the cable", 1);
    s.sent();
    s.greet(CAPS, "");
    let sent = s.sent();
    assert!(sent.contains("JOIN #vault,#lab,#ops sesame\r\n"), "{sent}");
    let mut next = Stage::bare();
    next.app.restore(kept);
    next.greet(CAPS, "");
    assert!(next.sent().contains("JOIN #vault,"));
    // Not before the server has announced its features.
    let mut s = Stage::bare();
    s.connect(NET);
    s.hear(NET, ":s CAP * LS :\r\n:s 001 me :hi");
    assert!(!s.sent().contains("JOIN"));
    s.hear(NET, ":s 376 me :End of MOTD");
    assert!(s.sent().contains("JOIN #lab\r\n"));
}

#[test]
fn commands_and_names_are_shown_while_they_are_typed() {
    let mut s = Stage::new();
    s.keys("/top");
    assert!(s.screen().contains(" /topic"));
    assert_eq!(s.app.composer.text(), "/top");
    s.key(KeyCode::Char('u'), KeyModifiers::CONTROL);
    s.keys("hello :tad");
    assert!(s.screen().contains("🎉  tada") || s.screen().contains("🎉 tada"));
    s.key(KeyCode::Char('u'), KeyModifiers::CONTROL);
    s.line("/set up");
    assert!(s.last().contains("up = history   (history, edit-last)"));
    s.line("/set up sideways");
    assert!(s.last().contains("up cannot be sideways"));
    s.hear(NET, "@msgid=o :me!u@h PRIVMSG #lab :mine");
    s.line("/set up edit-last");
    s.key(KeyCode::Up, KeyModifiers::NONE);
    assert_eq!(s.app.composer.text(), "mine");
}

#[test]
fn emoji_are_shown_by_name_to_those_who_want_that() {
    let mut s = Stage::new();
    s.line("/set emoji shortcode");
    let screen = s.screen();
    assert!(screen.contains("[:+1: 2] [:tada: 1]"), "{screen}");
}

#[test]
fn a_network_is_left_and_come_back_to() {
    let mut s = Stage::new();
    s.sent();
    s.line("/disconnect");
    assert_eq!(s.sent(), "QUIT\r\n");
    assert!(s.app.take_commands().contains(&HostCommand::Leave(NET)));
    s.line("/connect localhost:7000 #a #b");
    let rooms = vec!["#a".to_owned(), "#b".to_owned()];
    assert!(
        s.app
            .take_commands()
            .contains(&HostCommand::Connect("localhost:7000".into(), rooms))
    );
}

#[test]
fn what_is_being_typed_is_never_said_elsewhere() {
    // The first channel is joined while the user types already.
    let mut s = Stage::bare();
    s.line("/msg bob");
    s.keys("half a ");
    s.greet(CAPS, "");
    s.hear(NET, ":me!u@h JOIN #lab");
    s.keys("sentence");
    assert_eq!(s.app.model.buffer().name.as_str(), "bob");
    assert_eq!(s.app.composer.text(), "half a sentence");
    // The last buffer of the previous run comes before the first channel, unless the user names
    // one.
    let mut before = Stage::new();
    before.line("/buffer #ops");
    let kept = before.app.saved_state();
    let mut s = Stage::bare();
    s.app.restore(kept);
    s.greet(CAPS, "");
    s.hear(NET, ":me!u@h JOIN #lab\r\n:me!u@h JOIN #ops");
    assert_eq!(s.app.model.buffer().name.as_str(), "#ops");
}

#[test]
fn an_answer_begun_in_a_room_is_there_when_one_comes_back() {
    let mut s = Stage::new();
    s.hear(
        NET,
        "@msgid=o;time=2026-11-22T13:08:01.000Z :me!u@h PRIVMSG #lab :teh label",
    );
    s.keys("my long draft");
    s.alt('e');
    s.keys("!");
    // The saved draft is the user's, not the text of the message being edited.
    let kept = s.app.saved_state();
    let lab = kept.buffers.iter().find(|b| b.name == "#lab").unwrap();
    assert_eq!(lab.draft, "my long draft");
    let mut s = Stage::new();
    s.hear(
        NET,
        "@msgid=o;time=2026-11-22T13:08:01.000Z :me!u@h PRIVMSG #lab :teh label",
    );
    s.keys("my long draft");
    s.alt('e');
    s.keys("!");
    s.key(KeyCode::Char('n'), KeyModifiers::CONTROL);
    assert_ne!(s.app.model.buffer().name.as_str(), "#lab");
    assert!(s.app.context.is_none());
    s.key(KeyCode::Char('p'), KeyModifiers::CONTROL);
    assert_eq!(s.app.composer.text(), "teh label!");
    assert!(s.app.context.is_some());
    s.esc();
    assert_eq!(s.app.composer.text(), "my long draft");
}

#[test]
fn what_belongs_to_other_networks_is_kept_and_what_was_unread_stays_so() {
    let mut s = Stage::new();
    s.line("/mute #ops");
    let mut kept = s.app.saved_state();
    for buffer in &mut kept.buffers {
        buffer.network = "elsewhere:25000".into();
    }
    let mut other = Stage::bare();
    other.app.restore(kept.clone());
    let names = |kept: &parlour_client::app::SavedState| {
        let names = kept
            .buffers
            .iter()
            .map(|b| (b.network.clone(), b.name.clone(), b.muted));
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(&other.app.saved_state()), names(&kept));
    // Two unread messages in #ops stay unread in the next run.
    let s = Stage::new();
    let kept = s.app.saved_state();
    let mut next = Stage::bare();
    next.app.restore(kept);
    next.connect(NET);
    next.hear(
        NET,
        ":s 900 me me!u@h account :You are now logged in as account",
    );
    next.greeted(CAPS, "");
    next.hear(NET, ":me!u@h JOIN #ops\r\n:s BATCH +1 chathistory #ops\r\n@batch=1;msgid=0;time=2026-11-22T12:07:00.000Z :carol!u@h PRIVMSG #ops :long ago\r\n@batch=1;msgid=d;time=2026-11-22T13:07:00.000Z :carol!u@h PRIVMSG #ops :disk 3 is slow\r\n@batch=1;msgid=e;time=2026-11-22T13:07:01.000Z :carol!u@h PRIVMSG #ops :me, look\r\n:s BATCH -1");
    let ops = next.app.model.find(NET, "#ops").unwrap();
    let buffer = &next.app.model.buffers[ops];
    assert_eq!((buffer.unread, buffer.mentions), (2, 1),);
    // Without a read marker, all messages of a person count.
    next.hear(NET, ":s CHATHISTORY TARGETS dave 2026-11-22T13:07:02.000Z");
    next.hear(NET, ":s MARKREAD dave *\r\n:s BATCH +2 chathistory dave\r\n@batch=2;msgid=f;time=2026-11-22T13:07:02.000Z :dave!u@h PRIVMSG me :psst\r\n:s BATCH -2");
    let dave = next.app.model.find(NET, "dave").unwrap();
    assert_eq!(next.app.model.buffers[dave].mentions, 1);
}

#[test]
fn a_deletion_is_kept_back_by_the_first_undo_and_not_lost_by_leaving() {
    let own = "@msgid=o;time=2026-11-22T13:08:01.000Z :me!u@h PRIVMSG #lab :mine";
    let mut s = Stage::new();
    s.hear(NET, own);
    s.keys("abc");
    for _ in 0..3 {
        s.key(KeyCode::Backspace, KeyModifiers::NONE);
    }
    s.line("/redact");
    s.keys("y");
    s.key(KeyCode::Char('_'), KeyModifiers::CONTROL);
    s.app.tick(NOW + 60_000);
    assert!(!s.sent().contains("REDACT"));
    // Without a connection it waits for one; quitting sends it before.
    s.line("/redact");
    s.keys("y");
    s.app.disconnected(NET, NOW, "the cable", 1);
    s.app.tick(NOW + 120_000);
    s.greet(CAPS, "");
    s.app.tick(NOW + 121_000);
    assert!(s.sent().contains("REDACT #lab o\r\n"));
    let mut s = Stage::new();
    s.hear(NET, own);
    s.line("/redact");
    s.keys("y");
    s.line("/quit");
    let sent = s.sent();
    assert!(sent.ends_with("REDACT #lab o\r\nQUIT\r\n"), "{sent}");
}

#[test]
fn what_a_service_answers_is_shown_be_it_one_line_or_several() {
    let mut s = Stage::new();
    s.sent();
    s.line("/msg NickServ INFO bob");
    let sent = s.sent();
    let label = sent.split_once("label=").unwrap().1;
    let label = label.split([';', ' ']).next().unwrap().to_owned();
    s.hear(
        NET,
        &format!("@label={label} :NickServ!NickServ@s NOTICE me :There is no account bob"),
    );
    let index = s.app.model.find(NET, "NickServ").unwrap();
    let texts = |s: &Stage| {
        let lines = s.app.model.buffers[index].lines.iter();
        lines
            .map(|line| (line.text.to_string(), line.state.clone()))
            .collect::<Vec<_>>()
    };
    let sent_line = |text: &str| (text.to_owned(), LineState::Sent);
    assert_eq!(
        texts(&s),
        [sent_line("INFO bob"), sent_line("There is no account bob")]
    );
    // If the server echoes as well, the line is there once.
    s.line("/msg NickServ INFO ann");
    let sent = s.sent();
    let label = sent.split_once("label=").unwrap().1;
    let label = label.split([';', ' ']).next().unwrap().to_owned();
    s.hear(
        NET,
        &format!(
            "@label={label} :s BATCH +r labeled-response\r\n\
             @batch=r;msgid=q :me!u@h PRIVMSG NickServ :INFO ann\r\n\
             @batch=r :NickServ!NickServ@s NOTICE me :Account ann\r\n\
             @batch=r :NickServ!NickServ@s NOTICE me :Certificate aa\r\n:s BATCH -r"
        ),
    );
    assert_eq!(
        texts(&s)[2..],
        [
            sent_line("INFO ann"),
            sent_line("Account ann"),
            sent_line("Certificate aa")
        ]
    );
}

#[test]
fn what_not_all_can_read_is_marked() {
    let mut s = Stage::new();
    s.hear(NET, ":bob!u@h PRIVMSG @#lab :for the operators");
    assert_eq!(s.last(), "[to @] for the operators");
    s.hear(NET, ":bob!u@h PRIVMSG #lab :for all");
    assert_eq!(s.last(), "for all");
    s.sent();
    s.app.enter_line(NOW, "/msg @#lab among us");
    assert!(s.sent().contains("PRIVMSG @#lab :among us"));
    assert!(s.app.model.find(NET, "@#lab").is_none());
}

#[test]
fn what_was_read_as_it_came_stays_in_the_inbox() {
    let mut s = Stage::new();
    s.app.enter_line(NOW, "/msg dan hi");
    s.hear(NET, "@msgid=d1 :dan!u@h PRIVMSG me :read at once");
    s.app.enter_line(NOW, "/mentions");
    let Mode::Choose(list) = &s.app.mode else {
        panic!("{:?}", s.app.mode)
    };
    let shown = |place: &parlour_client::app::mode::ListTarget| {
        place.text.as_str().contains("read at once")
    };
    assert!(list.places.iter().any(shown), "{list:?}");
}

#[test]
fn after_a_reconnect_one_is_who_and_how_one_was() {
    let mut s = Stage::new();
    s.hear(NET, ":me!u@h NICK renamed");
    s.app.enter_line(NOW, "/away lunch");
    s.app.disconnected(NET, NOW, "gone", 1);
    s.app.enter_line(NOW, "said meanwhile");
    s.app.connected(NET, NOW, true, Default::default(), None);
    let sent = s.sent();
    assert!(sent.contains("NICK renamed"), "{sent}");
    s.hear(NET, ":srv 001 renamed :hi\r\n:srv 376 renamed :end");
    assert!(s.sent().contains("AWAY lunch"));
    // Under another nick, waiting messages are not sent.
    s.app.disconnected(NET, NOW, "gone", 1);
    s.app.connected(NET, NOW, true, Default::default(), None);
    s.hear(NET, ":srv 433 * renamed :Nickname is already in use");
    s.hear(NET, ":srv 001 renamed_ :hi\r\n:srv 376 renamed_ :end");
    s.sent();
    s.hear(
        NET,
        ":renamed_!u@h JOIN #lab\r\n:srv 366 renamed_ #lab :end",
    );
    assert!(!s.sent().contains("said meanwhile"));
    assert!(
        s.screen().contains("you are renamed_ here now"),
        "{}",
        s.screen()
    );
    // The client reclaims the nick as soon as it is free.
    s.hear(NET, ":renamed!u@h QUIT :bye");
    assert!(s.sent().contains("NICK renamed"));
}
