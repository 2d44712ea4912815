//! Features of a server, on every node of a cluster.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use support::cluster::{Cluster, log_in};
use support::{Server, Wire, admin, eventually, http, msgid};

/// Two nodes of a cluster.
fn two_nodes() -> (Cluster, Server, Server) {
    let cluster = Cluster::new();
    let (one, two) = (cluster.start("one"), cluster.start("two"));
    (cluster, one, two)
}

/// Runs `parlour admin` on a node, and returns the first row.
fn first_row(cluster: &Cluster, node: &str, arguments: &[&str]) -> serde_json::Value {
    let text = admin(&cluster.dir.path().join(node), arguments).unwrap();
    let first = text.lines().next().unwrap_or("null");
    serde_json::from_str(first).unwrap_or_default()
}

/// Connects with an account that has just been registered, and joins the lobby.
fn register(server: &Server, nick: &str) -> Wire {
    let mut wire = server.irc(nick);
    wire.send("REGISTER * * correct-horse\r\n");
    wire.until("REGISTER SUCCESS");
    wire
}

/// Message of the stream before which all is that a test has done so far.
const AFTER: u64 = 60;

/// Uploads a file to a node with the token of a session. Returns the path of its address.
fn upload(to: &Server, session: &mut Wire) -> String {
    session.send("TOKEN GENERATE filehost\r\n");
    session.until(" TOKEN GENERATE FILEHOST ");
    let token = session.until("\n");
    let token = token.rsplit_once(' ').unwrap().1;
    let bearer = format!("Bearer {}", token.trim().trim_start_matches(':'));
    let headers = [
        ("Authorization", &*bearer),
        ("Content-Type", "text/plain"),
        ("Content-Disposition", "attachment; filename=\"a.txt\""),
    ];
    let answer = http::ask(to.address, "POST /uploads", &headers, b"what is in it");
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.location().to_owned()
}

#[test]
fn the_files_of_a_server_that_founds_a_cluster_are_of_all() {
    let cluster = Cluster::new();
    let alone = Server::start(&cluster.dir.path().join("one"));
    let path = upload(&alone, &mut alone.irc("ann"));
    assert_eq!(alone.stop().0, Some(0));
    let (_one, two) = (cluster.start("one"), cluster.start("two"));
    let get = || http::ask(two.address, &format!("GET {path}"), &[], b"");
    eventually("the file", || match get().status {
        200 => Ok(()),
        status => Err(status.to_string()),
    });
    assert_eq!(get().text(), "what is in it");
}

#[test]
fn a_file_is_served_by_every_node_until_its_message_is_deleted() {
    let mut cluster = Cluster::new();
    cluster.snapshot_every = 5;
    let (one, two) = (cluster.start("one"), cluster.start("two"));
    let (mut ann, mut bob) = (one.irc("ann"), two.irc("bob"));
    // The other node knows the session's token as well: they share the key.
    let path = upload(&two, &mut ann);
    let get = |node: &Server| http::ask(node.address, &format!("GET {path}"), &[], b"");
    // Before any message links to it, and from the node that did not take it.
    assert_eq!(
        (get(&one).status, get(&one).text()),
        (200, "what is in it".into())
    );
    bob.send("CAP REQ :echo-message message-tags draft/message-redaction\r\n");
    bob.until(" ACK ");
    bob.send(&format!("PRIVMSG #lobby :http://chat.example{path}\r\n"));
    let line = bob.until(&path);
    let id = msgid(&line);
    ann.until(&path);
    // A node that begins with a later snapshot has it, though it never sees that message.
    while cluster.first_message() < AFTER {
        bob.send("PRIVMSG #lobby :more\r\n");
        bob.until(":more");
    }
    let three = cluster.start("three");
    assert_eq!(get(&three).text(), "what is in it");
    // Who writes the same address there does not take the file away with that. What becomes of one link after the
    // other is done in turn: the second file is gone when the first has been looked at.
    let mut eve = three.irc("eve");
    eve.send("CAP REQ :echo-message message-tags draft/message-redaction\r\n");
    eve.until(" ACK ");
    let other = upload(&three, &mut eve);
    for path in [&path, &other] {
        eve.send(&format!(
            "PRIVMSG #lobby :look at http://chat.example{path}\r\n"
        ));
        let line = eve.until(path);
        eve.send(&format!("REDACT #lobby {}\r\n", msgid(&line)));
    }
    eventually("the other file to go", || {
        let status = http::ask(three.address, &format!("GET {other}"), &[], b"").status;
        (status == 404).then_some(()).ok_or(status.to_string())
    });
    let four = cluster.start("four");
    for node in [&one, &two, &three, &four] {
        assert_eq!(get(node).text(), "what is in it");
    }
    bob.send(&format!("REDACT #lobby {id}\r\n"));
    for node in [&one, &two, &three, &four] {
        eventually("the file to go", || match get(node).status {
            404 => Ok(()),
            status => Err(status.to_string()),
        });
    }
}

#[test]
fn a_file_that_was_deleted_while_its_node_was_away_does_not_come_back() {
    let mut cluster = Cluster::new();
    cluster.snapshot_every = 5;
    let (one, two) = (cluster.start("one"), cluster.start("two"));
    let mut bob = register(&two, "bob");
    let path = upload(&two, &mut bob);
    let redaction = "CAP REQ :echo-message message-tags draft/message-redaction\r\n";
    bob.send(redaction);
    bob.until(" ACK ");
    bob.send(&format!("PRIVMSG #lobby :http://chat.example{path}\r\n"));
    let line = bob.until(&path);
    let id = msgid(&line);
    let get = |node: &Server| http::ask(node.address, &format!("GET {path}"), &[], b"").status;
    assert_eq!(get(&one), 200);
    assert_eq!(two.stop().0, Some(0));
    let mut bob = log_in(&one, "bob", "correct-horse");
    bob.send(redaction);
    bob.until(" ACK ");
    bob.send(&format!("JOIN #lobby\r\nREDACT #lobby {id}\r\n"));
    bob.until(" REDACT #lobby ");
    // What it has missed is in a snapshot, and not in the stream any more.
    while cluster.first_message() < AFTER {
        bob.send("PRIVMSG #lobby :more\r\n");
        bob.until(":more");
    }
    let two = cluster.start("two");
    for node in [&two, &one] {
        eventually("the file to go", || match get(node) {
            404 => Ok(()),
            status => Err(status.to_string()),
        });
    }
}

#[test]
fn bans_hooks_and_settings_of_one_node_are_of_all() {
    let (cluster, one, two) = two_nodes();
    let mut ann = one.irc("ann");
    // A hook that one node has made posts through the other.
    let row = first_row(&cluster, "one", &["hook", "add", "ci", "#lobby"]);
    let request = format!("POST /hooks/{}", row["token"].as_str().unwrap());
    let kind = [("Content-Type", "text/plain")];
    eventually("the hook", || {
        match http::ask(two.address, &request, &kind, b"built").status {
            200..300 => Ok(()),
            status => Err(status.to_string()),
        }
    });
    ann.until("PRIVMSG #lobby :built");
    // A ban, and its end.
    first_row(&cluster, "two", &["ban", "add", "eve!*@*"]);
    let refused = |node: &Server| {
        let mut eve = node.connect();
        eve.send("NICK eve\r\nUSER e 0 * :e\r\nPING :a\r\n");
        eve.until("\n").contains(" 465 ")
    };
    for node in [&one, &two] {
        eventually("the ban", || {
            refused(node).then_some(()).ok_or("none".to_owned())
        });
    }
    // The file of one node, put in force, is the rule of all.
    let file = cluster.dir.path().join("two.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{text}[limits]\nnick = 12\n")).unwrap();
    two.signal("-HUP");
    eventually("the rule", || {
        let mut fay = one.connect();
        fay.send("NICK fay\r\nUSER f 0 * :f\r\n");
        let told = fay.until(" 422 ");
        fay.send("QUIT\r\n");
        told.contains(" NICKLEN=12 ").then_some(()).ok_or(told)
    });
    first_row(&cluster, "one", &["ban", "remove", "eve!*@*"]);
    for node in [&one, &two] {
        eventually("its end", || {
            (!refused(node)).then_some(()).ok_or("banned".to_owned())
        });
    }
}

#[test]
fn accounts_markers_and_search_are_the_same_everywhere() {
    let (_cluster, one, two) = two_nodes();
    let mut ann = register(&one, "ann");
    ann.send("CAP REQ :draft/read-marker echo-message\r\nPRIVMSG #lobby :a needle here\r\n");
    ann.until("a needle here");
    ann.send("MARKREAD #lobby timestamp=2026-01-02T03:04:05.678Z\r\n");
    ann.until("MARKREAD #lobby timestamp=");
    let mut other = log_in(&two, "ann", "correct-horse");
    other.send("CAP REQ :draft/read-marker soju.im/search batch\r\n");
    other.until(" ACK ");
    other.send("MARKREAD #lobby\r\n");
    other.until("MARKREAD #lobby timestamp=2026-01-02T03:04:05.678Z");
    // Each node has an index of its own, which follows.
    for node in [&one, &two] {
        let mut reader = node.irc(&format!("r{}", node.address.port()));
        reader.send("CAP REQ :soju.im/search batch\r\n");
        reader.until(" ACK ");
        eventually("the index", || {
            reader.send("SEARCH in=#lobby;text=needle\r\nPING :end\r\n");
            let found = reader.until(":end");
            found.contains("a needle here").then_some(()).ok_or(found)
        });
    }
}

#[test]
fn an_always_on_user_outlives_their_node() {
    let (_cluster, one, two) = two_nodes();
    let mut bob = two.irc("bob");
    let _guest = one.irc("guest");
    let mut ann = register(&one, "ann");
    ann.send("PRIVMSG NickServ :SET ALWAYS-ON ON\r\nPING :set\r\n");
    ann.until(":set");
    bob.until(":ann!");
    one.crash();
    // Those who are not always-on have had their time.
    bob.until(":guest!~guest@127.0.0.1 QUIT ");
    bob.send("PRIVMSG ann :while you were away\r\nPING :sent\r\n");
    bob.until(":sent");
    assert!(!bob.seen.contains(" 401 "), "{}", bob.seen);
    let mut ann = log_in(&two, "ann", "correct-horse");
    ann.until("while you were away");
    bob.send("PING :end\r\n");
    bob.until(":end");
    let quits = bob.seen.lines().filter(|line| line.contains(" QUIT "));
    assert_eq!(quits.count(), 1, "{}", bob.seen);
}
