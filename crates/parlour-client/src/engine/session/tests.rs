//! Lines in, happenings and lines out.

use super::*;

fn session(caps: &str) -> Session {
    let mut s = Session::new(Identity {
        nick: "me".into(),
        realname: "Me".into(),
        login: None,
    });
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
    assert_eq!(s.next_happening(), Some(Happening::Registered("me".into())));
    s
}

fn text(s: &mut Session) -> String {
    String::from_utf8(s.take_output()).unwrap()
}

const ALL: &str =
    "batch labeled-response echo-message message-tags server-time draft/chathistory sasl";

#[test]
fn own_lines_are_told_by_their_labels() {
    let mut s = session(ALL);
    let label = s.say("#c", "hello there").unwrap();
    assert_eq!(text(&mut s), "@label=m1 PRIVMSG #c :hello there\r\n");
    s.receive(
        b"@label=m1;time=2026-11-22T13:00:00.000Z;msgid=x :me!u@h PRIVMSG #c :hello there\r\n",
    );
    let Some(Happening::Said(said)) = s.next_happening() else {
        panic!("no echo")
    };
    assert_eq!(
        (said.label, said.own, said.buffer.as_str()),
        (Some(label), true, "#c")
    );
    s.say("#d", "x");
    s.receive(b"@label=m2 :s 404 me #d :Cannot send\r\n");
    assert_eq!(
        s.next_happening(),
        Some(Happening::Refused {
            label: "m2".into(),
            why: "#d: Cannot send".into()
        })
    );
}

#[test]
fn history_is_told_from_what_is_said_now() {
    let mut s = session(ALL);
    s.receive(b":s BATCH +1 chathistory #c\r\n@batch=1;msgid=a :x!u@h PRIVMSG #c :old\r\n:y!u@h PRIVMSG #c :new\r\n:s BATCH -1\r\n");
    let all: Vec<Happening> = std::iter::from_fn(|| s.next_happening()).collect();
    assert!(matches!(&all[0], Happening::Said(said) if said.history && said.text == "old"));
    assert!(matches!(&all[1], Happening::Said(said) if !said.history && said.text == "new"));
    assert_eq!(
        all[2],
        Happening::HistoryEnd {
            buffer: "#c".into(),
            count: 1,
            last: Some("a".into())
        }
    );
}

#[test]
fn a_server_without_capabilities_is_fine() {
    let mut s = session("");
    assert_eq!(s.say("#c", "x"), None);
    assert_eq!(text(&mut s), "PRIVMSG #c x\r\n");
    s.receive(b":bob!u@h PRIVMSG me :\x01ACTION waves\x01\r\nPING :t\r\n");
    let Some(Happening::Said(said)) = s.next_happening() else {
        panic!()
    };
    assert_eq!(
        (said.kind, said.buffer.as_str(), said.text.as_str()),
        (SaidKind::Action, "bob", "waves")
    );
    assert_eq!(text(&mut s), "PONG t\r\n");
}

#[test]
fn a_taken_nick_leads_to_another() {
    let mut s = Session::new(Identity {
        nick: "me".into(),
        realname: "Me".into(),
        login: None,
    });
    text(&mut s);
    s.receive(b":s 433 * me :taken\r\n:s 433 * me_ :taken\r\n");
    assert_eq!(text(&mut s), "NICK me_\r\nNICK me2\r\n");
}

#[test]
fn nothing_smuggles_a_line() {
    let mut s = session("");
    s.say("#c x", "a\r\nQUIT\0");
    assert_eq!(text(&mut s), "PRIVMSG #cx aQUIT\r\n");
}
