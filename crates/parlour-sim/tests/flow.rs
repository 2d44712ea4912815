//! Who says more than is taken, or reads less than is answered: everything stays bounded, nothing
//! is lost, and everybody is gone on with.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use parlour_core::limits::CALLS_IN_FLIGHT;
use parlour_core::{Record, Settings};
use parlour_doors::DoorSettings;
use parlour_sim::{Disk, Node};
use support::{capable, irc, text};

/// How many messages were kept.
fn said(node: &Node) -> usize {
    let said = |record: &&Record| matches!(record, Record::Message(..));
    node.kept().iter().filter(said).count()
}

/// Makes so many rooms that a list of them is long.
fn fill_with_rooms(node: &mut Node) {
    for n in 0..60 {
        let c = irc(node, &format!("c{n}"));
        let rooms = (0..90).map(|m| format!("#room-of-a-long-name-{n}-{m}"));
        let rooms = rooms.collect::<Vec<_>>();
        for rooms in rooms.chunks(15) {
            node.send(c, format!("JOIN {}\r\n", rooms.join(",")).as_bytes());
        }
        node.output(c);
    }
}

#[test]
fn a_reader_that_never_reads_is_let_go_and_the_rest_go_on() {
    let settings = DoorSettings {
        send_queue: 20_000,
        ..DoorSettings::default()
    };
    let mut node = Node::with(1, Settings::default(), settings, Disk::default());
    let (a, b, slow) = (
        irc(&mut node, "a"),
        irc(&mut node, "b"),
        irc(&mut node, "slow"),
    );
    node.stall(slow);
    text(&mut node, b);
    let line = format!("PRIVMSG #lobby :{}\r\n", "x".repeat(400));
    for _ in 0..60 {
        node.send(a, line.as_bytes());
    }
    let heard = text(&mut node, b);
    assert_eq!(heard.matches("PRIVMSG #lobby").count(), 60);
    assert!(
        heard.contains(":slow!~u@host QUIT :SendQ exceeded"),
        "{heard}"
    );
    // If it reads after all, it is told why, and nothing of what it missed.
    node.unstall(slow);
    let told = text(&mut node, slow);
    assert!(
        told.starts_with("\r\nERROR :") && told.contains("SendQ exceeded"),
        "{told}"
    );
    assert!(node.is_closed(slow));
}

#[test]
fn a_fast_writer_is_read_no_further_until_the_core_has_caught_up() {
    let mut node = Node::new(1);
    let a = irc(&mut node, "a");
    node.commits_at_once = false;
    let lines: String = (0..CALLS_IN_FLIGHT * 8)
        .map(|n| format!("PRIVMSG #lobby :{n}\r\n"))
        .collect();
    node.feed(a, lines.as_bytes());
    assert!(!node.wants_input(a));
    node.run();
    assert!(!node.wants_input(a), "nothing is kept yet");
    node.commits_at_once = true;
    node.run();
    assert!(node.wants_input(a));
    assert_eq!(said(&node), CALLS_IN_FLIGHT * 8, "all is said in the end");
}

#[test]
fn half_closed_connections_are_read_to_their_end() {
    let mut node = Node::new(1);
    let a = irc(&mut node, "a");
    let p = node.connect(0);
    node.feed(p, b"bob\nhello\nlast words");
    node.end(p);
    let heard = text(&mut node, a);
    assert!(
        heard.contains(":hello\r\n") && heard.contains(":last words\r\n"),
        "{heard}"
    );
    assert!(heard.contains("bob!~plain@host QUIT"));
    assert!(text(&mut node, p).contains("Welcome, bob!"));
    assert!(node.is_closed(p));
    let i = node.connect(0);
    node.feed(
        i,
        b"NICK i\r\nUSER i 0 * :i\r\nJOIN #lobby\r\nPRIVMSG #lobby :in time\r\n",
    );
    node.end(i);
    assert!(text(&mut node, a).contains(":in time\r\n"));
    assert!(node.is_closed(i));
}

#[test]
fn nothing_is_lost_behind_a_slow_lookup() {
    let mut node = Node::new(1);
    let a = irc(&mut node, "a");
    node.answers_at_once = false;
    let lines: String = (0..2000)
        .map(|n| format!("PRIVMSG #lobby :{n}\r\n"))
        .collect();
    node.feed(
        a,
        format!("CHATHISTORY LATEST #lobby * 5\r\n{lines}QUIT\r\n").as_bytes(),
    );
    node.run();
    assert!(
        !node.wants_input(a),
        "what waits for the lookup is in flight"
    );
    assert_eq!(said(&node), 0);
    node.answers_at_once = true;
    node.run();
    assert_eq!(said(&node), 2000);
    assert!(node.is_closed(a));
}

#[test]
fn a_refused_nick_and_a_slow_disk_leave_no_ghosts() {
    let mut node = Node::new(1);
    irc(&mut node, "bob");
    let b = node.connect(0);
    node.send(b, b"NICK bob\r\nUSER b 0 * :b\r\n");
    node.lose(b);
    // The disk stalls while somebody registers, for longer than they may take.
    node.commits_at_once = false;
    let a = irc(&mut node, "talker");
    node.send(a, b"PRIVMSG #lobby :x\r\n");
    let late = node.connect(0);
    node.feed(late, b"NICK late\r\nUSER l 0 * :l\r\n");
    node.wait(61_000);
    node.commits_at_once = true;
    node.run();
    let again = node.connect(0);
    node.send(again, b"NICK late\r\nUSER l 0 * :l\r\n");
    assert!(text(&mut node, again).contains(" 001 late "));
}

#[test]
fn a_batch_that_is_never_closed_takes_bounded_memory_and_harms_nobody() {
    let mut node = Node::new(1);
    let a = capable(&mut node, "a", "batch message-tags draft/multiline");
    let b = irc(&mut node, "b");
    node.output(a);
    node.send(a, b"BATCH +1 draft/multiline #lobby\r\n");
    for _ in 0..10_000 {
        node.send(a, b"@batch=1 PRIVMSG #lobby :more and more\r\n");
    }
    let heard = text(&mut node, a);
    assert_eq!(heard.matches("FAIL BATCH MULTILINE_MAX_LINES").count(), 1);
    assert_eq!(heard.lines().count(), 1, "{heard}");
    // Thousands are opened, and none closed.
    let opened: String = (0..2_000)
        .map(|n| format!("BATCH +r{n} draft/multiline #lobby\r\n"))
        .collect();
    node.send(a, opened.as_bytes());
    let heard = text(&mut node, a);
    assert!(
        heard
            .lines()
            .all(|l| l.contains("FAIL BATCH MULTILINE_INVALID"))
    );
    assert_eq!(text(&mut node, b), "");
    node.send(a, b"PRIVMSG #lobby :well again\r\n");
    assert!(text(&mut node, b).contains("well again"));
}

#[test]
fn crowded_lines_are_answered_within_bounds() {
    let mut node = Node::new(1);
    let a = capable(&mut node, "a", "message-tags");
    let b = irc(&mut node, "b");
    node.output(b);
    node.output(a);
    let many = |verb: &str| format!("{verb} {}\r\n", "#,".repeat(240));
    for line in [
        many("JOIN"),
        many("PART"),
        many("NAMES"),
        many("PRIVMSG"),
        many("LIST"),
        many("KICK #lobby"),
        format!("MONITOR + {}\r\n", "n,".repeat(240)),
        format!("ACCEPT {}\r\n", "n,".repeat(240)),
        format!("MODE #lobby +{}\r\n", "b".repeat(480)),
        format!("MODE #lobby {}\r\n", "+o-o".repeat(120)),
        format!("MODE a {}\r\n", "+i-i".repeat(120)),
        format!("WHO {}\r\n", "*a".repeat(240)),
        format!("CAP REQ :{}\r\n", "batch ".repeat(80)),
    ] {
        node.send(a, line.as_bytes());
        let heard = text(&mut node, a);
        assert!(heard.lines().count() <= 130, "{line} -> {heard}");
    }
    node.send(a, b"PING alive\r\n");
    assert!(text(&mut node, a).ends_with(":alive\r\n"));
    assert_eq!(text(&mut node, b), "");
}

#[test]
fn long_answers_to_one_who_does_not_read_do_not_gather() {
    let mut node = Node::new(1);
    fill_with_rooms(&mut node);
    let a = irc(&mut node, "a");
    node.output(a);
    node.stall(a);
    node.send(a, "LIST\r\n".repeat(100).as_bytes());
    // One answer waits; the others are given as it reads, and it is not let go.
    assert!(!node.is_closed(a) && !node.wants_input(a));
    node.unstall(a);
    node.run();
    assert_eq!(text(&mut node, a).matches(" 323 a ").count(), 100);
}

#[test]
fn answers_before_the_welcome_do_not_gather_either() {
    let mut node = Node::new(1);
    let a = node.connect(0);
    node.send(a, b"CAP REQ :draft/extended-isupport batch\r\n");
    node.output(a);
    node.stall(a);
    node.feed(a, "ISUPPORT\n".repeat(6_000).as_bytes());
    node.run();
    assert!(
        !node.is_closed(a),
        "it is not let go for what it was answered"
    );
    assert!(!node.wants_input(a));
    node.unstall(a);
    node.run();
    assert!(node.wants_input(a));
    assert_eq!(text(&mut node, a).matches("BATCH +").count(), 6_000);
}

#[test]
fn long_answers_at_the_plain_door_do_not_gather() {
    let mut node = Node::new(1);
    fill_with_rooms(&mut node);
    let a = node.connect(0);
    node.send(a, b"plain\n");
    node.output(a);
    node.stall(a);
    node.send(a, "/rooms\n".repeat(100).as_bytes());
    assert!(!node.is_closed(a) && !node.wants_input(a));
    node.unstall(a);
    node.run();
    assert_eq!(text(&mut node, a).matches("-- Rooms:").count(), 100);
}

#[test]
fn who_reads_slowly_is_there_though_it_is_not_read_meanwhile() {
    let settings = DoorSettings {
        ping_after: 2_000,
        ping_timeout: 2_000,
        ..Default::default()
    };
    let mut node = Node::with(1, Settings::default(), settings, Disk::default());
    let a = irc(&mut node, "a");
    node.output(a);
    node.stall(a);
    node.send(a, "INFO\r\nVERSION\r\nHELP\r\n".repeat(500).as_bytes());
    for _ in 0..20 {
        assert!(!node.wants_input(a), "more waits for it than it may");
        node.take(a, 1_000);
        node.wait(1_000);
        node.run();
        assert!(!node.is_closed(a));
    }
    // So is who goes on speaking.
    for _ in 0..20 {
        node.stir(a);
        node.wait(1_000);
        node.run();
        assert!(!node.is_closed(a));
    }
    // And who does not is not.
    node.wait(20_000);
    node.run();
    assert!(node.is_closed(a));
}

#[test]
fn what_a_killed_session_had_asked_for_counts_no_longer() {
    let settings = Settings {
        plaintext_passwords: true,
        opers: vec![parlour_core::settings::OperBlock {
            name: "root".into(),
            password: parlour_core::Secret::new("secret"),
            class: "all".into(),
            privileges: vec![parlour_core::state::Privilege::Kill],
            from: vec![],
            host: None,
        }],
        ..Default::default()
    };
    let mut node = Node::with(1, settings, Default::default(), Disk::default());
    let root = irc(&mut node, "op");
    node.send(root, b"OPER root secret\r\n");
    let b = irc(&mut node, "b");
    let before = node.calls_in_flight(0);
    node.answers_at_once = false;
    for round in 0..10 {
        let nick = format!("v{round}");
        let victim = irc(&mut node, &nick);
        let waiting = format!("OPER root wrong\r\n{}", "LUSERS\r\n".repeat(100));
        node.send(victim, waiting.as_bytes());
        node.send(root, format!("KILL {nick}\r\n").as_bytes());
        assert!(node.is_closed(victim));
    }
    assert_eq!(node.calls_in_flight(0), before);
    node.send(b, b"PING still\r\n");
    assert!(text(&mut node, b).contains(":still"));
}

/// Nothing that rests on the store is seen while it cannot be written, and yet nobody is left
/// without an answer.
#[test]
fn a_store_that_stands_still_leaves_nobody_without_an_answer() {
    let mut node = Node::new(1);
    let (a, b) = (irc(&mut node, "a"), irc(&mut node, "b"));
    let typist = support::plain(&mut node, "typist");
    text(&mut node, a);
    node.commits_at_once = false;
    node.send(a, b"PRIVMSG #lobby :kept later\r\nPING early\r\n");
    assert_eq!(text(&mut node, a), "");
    node.set_writable(false);
    let told = text(&mut node, a);
    assert!(told.contains(" NOTICE a :"), "{told}");
    assert_eq!(told.matches(" :early\r\n").count(), 1, "{told}");
    assert!(text(&mut node, typist).contains("cannot write"));
    // At once from here on.
    node.send(a, b"PING late\r\n");
    assert!(text(&mut node, a).contains(" PONG srv :late\r\n"));
    text(&mut node, b);
    assert_eq!(text(&mut node, b), "", "nothing unkept is seen");
    // Who comes now hears that it takes a while.
    let late = node.connect(0);
    node.send(late, b"NICK late\r\nUSER u 0 * :r\r\n");
    assert!(text(&mut node, late).contains(" NOTICE * :"));
    let newcomer = node.connect(0);
    node.send(newcomer, b"newcomer\n");
    assert!(text(&mut node, newcomer).contains("cannot write"));
    // Then all comes in its place, and no sign of life twice.
    node.commits_at_once = true;
    node.commit();
    node.run();
    node.set_writable(true);
    let told = text(&mut node, a);
    assert!(!told.contains("PONG"), "{told}");
    assert!(text(&mut node, b).contains("kept later"));
    assert!(text(&mut node, late).contains(" 001 late "));
    assert!(text(&mut node, newcomer).contains("Welcome, newcomer!"));
    node.send(a, b"PING again\r\n");
    assert!(text(&mut node, a).contains(":again\r\n"));
}

/// The core forgets a session whose login failed, and knows one that is logged in and no user yet.
#[test]
fn who_goes_before_registration_is_gone() {
    let settings = Settings {
        plaintext_passwords: true,
        ..Default::default()
    };
    let mut node = Node::with(1, settings, Default::default(), Disk::default());
    let owner = irc(&mut node, "ann");
    node.send(owner, b"REGISTER * * correct-horse\r\n");
    assert!(text(&mut node, owner).contains("REGISTER SUCCESS"));
    for (password, answer) in [("correct-horse", " 903 "), ("wrong", " 904 ")] {
        let client = node.connect(0);
        let token = BASE64.encode(format!("\0ann\0{password}"));
        let lines =
            format!("CAP REQ :sasl\r\nNICK ann\r\nAUTHENTICATE PLAIN\r\nAUTHENTICATE {token}\r\n");
        node.send(client, lines.as_bytes());
        assert!(text(&mut node, client).contains(answer));
        node.end(client);
        node.run();
        assert!(node.is_closed(client), "after {password}");
        let told = text(&mut node, client);
        assert_eq!(told.matches("ERROR").count(), 1, "{told}");
    }
}

/// An answer to what came next is not to be taken for one to what is on its way to the journal; that it counts shows later.
#[test]
fn who_has_a_change_on_its_way_is_told_and_goes_on_while_the_node_is_cut_off() {
    let mut node = Node::new(1);
    let (ann, bob) = (irc(&mut node, "ann"), irc(&mut node, "bob"));
    let eve = irc(&mut node, "eve");
    node.send(
        ann,
        b"CAP REQ :echo-message labeled-response batch standard-replies\r\n",
    );
    text(&mut node, ann);
    let (late, dan) = (node.connect(0), support::plain(&mut node, "dan"));
    text(&mut node, dan);
    text(&mut node, ann);
    node.places_at_once(false);
    node.send(
        ann,
        b"@label=1 PRIVMSG #lobby :on its way\r\n@label=2 NAMES #lobby\r\nPING a\r\n",
    );
    node.send(dan, b"from dan\n/names\n");
    node.send(eve, b"JOIN #new\r\n");
    node.send(late, b"NICK late\r\nUSER u 0 * :r\r\nPING l\r\n");
    assert_eq!(text(&mut node, ann), "");
    node.unconfirm();
    let told = text(&mut node, ann);
    let (fail, rest) = told.split_once("\r\n").unwrap();
    assert!(
        fail.starts_with("@label=1 ") && fail.contains(" FAIL * UNCONFIRMED "),
        "{told}"
    );
    assert!(
        rest.contains(" 366 ann #lobby ") && rest.ends_with(" :a\r\n"),
        "{told}"
    );
    let told = text(&mut node, dan);
    let fail = told.find("has lost the others").unwrap();
    assert!(fail < told.find("in #lobby").unwrap(), "{told}");
    let told = text(&mut node, eve);
    assert!(told.contains(" UNCONFIRMED "), "{told}");
    node.unconfirm();
    assert_eq!(text(&mut node, eve), "", "told twice");
    // Who is no user yet is not told that it is one, or not.
    assert_eq!(text(&mut node, late), "");
    node.end(bob);
    node.places_at_once(true);
    node.run();
    let told = text(&mut node, ann);
    let echo = "\n:ann!~u@host PRIVMSG #lobby :on its way\r\n";
    assert_eq!(format!("\n{told}").matches(echo).count(), 1, "{told}");
    assert!(!told.contains("label="), "{told}");
    assert!(told.contains(":bob!~u@host QUIT "), "{told}");
    assert!(text(&mut node, late).contains(" 001 late "));
    // And with all that belongs to it.
    assert!(text(&mut node, eve).contains(" 366 eve #new "));
    node.send(ann, b"@label=3 PRIVMSG #lobby :again\r\n");
    assert!(text(&mut node, ann).starts_with("@label=3 :ann!~u@host PRIVMSG "));
}
