//! People: who is away, who is ignored, and their ranks.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod stage;

use stage::{CAPS, NET, NOW, Stage};

#[test]
fn it_is_asked_once_who_is_away() {
    let mut s = Stage::bare();
    s.greet(CAPS, "WHOX");
    s.hear(
        NET,
        ":me!u@h JOIN #lab\r\n:s 353 me = #lab :me bob alice\r\n:s 366 me #lab :End",
    );
    assert!(s.sent().contains("WHO #lab %tcnfa,42\r\n"));
    s.hear(
        NET,
        ":s 354 me 42 #lab bob G bobby\r\n:s 354 me 42 #lab alice H 0\r\n:s 315 me #lab :End",
    );
    let members = &s.app.model.buffer().members;
    assert!(members["bob"].away && !members["alice"].away);
    // The colour is that of the account, whatever the nick.
    s.hear(NET, ":bobby!u@h JOIN #lab");
    let members = &s.app.model.buffer().members;
    assert_eq!(members["bob"].hue, members["bobby"].hue);
    assert!(!s.sent().contains("WHO"));
}

#[test]
fn whoever_is_ignored_is_ignored_by_whatever_nick_and_account() {
    let mut s = Stage::new();
    s.hear(NET, "@account=robert :bob!~b@h1 PRIVMSG #lab :hello there");
    s.app.enter_line(NOW, "/ignore bob");
    let shown = |s: &mut Stage, text: &str| {
        let lines = &s.app.model.buffer().lines;
        lines.iter().any(|line| line.text.as_str().contains(text))
    };
    for (number, line) in [
        ":bob!~b@h1 PRIVMSG #lab :unheard",
        ":bob!~b@h1 NICK rob",
        ":rob!~b@h1 PRIVMSG #lab :unheard",
        ":bobby!~x@h2 JOIN #lab robert :r",
        "@account=robert :bobby!~x@h2 PRIVMSG #lab :unheard",
        "@account=robert :bobby!~x@h2 PRIVMSG me :unheard",
        "@+draft/react=x;+draft/reply=m1 :rob!~b@h1 TAGMSG #lab",
        ":rob!~b@h1 INVITE me #unheard",
    ]
    .into_iter()
    .enumerate()
    {
        s.hear(NET, line);
        assert!(!shown(&mut s, "unheard"), "{number}");
    }
    assert!(s.app.model.find(NET, "bobby").is_none());
    // The member list is right all the same.
    let members = &s.app.model.buffer().members;
    assert!(members.contains_key("bobby") || !members.contains_key("bob"));
    s.app.enter_line(NOW, "/unignore rob");
    s.hear(NET, ":rob!~b@h1 PRIVMSG #lab :heard again");
    assert!(shown(&mut s, "heard again"));
    // By a mask, also for joins that would be shown otherwise.
    s.app.enter_line(NOW, "/filter joins on");
    s.app.enter_line(NOW, "/ignore *!*@noisy.example");
    s.hear(NET, ":loud!~l@noisy.example JOIN #lab");
    s.hear(NET, ":loud!~l@noisy.example NICK louder");
    s.hear(NET, ":louder!~l@noisy.example PRIVMSG #lab :unheard");
    s.hear(NET, ":louder!~l@noisy.example PART #lab");
    assert!(!s.screen().contains("loud"), "{}", s.screen());
}

#[test]
fn who_is_away_is_told_once() {
    let mut s = Stage::new();
    s.app.enter_line(NOW, "/msg dan hi");
    let told = |s: &Stage| {
        let lines = s.app.model.buffer().lines.iter();
        lines
            .filter(|line| line.text.as_str().contains("is away"))
            .count()
    };
    for _ in 0..3 {
        s.hear(NET, ":srv 301 me dan :lunch");
    }
    assert_eq!(told(&s), 1);
    s.hear(NET, ":srv 301 me dan :asleep");
    assert_eq!(told(&s), 2);
    // After they have spoken, the away message is shown again.
    s.hear(NET, ":dan!u@h PRIVMSG me :back for a moment");
    s.hear(NET, ":srv 301 me dan :asleep");
    assert_eq!(told(&s), 3);
}

/// `-l` has no parameter: the one that follows is the rank's.
#[test]
fn ranks_are_followed_through_other_modes() {
    let mut s = Stage::new();
    let prefix = |s: &Stage| {
        let lab = s.app.model.find(NET, "#lab").unwrap();
        s.app.model.buffers[lab].members["alice"].prefix.clone()
    };
    assert_eq!(prefix(&s), "@");
    s.hear(NET, ":carol!u@h MODE #lab -lo alice");
    assert_eq!(prefix(&s), "");
    s.hear(NET, ":carol!u@h MODE #lab +lo 9 alice");
    assert_eq!(prefix(&s), "@");
    // What the server says of its own modes counts.
    s.hear(NET, ":s 005 me CHANMODES=b,k,lX,imn :are");
    s.hear(NET, ":carol!u@h MODE #lab +Xv-o 5 alice alice");
    assert_eq!(prefix(&s), "+");
}
