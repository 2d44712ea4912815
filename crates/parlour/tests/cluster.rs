//! Several nodes of the real binary, over a real nats-server.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use std::process::{Command, Stdio};

use support::cluster::{Cluster, Nats, log_in};
use support::{Server, Wire, admin, eventually, http, signal};

/// Waits until a node says of itself that it can change something (200), or not (503).
fn is_ready(server: &Server, wanted: u16) {
    eventually("its state", || {
        match http::ask(server.address, "GET /readyz", &[], b"").status {
            status if status == wanted => Ok(()),
            status => Err(status.to_string()),
        }
    });
}

/// Returns whether somebody has been seen to quit, whatever host they are shown with.
fn has_quit(by: &Wire, nick: &str) -> bool {
    let prefix = format!(":{nick}!");
    let mut lines = by.seen.lines();
    lines.any(|line| line.starts_with(&prefix) && line.contains(" QUIT "))
}

/// Waits until a node writes a version of the encoding.
fn has_version(server: &Server, version: u16) {
    let wanted = format!("parlour_cluster_version {version}\n");
    eventually("the version", || {
        let text = http::ask(server.address, "GET /metrics", &[], b"").text();
        text.contains(&wanted).then_some(()).ok_or(text)
    });
}

/// Returns what was said in the lobby, as a node has it.
fn history(server: &Server) -> Vec<String> {
    support::history::of(server.address)
}

#[test]
fn nodes_are_one_chat_and_keep_everything_whoever_is_lost() {
    let cluster = Cluster::new();
    let one = cluster.start("one");
    let (mut ann, mut said) = (one.irc("ann"), Vec::new());
    ann.send("PRIVMSG #lobby :before the others\r\n");
    said.push("before the others".to_owned());
    let (two, three) = (cluster.start("two"), cluster.start("three"));
    // A copy of the database is for its owner only, and an address has one cloak on all nodes.
    use std::os::unix::fs::PermissionsExt;
    let file = |node: &str, name: &str| cluster.dir.path().join(node).join(name);
    let mode = std::fs::metadata(file("two", "parlour.db"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let cloak = |node| std::fs::read(file(node, "cloak-key")).unwrap();
    assert!(cloak("one") == cloak("two") && cloak("one") == cloak("three"));
    // So has the service a certificate, which clients keep.
    let certificate = |node| std::fs::read(file(node, "tls-certificate.pem")).unwrap();
    assert_eq!(certificate("one"), certificate("three"));
    // One room, one order, one owner of a nick.
    let (mut bob, mut cyd) = (two.irc("bob"), three.irc("cyd"));
    ann.until(":cyd!");
    for round in 0..20 {
        for (who, wire) in [("ann", &mut ann), ("bob", &mut bob), ("cyd", &mut cyd)] {
            let text = format!("{who} {round}");
            wire.send(&format!("PRIVMSG #lobby :{text}\r\n"));
            said.push(text);
        }
    }
    for wire in [&mut ann, &mut bob] {
        wire.until("cyd 19");
    }
    let mut twin = two.connect();
    twin.send("NICK ann\r\nUSER t 0 * :t\r\n");
    twin.until(" 433 ");
    // An account of one node is one of all, and its user stays who they are when their node is lost.
    bob.send("REGISTER * * correct-horse\r\n");
    bob.until("REGISTER SUCCESS");
    two.crash();
    let mut bob = log_in(&three, "bob", "correct-horse");
    bob.send("PRIVMSG #lobby :I am back\r\n");
    bob.until("I am back");
    said.push("I am back".into());
    ann.until("I am back");
    assert!(!has_quit(&ann, "bob"), "{}", ann.seen);
    // What the lost node has missed is there when it is back.
    let two = cluster.start("two");
    let nodes = cluster.nodes("two");
    assert_eq!(
        nodes,
        [("one", "live"), ("three", "live"), ("two", "live")]
            .map(|(name, state)| (name.to_owned(), state.to_owned()))
    );
    let orders: Vec<Vec<String>> = [&one, &two, &three].map(history).into();
    assert_eq!(orders[0], orders[1]);
    assert_eq!(orders[0], orders[2]);
    let mut sorted = orders[0].clone();
    sorted.sort();
    said.sort();
    assert_eq!(sorted, said);
}

#[test]
fn a_node_that_was_away_takes_over_a_snapshot() {
    let mut cluster = Cluster::new();
    cluster.snapshot_every = 5;
    let (one, two) = (cluster.start("one"), cluster.start("two"));
    let mut ann = one.irc("ann");
    ann.send("PRIVMSG #lobby :0\r\nPING 0\r\n");
    ann.until(":0\r\n");
    assert_eq!(two.stop().0, Some(0));
    // Each message is one of the stream, so that it is trimmed several times.
    let mut first = 0;
    let mut said = vec!["0".to_owned()];
    while first < 20 {
        let text = said.len().to_string();
        ann.send(&format!("PRIVMSG #lobby :{text}\r\nPING {text}\r\n"));
        ann.until(&format!(":{text}\r\n"));
        said.push(text);
        first = cluster.first_message();
    }
    let (two, three) = (cluster.start("two"), cluster.start("three"));
    ann.send("PRIVMSG #lobby :last\r\nPING last\r\n");
    ann.until(":last\r\n");
    said.push("last".into());
    for node in [&one, &two, &three] {
        eventually("the history", || match history(node) {
            found if found == said => Ok(()),
            found => Err(format!("{found:?}")),
        });
    }
}

#[test]
fn guests_of_a_lost_node_quit_after_a_while() {
    let cluster = Cluster::new();
    let (one, two) = (cluster.start("one"), cluster.start("two"));
    let mut ann = one.irc("ann");
    let _bob = two.irc("bob");
    ann.until(":bob!");
    two.crash();
    ann.until(":bob!~bob@127.0.0.1 QUIT :Node lost");
    // The nick is free again.
    one.irc("bob");
}

/// Connects as a guest whose client can come back to its user.
fn resume(server: &Server, nick: &str) -> Wire {
    let mut wire = server.connect();
    let secret = format!("{nick}-0123456789-0123456789");
    wire.send(&format!(
        "RESUME {secret}\r\nNICK {nick}\r\nUSER u 0 * :r\r\nJOIN #lobby\r\n"
    ));
    wire.until(" 366 ");
    wire
}

#[test]
fn a_guest_comes_back_from_a_lost_node_and_nobody_notices() {
    let cluster = Cluster::new();
    let (one, two) = (cluster.start("one"), cluster.start("two"));
    has_version(&two, 2);
    let mut ann = one.irc("ann");
    let mut bob = resume(&two, "bob");
    bob.send("MODE bob +w\r\nAWAY :gone\r\nPING a\r\n");
    bob.until(":a");
    two.crash();
    // At once, before anybody knows that the node is lost; and by any nick.
    let mut bob = resume(&one, "bob");
    bob.send("PRIVMSG #lobby :here I am\r\n");
    ann.until(":bob!~u@127.0.0.1 PRIVMSG #lobby :here I am");
    // Another guest cannot take their place by the nick alone.
    let mut eve = one.connect();
    eve.send("RESUME another-0123456789-0123456789\r\nNICK bob\r\nUSER u 0 * :r\r\n");
    eve.until(" 433 ");
    ann.send("PING b\r\n");
    ann.until(":b");
    let joins = ann.seen.matches(":bob!~u@127.0.0.1 JOIN").count();
    assert!(joins <= 1 && !ann.seen.contains("QUIT"), "{}", ann.seen);
}

#[test]
fn nodes_of_two_versions_are_one_chat_until_the_last_is_updated() {
    let mut cluster = Cluster::new();
    cluster.version = 1;
    let (one, two) = (cluster.start("one"), cluster.start("two"));
    let mut ann = one.irc("ann");
    // One after the other is stopped, and started in the new version.
    assert_eq!(two.stop().0, Some(0));
    cluster.version = 0;
    let two = cluster.start("two");
    let mut bob = resume(&two, "bob");
    bob.send("PRIVMSG #lobby :from the new one\r\n");
    ann.until("from the new one");
    ann.send("PRIVMSG #lobby :from the old one\r\n");
    bob.until("from the old one");
    let reads = || -> Vec<u64> {
        let rows = cluster.rows("two").into_iter();
        rows.map(|row| row["version"].as_u64().unwrap_or_default())
            .collect()
    };
    eventually("both", || match reads() {
        found if found == [1, 2] => Ok(()),
        found => Err(format!("{found:?}")),
    });
    has_version(&two, 1);
    assert_eq!(one.stop().0, Some(0));
    let one = cluster.start("one");
    has_version(&one, 2);
    has_version(&two, 2);
    let orders = [&one, &two].map(history);
    assert_eq!(orders[0], ["from the new one", "from the old one"]);
    assert_eq!(orders[0], orders[1]);
    // There is no way back.
    assert_eq!(one.stop().0, Some(0));
    cluster.version = 1;
    let why = cluster.refused("one");
    assert!(why.contains("version 2"), "{why}");
}

#[test]
fn nodes_that_begin_at_the_same_moment_found_one_cluster() {
    let cluster = Cluster::new();
    // One that is killed while it founds goes on where it was.
    let file = cluster.configure("zero");
    let mut founder = Command::new(support::PARLOUR)
        .args(["serve", "--data"])
        .arg(cluster.dir.path().join("zero"))
        .args(["--config", file.to_str().unwrap()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    eventually("its first message", || match cluster.first_message() {
        1.. => Ok(()),
        0 => Err("none".to_owned()),
    });
    founder.kill().unwrap();
    founder.wait().unwrap();
    let names = ["zero", "one", "two"];
    let nodes = std::thread::scope(|scope| {
        let starts = names.map(|name| scope.spawn(|| cluster.start(name)));
        starts.map(|start| start.join().unwrap())
    });
    let mut wires: Vec<Wire> = nodes
        .iter()
        .zip(names)
        .map(|(node, nick)| node.irc(nick))
        .collect();
    for wire in &mut wires {
        wire.send("PRIVMSG #lobby :hello\r\nPING a\r\n");
        wire.until(":a");
    }
    let orders = nodes.each_ref().map(history);
    assert_eq!(orders, [["hello"; 3]; 3]);
}

#[test]
fn a_node_that_is_cut_off_refuses_changes_and_goes_on_later() {
    let mut cluster = Cluster::new();
    cluster.more = "[[oper]]\nname = \"root\"\npassword = \"secret\"".into();
    let one = cluster.start("one");
    let row = admin(
        &cluster.dir.path().join("one"),
        &["hook", "add", "ci", "#lobby"],
    )
    .unwrap();
    let row: serde_json::Value = serde_json::from_str(&row).unwrap();
    let mut ann = one.irc("ann");
    ann.send("OPER root secret\r\n");
    ann.until(" 381 ");
    ann.send("CAP REQ :batch soju.im/search\r\nPRIVMSG #lobby :kept\r\nPING a\r\n");
    ann.until(":a");
    eventually("the index", || {
        ann.send("SEARCH in=#lobby;text=kept\r\nPING b\r\n");
        let found = ann.until(":b");
        found.contains(":kept").then_some(()).ok_or(found)
    });
    let (mut bob, mut dan, mut eva) = (one.irc("bob"), one.irc("dan"), one.irc("eva"));
    assert!(signal(&cluster.nats.process.0, "-STOP"));
    // Before it is noticed: nobody knows whether it is kept.
    bob.send("PRIVMSG #lobby :on its way\r\nNAMES #lobby\r\n");
    is_ready(&one, 503);
    // Who leaves need not wait.
    let mut cyd = one.connect();
    cyd.send("QUIT\r\n");
    cyd.rest();
    dan.send("QUIT\r\n");
    dan.rest();
    let told = bob.until(" 366 ");
    assert!(
        told.contains(" UNCONFIRMED ") || told.contains(" CUT_OFF "),
        "{told}"
    );
    // Who does nothing hears of it.
    eva.until(" NOTICE eva :");
    ann.send("PRIVMSG #lobby :nobody sees this\r\n");
    ann.until("CUT_OFF");
    ann.send("REHASH\r\n");
    ann.until("cut off from the others");
    let request = format!("POST /hooks/{}", row["token"].as_str().unwrap());
    let kind = [("Content-Type", "text/plain")];
    let answer = http::ask(one.address, &request, &kind, b"built");
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(answer.text().contains("cut off"), "{}", answer.text());
    // What it has, it shows.
    ann.send(
        "CAP REQ :draft/chathistory batch\r\nNAMES #lobby\r\nCHATHISTORY LATEST #lobby * 9\r\nSEARCH in=#lobby;text=kept\r\n",
    );
    ann.until(" 366 ");
    ann.until(":kept");
    ann.until(":kept");
    assert!(signal(&cluster.nats.process.0, "-CONT"));
    is_ready(&one, 200);
    eva.until(" NOTICE eva :");
    ann.send("PRIVMSG #lobby :again\r\nPING c\r\n");
    assert!(!ann.until(":c").contains("CUT_OFF"));
    bob.send("PING d\r\n");
    bob.until(":d");
    let mut said = vec!["kept", "on its way", "again"];
    // A machine that stood still may have noticed it first.
    said.retain(|text| *text != "on its way" || !bob.seen.contains("CUT_OFF"));
    assert_eq!(history(&one), said);
}

#[test]
fn a_node_that_was_paused_joins_again_and_its_users_connect_anew() {
    let cluster = Cluster::new();
    let (one, two) = (cluster.start("one"), cluster.start("two"));
    let mut ann = one.irc("ann");
    let mut bob = two.irc("bob");
    ann.until(":bob!");
    two.signal("-STOP");
    ann.until(":bob!~bob@127.0.0.1 QUIT :Node lost");
    // It is still asleep: what it has been sent meanwhile counts for nobody.
    bob.send("PRIVMSG #lobby :from the past\r\n");
    two.signal("-CONT");
    bob.rest();
    is_ready(&two, 200);
    let mut bob = two.irc("bob");
    bob.send("PRIVMSG #lobby :here again\r\n");
    ann.until("here again");
    assert!(!ann.seen.contains("from the past"), "{}", ann.seen);
}

#[test]
fn of_two_nodes_with_one_name_the_older_one_stops() {
    let cluster = Cluster::new();
    let (mut older, other) = (cluster.start("one"), cluster.start("other"));
    let mut ann = other.irc("ann");
    let mut bob = older.irc("bob");
    ann.until(":bob!");
    let newer = cluster.start_in("twin", "one");
    bob.rest();
    has_stopped(&mut older);
    let mut cyd = newer.irc("cyd");
    cyd.send("PRIVMSG #lobby :from the newer one\r\n");
    ann.until("from the newer one");
}

#[test]
fn data_and_streams_that_do_not_go_together_are_refused() {
    let mut cluster = Cluster::new();
    let one = cluster.start("one");
    let mut ann = one.irc("ann");
    ann.send("PRIVMSG #lobby :kept\r\nPING a\r\n");
    ann.until(":a");
    // A server with messages of its own is no new node.
    let alone = Server::start(&cluster.dir.path().join("two"));
    alone.irc("eve");
    assert_eq!(alone.stop().0, Some(0));
    let why = cluster.refused("two");
    assert!(why.contains("messages of its own"), "{why}");
    assert_eq!(one.stop().0, Some(0));
    // What a node says on its own the others would never have.
    let why = cluster.refused_with("one", &["--listen", "127.0.0.1:0"]);
    assert!(why.contains("--cluster"), "{why}");
    let url = cluster.url.clone();
    for node in ["a.b", "*", ">", ""] {
        let why = cluster.refused_with("new", &["--cluster", &url, "--node", node]);
        assert!(why.contains("name"), "{node}: {why}");
    }
    // A stream that was deleted.
    let (store, port) = (cluster.dir.path().join("nats"), cluster.nats.port);
    cluster.nats.process.0.kill().unwrap();
    cluster.nats.process.0.wait().unwrap();
    std::fs::remove_dir_all(&store).unwrap();
    cluster.nats = Nats::start_at(&store, port);
    let why = cluster.refused("one");
    assert!(why.contains("it was deleted"), "{why}");
}

#[test]
fn a_stream_that_was_put_back_is_noticed() {
    let mut cluster = Cluster::new();
    let (store, copy, port) = (
        cluster.dir.path().join("nats"),
        cluster.dir.path().join("copy"),
        cluster.nats.port,
    );
    let (one, mut two) = (cluster.start("one"), cluster.start("two"));
    let mut ann = one.irc("ann");
    ann.send("PRIVMSG #lobby :kept\r\nPING a\r\n");
    ann.until(":a");
    let stop = |cluster: &mut Cluster| {
        cluster.nats.process.0.kill().unwrap();
        cluster.nats.process.0.wait().unwrap();
    };
    stop(&mut cluster);
    copy_folder(&store, &copy);
    cluster.nats = Nats::start_at(&store, port);
    is_ready(&one, 200);
    let mut bob = two.irc("bob");
    ann.send("PRIVMSG #lobby :lost by NATS\r\nPING b\r\n");
    ann.until(":b");
    bob.until("lost by NATS");
    // Paused, so that it comes back when the stream is as long again as it was, with something else in it.
    two.signal("-STOP");
    assert_eq!(one.stop().0, Some(0));
    stop(&mut cluster);
    std::fs::remove_dir_all(&store).unwrap();
    std::fs::rename(&copy, &store).unwrap();
    cluster.nats = Nats::start_at(&store, port);
    for _ in 0..30 {
        cluster.nats.ask("parlour.test.journal", "noise");
    }
    two.signal("-CONT");
    // The one that runs stops, the one that does not run does not start.
    has_stopped(&mut two);
    for name in ["one", "two"] {
        let why = cluster.refused(name);
        assert!(why.contains("put back"), "{why}");
    }
}

/// Waits until a node has stopped by itself, since it cannot go on.
fn has_stopped(server: &mut Server) {
    assert_eq!(server.process.ended(), Some(1));
}

#[test]
fn a_stream_that_is_deleted_stops_the_nodes() {
    let cluster = Cluster::new();
    let mut one = cluster.start("one");
    let mut ann = one.irc("ann");
    ann.send("PRIVMSG #lobby :kept\r\nPING a\r\n");
    ann.until(":a");
    let deleted = cluster.nats.ask("$JS.API.STREAM.DELETE.PARLOUR_test", "");
    assert!(deleted.contains("\"success\":true"), "{deleted}");
    has_stopped(&mut one);
    // It begins another one if it is told to, and what is stored of the old one is nobody's.
    let why = cluster.refused("one");
    assert!(why.contains("deleted"), "{why}");
    std::fs::remove_file(cluster.dir.path().join("one/cluster")).unwrap();
    let _one = cluster.start("one");
    let two = cluster.start("two");
    assert_eq!(history(&two), ["kept"]);
}

/// Copies a folder.
fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    let copied = Command::new("cp")
        .arg("-r")
        .arg(from)
        .arg(to)
        .status()
        .unwrap();
    assert!(copied.success());
}

#[test]
fn what_others_write_to_the_subjects_of_the_cluster_does_no_harm() {
    let cluster = Cluster::new();
    let one = cluster.start("one");
    let mut ann = one.irc("ann");
    for noise in ["noise", ""] {
        // Nobody answers on the other subject.
        cluster.nats.publish("parlour.test.alive", noise);
        let stored = cluster.nats.ask("parlour.test.journal", noise);
        assert!(stored.contains("\"seq\":"), "{stored}");
    }
    ann.send("PRIVMSG #lobby :still here\r\nPING a\r\n");
    ann.until(":a");
    let two = cluster.start("two");
    assert_eq!(history(&two), ["still here"]);
}

/// An acknowledgement that is lost for longer than NATS knows the ids of messages has one stored again.
#[test]
fn a_node_whose_join_is_stored_twice_joins_anew_and_goes_on() {
    let cluster = Cluster::new();
    let one = cluster.start("one");
    let mut ann = one.irc("ann");
    // The first message founds the cluster; by the second one, the node has joined.
    cluster
        .nats
        .publish("parlour.test.journal", cluster.message(2));
    ann.rest();
    is_ready(&one, 200);
    let mut bob = one.irc("bob");
    bob.send("PRIVMSG #lobby :still here\r\nPING a\r\n");
    bob.until(":a");
    assert_eq!(history(&one), ["still here"]);
}

#[test]
fn a_server_becomes_a_cluster_and_a_server_again() {
    let cluster = Cluster::new();
    let data = cluster.dir.path().join("one");
    let mut said = Vec::new();
    let mut talk = |server: &Server, text: &str| {
        let mut ann = match said.is_empty() {
            true => server.irc("ann"),
            false => log_in(server, "ann", "correct-horse"),
        };
        if said.is_empty() {
            ann.send("REGISTER * * correct-horse\r\n");
            ann.until("REGISTER SUCCESS");
        }
        ann.send(&format!(
            "JOIN #lobby\r\nPRIVMSG #lobby :{text}\r\nPING end\r\n"
        ));
        ann.until(":end");
        said.push(text.to_owned());
    };
    let alone = Server::start(&data);
    talk(&alone, "alone");
    // Not a thread more than it needs: those of the cluster have their names.
    let threads = format!("/proc/{}/task", alone.process.0.id());
    for thread in std::fs::read_dir(threads).unwrap().flatten() {
        let name = std::fs::read_to_string(thread.path().join("comm")).unwrap();
        assert!(!name.starts_with("cluster"), "{name}");
    }
    assert_eq!(alone.stop().0, Some(0));
    let (one, two) = (cluster.start("one"), cluster.start("two"));
    talk(&two, "on the other node");
    assert_eq!(two.stop().0, Some(0));
    assert_eq!(one.stop().0, Some(0));
    std::fs::remove_file(data.join("cluster")).unwrap();
    let alone = Server::start(&data);
    talk(&alone, "alone again");
    assert_eq!(history(&alone), said);
}

#[test]
fn a_node_that_is_drained_says_so_and_its_users_come_back_elsewhere() {
    let cluster = Cluster::new();
    let (one, mut two) = (cluster.start("one"), cluster.start("two"));
    has_version(&two, 2);
    let mut ann = one.irc("ann");
    let mut bob = resume(&two, "bob");
    ann.until(":bob!");
    let metrics = http::ask(one.address, "GET /metrics", &[], b"").text();
    assert!(metrics.contains("parlour_cluster_nodes 2\n"), "{metrics}");
    let data = cluster.dir.path().join("two");
    let drained = std::thread::spawn(move || admin(&data, &["drain", "--seconds", "2"]));
    is_ready(&two, 503);
    // It serves until then.
    bob.send("PRIVMSG #lobby :still here\r\n");
    ann.until("still here");
    bob.rest();
    drained.join().unwrap().unwrap();
    assert_eq!(two.process.ended(), Some(0));
    let mut bob = resume(&one, "bob");
    bob.send("PRIVMSG #lobby :from the other node\r\n");
    ann.until("from the other node");
    assert!(!has_quit(&ann, "bob"), "{}", ann.seen);
}

#[test]
fn a_node_that_compares_names_in_another_way_is_refused() {
    let mut cluster = Cluster::new();
    let _one = cluster.start("one");
    cluster.more = "[chat]\ncasemapping = \"rfc1459\"".into();
    let why = cluster.refused("two");
    assert!(why.contains("casemapping"), "{why}");
}
