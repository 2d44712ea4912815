//! Session tests: bytes in, events and bytes out.

use super::*;
use crate::engine::{MessageKind, Typing};

fn session(caps: &str) -> Session {
    let mut s = Session::new(
        Identity {
            nick: "me".into(),
            realname: "Me".into(),
            login: None,
        },
        SessionOptions::default(),
    );
    assert_eq!(text(&mut s), "CAP LS 302\r\nNICK me\r\nUSER me 0 * Me\r\n");
    s.receive(format!(":s CAP * LS :{caps}\r\n").as_bytes());
    let request = text(&mut s);
    if request.starts_with("CAP REQ") {
        let list = request.trim().strip_prefix("CAP REQ :").unwrap_or_default();
        s.receive(format!(":s CAP * ACK :{list}\r\n").as_bytes());
        assert_eq!(text(&mut s), "CAP END\r\n");
    } else {
        assert_eq!(request, "CAP END\r\n");
    }
    s.receive(b":s 001 me :hi\r\n:s 005 me CASEMAPPING=ascii CHANTYPES=# PREFIX=(ov)@+ :are\r\n");
    assert_eq!(s.next_event(), Some(Event::Registered("me".into())));
    s
}

fn say(s: &mut Session, target: &str, text: &str) -> Option<String> {
    let words = OutgoingMessage {
        text,
        ..OutgoingMessage::default()
    };
    s.send_message(target, words)
}

fn text(s: &mut Session) -> String {
    String::from_utf8(s.take_output()).unwrap()
}

const ALL: &str =
    "batch labeled-response echo-message message-tags server-time draft/chathistory sasl";

#[test]
fn own_lines_are_told_by_their_labels() {
    let mut s = session(ALL);
    let label = say(&mut s, "#c", "hello there").unwrap();
    assert_eq!(text(&mut s), "@label=m1 PRIVMSG #c :hello there\r\n");
    s.receive(
        b"@label=m1;time=2026-11-22T13:00:00.000Z;msgid=x :me!u@h PRIVMSG #c :hello there\r\n",
    );
    let Some(Event::Message(said)) = s.next_event() else {
        panic!("no echo")
    };
    assert_eq!(
        (said.label, said.own, said.buffer.as_str()),
        (Some(label), true, "#c")
    );
    say(&mut s, "#d", "x");
    s.receive(b"@label=m2 :s 404 me #d :Cannot send\r\n");
    assert_eq!(
        s.next_event(),
        Some(Event::Refused {
            label: "m2".into(),
            why: "#d: Cannot send".into()
        })
    );
}

#[test]
fn history_is_told_from_what_is_said_now() {
    let mut s = session(ALL);
    s.receive(b":s BATCH +1 chathistory #c\r\n@batch=1;msgid=a :x!u@h PRIVMSG #c :old\r\n:y!u@h PRIVMSG #c :new\r\n:s BATCH -1\r\n");
    let all: Vec<Event> = std::iter::from_fn(|| s.next_event()).collect();
    assert!(matches!(&all[0], Event::Message(said) if !said.history && said.text == "new"));
    let a = MessageRef {
        msgid: Some("a".into()),
        time: None,
    };
    let Event::History(page) = &all[1] else {
        panic!("{all:?}")
    };
    assert_eq!((page.buffer.as_str(), page.count), ("#c", 1));
    assert_eq!(
        (page.first.as_ref(), page.last.as_ref()),
        (Some(&a), Some(&a))
    );
    assert!(
        matches!(page.events.as_slice(), [Event::Message(said)] if said.history && said.text == "old")
    );
}

#[test]
fn a_server_without_capabilities_is_fine() {
    let mut s = session("");
    assert_eq!(say(&mut s, "#c", "x"), None);
    assert_eq!(text(&mut s), "PRIVMSG #c x\r\n");
    s.receive(b":bob!u@h PRIVMSG me :\x01ACTION waves\x01\r\nPING :t\r\n");
    let Some(Event::Message(said)) = s.next_event() else {
        panic!()
    };
    assert_eq!(
        (said.kind, said.buffer.as_str(), said.text.as_str()),
        (MessageKind::Action, "bob", "waves")
    );
    assert_eq!(text(&mut s), "PONG t\r\n");
}

#[test]
fn a_taken_nick_leads_to_another() {
    let mut s = Session::new(
        Identity {
            nick: "me".into(),
            realname: "Me".into(),
            login: None,
        },
        SessionOptions::default(),
    );
    text(&mut s);
    s.receive(b":s 433 * me :taken\r\n:s 433 * me_ :taken\r\n");
    assert_eq!(text(&mut s), "NICK me_\r\nNICK me2\r\n");
}

#[test]
fn nothing_smuggles_a_line() {
    let mut s = session("");
    say(&mut s, "#c x", "a\r\nQUIT\0");
    assert_eq!(text(&mut s), "PRIVMSG #cx aQUIT\r\n");
}

#[test]
fn a_message_of_several_lines_goes_and_comes_as_one() {
    let mut s = session("batch message-tags draft/multiline=max-bytes=9000,max-lines=50");
    assert_eq!(s.multiline_limits(), (9000, 50));
    say(&mut s, "#c", "one\n\ntwo");
    let sent = text(&mut s);
    assert_eq!(
        sent,
        "BATCH +b0 draft/multiline #c\r\n@batch=b0 PRIVMSG #c one\r\n@batch=b0 PRIVMSG #c :\r\n@batch=b0 PRIVMSG #c two\r\nBATCH -b0\r\n"
    );
    let long = "word ".repeat(200);
    say(&mut s, "#c", long.trim_end());
    let sent = text(&mut s);
    assert!(
        sent.lines().count() > 3 && sent.contains("draft/multiline-concat"),
        "{sent}"
    );
    s.receive(
        b"@msgid=i;+draft/reply=h :x!u@h BATCH +9 draft/multiline #c\r\n@batch=9 :x!u@h PRIVMSG #c :a\r\n@batch=9;draft/multiline-concat :x!u@h PRIVMSG #c :b\r\n@batch=9 :x!u@h PRIVMSG #c :c\r\n:s BATCH -9\r\n",
    );
    let Some(Event::Message(said)) = s.next_event() else {
        panic!("no message")
    };
    assert_eq!(
        (
            said.text.as_str(),
            said.msgid.as_deref(),
            said.reply.as_deref()
        ),
        ("ab\nc", Some("i"), Some("h"))
    );
    s.receive(
        b":x!u@h BATCH +8 draft/multiline #c\r\n@batch=8 :x!u@h NOTICE #c :a\r\n@batch=8 :x!u@h NOTICE #c :b\r\n:s BATCH -8\r\n",
    );
    let Some(Event::Message(said)) = s.next_event() else {
        panic!("no notice")
    };
    assert_eq!(
        (said.kind, said.text.as_str()),
        (MessageKind::Notice, "a\nb")
    );
    // The pieces, joined again, are the message that was sent.
    let pieces: String = sent
        .lines()
        .filter(|line| line.contains("PRIVMSG"))
        .filter_map(|line| line.split_once("#c :").map(|(_, text)| text))
        .collect();
    assert_eq!(pieces, long.trim_end());
}

#[test]
fn tags_without_words_are_understood() {
    let mut s = session("message-tags");
    s.receive(
        "@+typing=active :x!u@h TAGMSG #c\r\n@+draft/react=\u{1f44d};+draft/reply=i :x!u@h TAGMSG #c\r\n@+draft/unreact=a;+reply=i :x!u@h TAGMSG me\r\n:x!u@h REDACT #c i :spam\r\n:s MARKREAD #c timestamp=2026-11-22T13:00:00.000Z\r\n".as_bytes(),
    );
    let all: Vec<Event> = std::iter::from_fn(|| s.next_event()).collect();
    assert!(matches!(
        &all[0],
        Event::Typing {
            state: Typing::Active,
            ..
        }
    ));
    assert!(matches!(&all[1], Event::Reacted { to, removed: false, .. } if to == "i"));
    assert!(matches!(&all[2], Event::Reacted { buffer, removed: true, .. } if buffer == "x"));
    assert!(matches!(&all[3], Event::Redacted { reason, .. } if reason == "spam"));
    assert!(matches!(
        &all[4],
        Event::ReadMarker {
            time: Some(1_795_352_400_000),
            ..
        }
    ));
    s.react("#c", "i", "👍", false);
    s.typing("#c", Typing::Done);
    assert_eq!(
        text(&mut s),
        "@+draft/react=👍;+draft/reply=i TAGMSG #c\r\n@+typing=done TAGMSG #c\r\n"
    );
}

#[test]
fn a_client_comes_back_by_its_secret_before_it_logs_in() {
    let session = |resume: &str| {
        let identity = Identity {
            nick: "me".into(),
            realname: "Me".into(),
            login: None,
        };
        let start = SessionOptions {
            resume: resume.into(),
            ..SessionOptions::default()
        };
        let mut s = Session::new(identity, start);
        text(&mut s);
        s.receive(b":s CAP * LS :parlour/resume setname\r\n");
        s
    };
    let mut s = session("secret");
    assert_eq!(text(&mut s), "CAP REQ :parlour/resume setname \r\n");
    s.receive(b":s CAP * ACK :parlour/resume setname\r\n");
    assert_eq!(text(&mut s), "RESUME secret\r\nCAP END\r\n");
    // A client that does not come back has none.
    assert_eq!(text(&mut session("")), "CAP REQ :setname \r\n");
}

fn login(secure: bool, mechanisms: &str) -> Session {
    let mut s = Session::new(
        Identity {
            nick: "me".into(),
            realname: "Me".into(),
            login: Some(Login {
                account: "me".into(),
                password: "sesame".into(),
                register: false,
            }),
        },
        SessionOptions {
            secure,
            certificate: false,
            outside: false,
            playback: false,
            nonce: "abc".into(),
            resume: String::new(),
        },
    );
    text(&mut s);
    s.receive(format!(":s CAP * LS :sasl={mechanisms}\r\n:s CAP * ACK :sasl\r\n").as_bytes());
    s
}

#[test]
fn a_password_goes_only_where_nobody_can_read_it() {
    let mut s = login(true, "PLAIN");
    assert!(text(&mut s).ends_with("AUTHENTICATE PLAIN\r\n"));
    s.receive(b"AUTHENTICATE +\r\n:s 900 me me!u@h me :in\r\n:s 903 me :done\r\n");
    assert_eq!(text(&mut s), "AUTHENTICATE AG1lAHNlc2FtZQ==\r\nCAP END\r\n");
    let mut s = login(false, "PLAIN");
    let sent = text(&mut s);
    assert!(
        !sent.contains("AUTHENTICATE") && sent.ends_with("QUIT\r\n"),
        "{sent}"
    );
    let mut s = login(false, "PLAIN,SCRAM-SHA-256");
    assert!(text(&mut s).ends_with("AUTHENTICATE SCRAM-SHA-256\r\n"));
    s.receive(b"AUTHENTICATE +\r\n");
    assert_eq!(text(&mut s), "AUTHENTICATE biwsbj1tZSxyPWFiYw==\r\n");
    // Success is not believed of a server that has not proved that it knows the password.
    s.receive(b":s 900 me me!u@h me :in\r\n:s 903 me :done\r\n");
    assert!(!text(&mut s).contains("CAP END"));
    while let Some(event) = s.next_event() {
        assert!(!matches!(event, Event::LoggedIn(_)), "{event:?}");
    }
    // After the welcome neither.
    let mut s = login(true, "SCRAM-SHA-256");
    s.receive(b"AUTHENTICATE *\r\n:s 904 me :no\r\n:s 001 me :hi\r\n:s 422 me :none\r\n");
    while s.next_event().is_some() {}
    let account = Login {
        account: "me".into(),
        password: "sesame".into(),
        register: false,
    };
    assert!(s.log_in(account));
    s.receive(b"AUTHENTICATE +\r\n:s 900 me me!u@h me :in\r\n:s 903 me :done\r\n");
    let events: Vec<Event> = std::iter::from_fn(|| s.next_event()).collect();
    assert!(
        !events
            .iter()
            .any(|event| matches!(event, Event::LoggedIn(_))),
        "{events:?}"
    );
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::LoginRefused(_))),
        "{events:?}"
    );
}
