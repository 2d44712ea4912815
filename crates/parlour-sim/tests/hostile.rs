//! Bad input at the doors: a clear answer or a clean close, bounded memory, and no effect
//! on anyone else.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use parlour_core::Settings;
use parlour_doors::DoorSettings;
use parlour_sim::Node;
use support::{capable, irc, plain, text};

#[test]
fn ten_megabytes_without_an_end_harm_nobody() {
    let mut node = Node::new(1);
    let (a, b, p) = (
        irc(&mut node, "a"),
        irc(&mut node, "b"),
        plain(&mut node, "p"),
    );
    text(&mut node, a);
    for client in [a, p] {
        for _ in 0..160 {
            node.send(client, &[b'x'; 65_536]);
        }
        node.send(client, b"\n");
    }
    // A client whose line never ends is let go; a person is told once, and stays.
    assert!(text(&mut node, a).contains("ERROR :Closing link: host (A line without end)"));
    assert!(node.is_closed(a));
    assert_eq!(text(&mut node, p).matches("That was too long").count(), 1);
    node.send(b, b"PRIVMSG #lobby :fine\r\n");
    assert!(text(&mut node, p).contains("b: fine"));
}

#[test]
fn limits_of_lines_and_tags_hold_to_the_byte() {
    let mut node = Node::new(1);
    let a = node.connect(0);
    node.send(
        a,
        b"CAP REQ message-tags\r\nNICK a\r\nUSER a 0 * :a\r\nCAP END\r\n",
    );
    text(&mut node, a);
    let mut reply = |line: String| {
        node.send(a, line.as_bytes());
        text(&mut node, a)
    };
    // 512 with CR LF pass, 513 do not.
    assert!(reply(format!("PING {}\r\n", "x".repeat(505))).contains("PONG"));
    assert!(reply(format!("PING {}\r\n", "x".repeat(506))).contains(" 417 "));
    // 4,094 bytes of tags pass, 4,095 do not.
    assert!(reply(format!("@{} PING x\r\n", "t".repeat(4094))).contains("PONG"));
    assert!(reply(format!("@{} PING x\r\n", "t".repeat(4095))).contains(" 417 "));
    assert!(
        reply(format!(
            "@{} PING {}\r\n",
            "t".repeat(4094),
            "x".repeat(505)
        ))
        .contains("PONG")
    );
}

#[test]
fn what_is_no_utf8_is_refused_and_the_connection_lives() {
    let mut node = Node::new(1);
    let (a, p) = (irc(&mut node, "a"), plain(&mut node, "p"));
    text(&mut node, a);
    node.send(a, b"PRIVMSG #lobby :\xff\xfe\r\n");
    assert!(text(&mut node, a).contains("FAIL PRIVMSG INVALID_UTF8"));
    node.send(p, b"caf\xe9\n");
    assert!(text(&mut node, p).contains("not UTF-8"));
    node.send(p, b"nul\0\n");
    assert!(text(&mut node, p).contains("NUL"));
    node.send(p, "fine ✓\n".as_bytes());
    assert!(text(&mut node, a).contains(":fine ✓"));
}

#[test]
fn a_character_split_over_packets_stays_whole() {
    let mut node = Node::new(1);
    let (a, p) = (irc(&mut node, "a"), plain(&mut node, "p"));
    text(&mut node, a);
    for byte in "héllo 😀\n".as_bytes() {
        node.send(p, &[*byte]);
        node.wait(100);
    }
    assert!(text(&mut node, a).contains("PRIVMSG #lobby :héllo 😀\r\n"));
}

#[test]
fn pychats_client_gets_a_write_a_message_and_its_own_echo() {
    let mut node = Node::new(1);
    let a = irc(&mut node, "a");
    let p = node.connect(0);
    node.wait(300);
    assert!(text(&mut node, p).ends_with("Nickname: "));
    node.send(p, b"old_client");
    assert!(
        node.writes(p).is_empty(),
        "nothing is done before the silence"
    );
    node.wait(60);
    let writes = node.writes(p);
    assert!(
        writes.len() >= 2 && writes.iter().all(|w| !w.ends_with(b"\n")),
        "{writes:?}"
    );
    node.send(p, b"hi all");
    node.wait(60);
    assert_eq!(node.writes(p), [b"old_client: hi all".to_vec()]);
    assert!(text(&mut node, a).contains("PRIVMSG #lobby :hi all\r\n"));
    // Two messages that come in one batch are two writes.
    node.send(a, b"PRIVMSG #lobby :one\r\nPRIVMSG #lobby :two\r\n");
    assert_eq!(node.writes(p), [b"a: one".to_vec(), b"a: two".to_vec()]);
    node.send(p, b"/quit");
    node.wait(60);
    assert_eq!(node.writes(p), [b"-- Goodbye, old_client!".to_vec()]);
    assert!(node.is_closed(p), "the server closes first");
}

#[test]
fn a_taken_nickname_is_asked_again_without_line_ends_too() {
    let mut node = Node::new(1);
    irc(&mut node, "bob");
    let p = node.connect(0);
    node.wait(300);
    node.writes(p);
    node.send(p, b"bob");
    node.wait(60);
    let writes = node.writes(p);
    assert_eq!(writes.len(), 1);
    assert!(
        writes[0].ends_with(b"\nNickname: "),
        "{:?}",
        String::from_utf8_lossy(&writes[0])
    );
    node.send(p, b"bobby");
    node.wait(60);
    assert!(text(&mut node, p).contains("Welcome, bobby!"));
}

#[test]
fn who_says_nothing_is_greeted_and_let_go_after_a_minute() {
    let mut node = Node::new(1);
    let p = node.connect(0);
    node.wait(249);
    assert_eq!(text(&mut node, p), "");
    node.wait(1);
    assert!(text(&mut node, p).ends_with("Nickname: "));
    node.wait(60_000);
    assert!(text(&mut node, p).contains("said nothing for a while"));
    assert!(node.is_closed(p));
}

#[test]
fn ssh_clients_are_told_the_way() {
    let mut node = Node::new(1);
    let ssh = node.connect(0);
    node.send(ssh, b"SSH-2.0-OpenSSH_9.2\r\n");
    assert!(text(&mut node, ssh).contains("no SSH door"));
    assert!(node.is_closed(ssh));
}

#[test]
fn a_late_irc_client_is_still_an_irc_client() {
    let mut node = Node::new(1);
    let a = node.connect(0);
    node.wait(400);
    node.send(a, b"NICK a\r\nUSER a 0 * :a\r\n");
    let heard = text(&mut node, a);
    assert!(heard.contains("\r\n:srv 001 a :"), "{heard}");
}

#[test]
fn two_who_want_one_nick_at_once_are_one_who_gets_it() {
    for first in 0..2 {
        let mut node = Node::new(2);
        let clients = [node.connect(0), node.connect(1)];
        for client in clients {
            node.feed(client, b"NICK same\r\nUSER u 0 * :r\r\n");
        }
        node.take_calls_of(first);
        node.run();
        let heard = clients.map(|client| text(&mut node, client));
        assert_eq!(heard.iter().filter(|h| h.contains(" 001 same ")).count(), 1);
        assert_eq!(
            heard.iter().filter(|h| h.contains(" 433 * same ")).count(),
            1
        );
    }
}

#[test]
fn a_restart_keeps_messages_and_topics_and_ids_go_on() {
    let mut node = Node::new(1);
    let a = irc(&mut node, "a");
    node.send(a, b"TOPIC #lobby :kept\r\nPRIVMSG #lobby :before\r\n");
    let disk = node.stop();
    let mut node = Node::with(1, Settings::default(), DoorSettings::default(), disk);
    let b = node.connect(0);
    node.send(b, b"CAP REQ :message-tags echo-message batch\r\nNICK b\r\nUSER b 0 * :b\r\nCAP END\r\nJOIN #lobby\r\n");
    assert!(text(&mut node, b).contains(" 332 b #lobby :kept"));
    node.send(
        b,
        b"PRIVMSG #lobby :after\r\nCHATHISTORY LATEST #lobby * 9\r\n",
    );
    let heard = text(&mut node, b);
    let ids: Vec<&str> = heard
        .lines()
        .filter(|l| l.contains("batch="))
        .filter_map(|l| l.split("msgid=").nth(1))
        .map(|l| &l[..13])
        .collect();
    assert!(ids.len() == 2 && ids[0] < ids[1], "{heard}");
}

#[test]
fn telnet_that_negotiates_first_is_understood() {
    let mut node = Node::new(1);
    let p = node.connect(0);
    node.send(p, &[255, 251, 31, 255, 250, 31, 0, 80, 0, 24, 255, 240]);
    node.wait(300);
    node.send(p, b"bob\r\nhi\r\n");
    assert!(text(&mut node, p).contains("Welcome, bob!"));
}

#[test]
fn long_mode_changes_reach_everybody_whole() {
    let mut node = Node::new(1);
    let (a, b) = (irc(&mut node, "a"), irc(&mut node, "b"));
    for client in [a, b] {
        node.send(client, b"JOIN #m\r\n");
    }
    text(&mut node, b);
    let masks: Vec<String> = (0..6).map(|n| format!("{n}{}", "m".repeat(70))).collect();
    node.send(
        a,
        format!("MODE #m +bbbbbb {}\r\n", masks.join(" ")).as_bytes(),
    );
    let heard = text(&mut node, b);
    assert!(
        masks
            .iter()
            .all(|mask| heard.contains(&format!("{mask}!*@*"))),
        "{heard}"
    );
    assert!(heard.lines().all(|line| line.len() <= 510));
    node.send(a, format!("MODE #m {}\r\n", "b".repeat(400)).as_bytes());
    assert_eq!(text(&mut node, a).matches(" 368 ").count(), 1);
}

/// An IRC client with these capabilities.
#[test]
fn tags_at_their_limit_pass_and_over_it_do_not() {
    let mut node = Node::new(1);
    let a = capable(&mut node, "a", "message-tags");
    let b = capable(&mut node, "b", "message-tags");
    node.output(a);
    let value = "v".repeat(4094 - "+x=".len());
    node.send(a, format!("@+x={value} PRIVMSG #lobby :hi\r\n").as_bytes());
    assert!(text(&mut node, b).contains(&format!("+x={value} :a!")));
    node.send(a, format!("@+x={value}v PRIVMSG #lobby :hi\r\n").as_bytes());
    assert!(text(&mut node, a).contains(" 417 a :"));
    assert_eq!(text(&mut node, b), "");
}

#[test]
fn line_ends_are_smuggled_through_no_parameter_and_no_tag() {
    let mut node = Node::new(1);
    let caps = "message-tags labeled-response batch echo-message draft/metadata-3 setname";
    let a = capable(&mut node, "a", caps);
    let b = capable(&mut node, "b", caps);
    node.output(a);
    let lines = [
        "@label=x\\r\\nQUIT TOPIC #lobby :t",
        "@+t=a\\r\\nQUIT\\s:x PRIVMSG #lobby :escaped",
        "METADATA * SET url :x\rQUIT",
        "SETNAME :x\rQUIT",
        "RENAME #lobby #x\rQUIT",
        "AWAY :x\0QUIT",
        "PRIVMSG #lobby :x\rQUIT",
        "KNOCK #lobby\rQUIT",
        "MONITOR + x\rQUIT",
        "BATCH +\r draft/multiline #lobby",
        "RELAYMSG #lobby a/b\r:x :hi",
        "OPER a b\rQUIT",
    ];
    for line in lines {
        node.send(a, format!("{line}\r\n").as_bytes());
    }
    for heard in [text(&mut node, a), text(&mut node, b)] {
        for line in heard.split("\r\n") {
            assert!(!line.contains(['\r', '\n', '\0']), "{line:?}");
            let command = line.trim_start_matches(|c| c != ' ');
            assert!(!command.trim().starts_with("QUIT"), "{line:?}");
        }
    }
    assert!(!node.is_closed(a) && !node.is_closed(b));
}

#[test]
fn a_label_on_quit_and_on_what_ends_the_connection_is_no_trouble() {
    let mut node = Node::new(1);
    let a = capable(&mut node, "a", "labeled-response batch");
    let b = irc(&mut node, "b");
    node.output(b);
    node.send(
        a,
        b"@label=l1 PRIVMSG #lobby :last\r\n@label=l2 QUIT :bye\r\n@label=l3 PING x\r\n",
    );
    let heard = text(&mut node, a);
    assert!(
        heard.contains("@label=l1 :srv ACK") && heard.contains("ERROR :"),
        "{heard}"
    );
    assert!(node.is_closed(a));
    assert!(text(&mut node, b).contains(":a!~u@host QUIT :Quit: bye"));
}

#[test]
fn a_label_is_read_from_a_line_that_is_no_utf8() {
    let mut node = Node::new(1);
    let a = capable(&mut node, "a", "labeled-response batch message-tags");
    node.send(a, b"@label=u;+x=\xff PRIVMSG #lobby :x\r\n");
    let heard = text(&mut node, a);
    assert!(
        heard.starts_with("@label=u :srv FAIL PRIVMSG INVALID_UTF8 :"),
        "{heard}"
    );
}
