//! Hooks for bots, and the addresses for operators.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;

use support::http::{ask, block_on, http_2};
use support::{PATIENCE, Server, admin};

/// Makes a hook; returns its token.
fn hook(data: &Path, arguments: &[&str]) -> String {
    let row = admin(data, &[&["hook", "add"], arguments].concat()).unwrap();
    let row: serde_json::Value = serde_json::from_str(&row).unwrap();
    row["token"].as_str().unwrap().to_owned()
}

fn post(address: SocketAddr, token: &str, kind: &str, body: &str) -> (u16, String) {
    let answer = ask(
        address,
        &format!("POST /hooks/{token}"),
        &[("Content-Type", kind)],
        body.as_bytes(),
    );
    (answer.status, answer.text())
}

/// Reader of `GET /events`.
struct Events(BufReader<TcpStream>);

impl Events {
    fn follow(address: SocketAddr, token: &str, query: &str, headers: &str) -> Events {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let head = format!(
            "GET /events{query} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{headers}\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut events = Events(BufReader::new(stream));
        events.until("retry:");
        events
    }

    /// Reads up to a line that holds `wanted`, and returns it; empty at the end.
    fn until(&mut self, wanted: &str) -> String {
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).unwrap() == 0 || line.contains(wanted) {
                return line;
            }
        }
    }

    /// Returns the next event: its id and its data.
    fn next(&mut self) -> (String, serde_json::Value) {
        let id = self.until("id: ");
        let data = self.until("data: ");
        let data = data.trim().strip_prefix("data: ").unwrap();
        let id = id.trim().strip_prefix("id: ").unwrap();
        (id.to_owned(), serde_json::from_str(data).unwrap())
    }
}

#[test]
fn a_hook_posts_into_its_channel_under_its_name() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let mut irc = server.irc("ann");
    irc.send("CAP REQ :message-tags\r\nJOIN #builds\r\n");
    irc.until(" 366 ann #builds ");
    let token = hook(data.path(), &["ci", "#builds"]);
    let (status, words) = post(
        server.address,
        &token,
        "application/json",
        r#"{"text": "it works"}"#,
    );
    assert_eq!((status, &*words), (200, "ok"));
    let line = irc.until("PRIVMSG #builds :it works");
    assert!(line.contains(":ci!hook@") && line.contains("bot"), "{line}");
    // As Slack's senders, and as people with curl, send it.
    let slack =
        r#"{"attachments": [{"title": "disk full", "fields": [{"title": "host", "value": "a"}]}]}"#;
    assert_eq!(
        post(server.address, &token, "application/json", slack).0,
        200
    );
    irc.until("PRIVMSG #builds :disk full");
    irc.until("PRIVMSG #builds :host: a");
    let form = "application/x-www-form-urlencoded";
    assert_eq!(post(server.address, &token, form, "plain words").0, 200);
    irc.until("PRIVMSG #builds :plain words");
    // Nobody else goes by its name, or writes lines of IRC by it.
    irc.send("NICK ci\r\n");
    irc.until(" 432 ");
    assert_eq!(
        post(server.address, &token, "text/plain", "a\r\nQUIT :b\0").0,
        200
    );
    irc.until("PRIVMSG #builds :QUIT :b");
    // It is kept: a restart does not lose the hook, nor its messages.
    drop(server);
    let server = Server::start(data.path());
    let mut irc = server.irc("bob");
    irc.send("JOIN #builds\r\n");
    irc.until(" 366 bob #builds ");
    irc.send("CHATHISTORY LATEST #builds * 10\r\n");
    irc.until("it works");
    assert_eq!(post(server.address, &token, "text/plain", "again").0, 200);
    irc.until("PRIVMSG #builds :again");
    assert!(
        admin(data.path(), &["hook", "list"])
            .unwrap()
            .contains("#builds")
    );
    admin(data.path(), &["hook", "remove", "ci"]).unwrap();
    assert_eq!(post(server.address, &token, "text/plain", "late").0, 404);
}

#[test]
fn what_a_hook_may_not_is_told() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let mut irc = server.irc("ann");
    irc.send("JOIN #ops\r\n");
    irc.until(" 366 ann #ops ");
    for (arguments, why) in [
        (["ann", "#ops"], "name of a user"),
        (["NickServ", "#ops"], "cannot be the name"),
        (["a b", "#ops"], "cannot be the name"),
        (["ci", "#nowhere"], "no channel"),
    ] {
        let error = admin(data.path(), &[&["hook", "add"][..], &arguments].concat()).unwrap_err();
        assert!(error.contains(why), "{arguments:?}: {error}");
    }
    assert!(
        admin(data.path(), &["hook", "remove", "none"])
            .unwrap_err()
            .contains("no hook")
    );
    let token = hook(data.path(), &["ci", "#ops"]);
    let reader = hook(data.path(), &["eye", "#ops", "--read"]);
    let say = |token: &str, kind: &str, body: &str| post(server.address, token, kind, body);
    assert_eq!(say("forged-token-forged", "", "x").0, 404);
    assert_eq!(say("../../etc/passwd", "", "x").0, 404);
    assert_eq!(say("", "", "x").0, 404);
    // A token for reading does not post, nor the other way round.
    assert_eq!(say(&reader, "", "x").0, 404);
    let bearer = format!("Bearer {token}");
    let events = ask(
        server.address,
        "GET /events",
        &[("Authorization", &bearer)],
        b"",
    );
    assert_eq!(events.status, 404);
    assert_eq!(ask(server.address, "GET /events", &[], b"").status, 401);
    assert_eq!(say(&token, "application/json", "{").0, 400);
    assert_eq!(say(&token, "text/plain", " \n ").0, 400);
    assert_eq!(say(&token, "text/plain", &"x".repeat(100_000)).0, 400);
    assert_eq!(say(&token, "text/plain", &"x".repeat(1_000_000)).0, 413);
    let got = ask(server.address, &format!("GET /hooks/{token}"), &[], b"");
    assert_eq!((got.status, got.header("allow")), (405, Some("post")));
    // Channel operators keep it silent as they do a person.
    irc.send("MODE #ops +b ci!*@*\r\n");
    irc.until("MODE #ops +b ");
    let (status, words) = say(&token, "text/plain", "x");
    assert!(
        status == 403 && words.starts_with("action_prohibited"),
        "{status} {words}"
    );
}

#[test]
fn a_hook_that_is_too_fast_is_told_when_to_go_on() {
    let data = tempfile::tempdir().unwrap();
    let config = "[[listen]]\naddress = \"127.0.0.1:0\"\n\
                  [limits]\nmessages_at_once = 3\nmessages_per_second = 1\n";
    let server = Server::configured(data.path(), config);
    let token = hook(data.path(), &["ci", "#lobby"]);
    let statuses: Vec<u16> = (0..5)
        .map(|number| post(server.address, &token, "", &format!("message {number}")).0)
        .collect();
    assert_eq!(statuses[..3], [200; 3]);
    assert!(statuses[3..].contains(&429), "{statuses:?}");
    let limited = ask(server.address, &format!("POST /hooks/{token}"), &[], b"x");
    assert!(limited.status == 200 || limited.header("retry-after").is_some());
}

#[test]
fn a_reader_follows_a_channel_and_resumes() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let mut irc = server.irc("ann");
    let token = hook(data.path(), &["eye", "#lobby", "--read"]);
    let query = "?channel=%23lobby";
    let mut events = Events::follow(server.address, &token, query, "");
    irc.send("PRIVMSG #lobby :one\r\nPRIVMSG @#lobby :not for all\r\nTAGMSG #lobby\r\nPRIVMSG #lobby :two\r\n");
    let (first, said) = events.next();
    assert_eq!(
        (said["text"].as_str(), said["from"].as_str()),
        (Some("one"), Some("ann"))
    );
    assert_eq!(said["msgid"].as_str(), Some(&*first));
    assert_eq!(events.next().1["text"].as_str(), Some("two"));
    drop(events);
    irc.send("PRIVMSG #lobby :three\r\nPING sync\r\n");
    irc.until("sync");
    // From the last one that was seen: nothing twice, nothing lost.
    let resume = format!("Last-Event-ID: {first}\r\n");
    let mut events = Events::follow(server.address, &token, query, &resume);
    assert_eq!(events.next().1["text"].as_str(), Some("two"));
    assert_eq!(events.next().1["text"].as_str(), Some("three"));
    irc.send("PRIVMSG #lobby :four\r\n");
    assert_eq!(events.next().1["text"].as_str(), Some("four"));
    // It is of one channel only, and ends with its hook.
    let other = ask(
        server.address,
        "GET /events?channel=%23other",
        &[("Authorization", &format!("Bearer {token}"))],
        b"",
    );
    assert_eq!(other.status, 404);
    admin(data.path(), &["hook", "remove", "eye"]).unwrap();
    irc.send("PRIVMSG #lobby :five\r\n");
    assert!(!events.until("five").contains("five"));
}

#[test]
fn a_reader_is_told_of_deletions() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let mut irc = server.irc("ann");
    irc.send("CAP REQ :draft/message-redaction\r\n");
    irc.until("ACK");
    let token = hook(data.path(), &["eye", "#lobby", "--read"]);
    let mut events = Events::follow(server.address, &token, "", "");
    irc.send("PRIVMSG #lobby :to be deleted\r\n");
    let (said, _) = events.next();
    irc.send(&format!("REDACT #lobby {said} :a slip\r\n"));
    assert!(events.until("event: ").contains("event: delete"));
    let data_line = events.until("data: ");
    assert!(data_line.contains(&said), "{data_line}");
    assert!(!data_line.contains("to be deleted"), "{data_line}");
    // Who resumes from before is not told what is deleted.
    drop(events);
    irc.send("PRIVMSG #lobby :after it\r\nPING sync\r\n");
    irc.until("sync");
    let from_the_start = "Last-Event-ID: 0000000000001\r\n";
    let mut events = Events::follow(server.address, &token, "", from_the_start);
    assert_eq!(events.next().1["text"].as_str(), Some("after it"));
}

#[test]
fn a_reader_that_is_too_slow_is_let_go_and_resumes_without_a_gap() {
    /// More than a feed and both buffers of a socket hold.
    const MESSAGES: usize = 25_000;
    const SIZE: usize = 380;
    let data = tempfile::tempdir().unwrap();
    let config = "[[listen]]\naddress = \"127.0.0.1:0\"\n\
                  [limits]\nmessages_at_once = 1000\nmessages_per_second = 0\n";
    let server = Server::configured(data.path(), config);
    let mut irc = server.irc("ann");
    let token = hook(data.path(), &["eye", "#lobby", "--read"]);
    let mut slow = Events::follow(server.address, &token, "", "");
    for number in 0..MESSAGES {
        irc.send(&format!(
            "PRIVMSG #lobby :{number} {}\r\n",
            "x".repeat(SIZE)
        ));
    }
    irc.send("PING sync\r\n");
    irc.until("sync");
    let number_of = |data: &serde_json::Value| {
        let text = data["text"].as_str().unwrap();
        text.split(' ').next().unwrap().parse::<usize>().unwrap()
    };
    let mut last = String::new();
    let mut next = 0;
    loop {
        let line = slow.until("id: ");
        let Some(id) = line.trim().strip_prefix("id: ") else {
            break;
        };
        let data = slow.until("data: ");
        // The last one may be cut off by the end.
        let Ok(data) = serde_json::from_str(data.trim().trim_start_matches("data: ")) else {
            break;
        };
        assert_eq!(number_of(&data), next);
        next += 1;
        last = id.to_owned();
    }
    assert!(0 < next && next < MESSAGES, "{next} came before the end");
    let resume = format!("Last-Event-ID: {last}\r\n");
    let mut rest = Events::follow(server.address, &token, "", &resume);
    for wanted in next..MESSAGES {
        assert_eq!(number_of(&rest.next().1), wanted);
    }
}

#[test]
fn events_come_over_http_2_as_well() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let mut irc = server.irc("ann");
    let token = hook(data.path(), &["eye", "#lobby", "--read"]);
    block_on(async {
        let (mut sender, driver) = http_2(server.address, &h2::client::Builder::new()).await;
        let uri = format!("http://{}/events?token={token}", server.address);
        let request = http::Request::get(uri).body(()).unwrap();
        let (response, _) = sender.send_request(request, true).unwrap();
        let mut body = response.await.unwrap().into_body();
        let mut seen = String::new();
        let mut said = false;
        while !seen.contains("by two") {
            let piece = body.data().await.unwrap().unwrap();
            seen.push_str(std::str::from_utf8(&piece).unwrap());
            if !std::mem::replace(&mut said, true) {
                irc.send("PRIVMSG #lobby :by two\r\n");
            }
        }
        drop(driver);
    });
}

#[test]
fn operators_see_health_and_metrics() {
    let data = tempfile::tempdir().unwrap();
    let config = "[[listen]]\naddress = \"127.0.0.1:0\"\n\
                  [web]\nmetrics_token = \"let-me-see\"\n[proxy]\ntrusted = [\"127.0.0.1\"]\n";
    let server = Server::configured(data.path(), config);
    let mut irc = server.irc("ann");
    irc.send("PRIVMSG #lobby :counted\r\nPING sync\r\n");
    irc.until("sync");
    let get = |path: &str, headers: &[(&str, &str)]| {
        ask(server.address, &format!("GET {path}"), headers, b"")
    };
    assert_eq!(get("/healthz", &[]).status, 200);
    assert_eq!(get("/readyz", &[]).status, 200);
    let metrics = get("/metrics", &[]);
    assert!(
        metrics
            .header("content-type")
            .unwrap()
            .contains("openmetrics-text")
    );
    let text = metrics.text();
    for part in [
        "parlour_connections ",
        "parlour_sessions 1\n",
        "parlour_users 1\n",
        "parlour_messages_total 1\n",
        "parlour_commit_seconds_bucket",
        "parlour_commit_records_bucket",
        "parlour_core_queue ",
        "parlour_writer_queue ",
        "parlour_slow_readers_total 0\n",
        "parlour_logins_refused_total 0\n",
        "parlour_store_bytes ",
        "parlour_search_bytes ",
        "parlour_uploads_bytes 0\n",
        "parlour_index_lag ",
        "# EOF",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // Through the proxy, everybody is somebody else.
    let far = ("X-Forwarded-For", "198.51.100.7");
    assert_eq!(get("/metrics", &[far]).status, 403);
    let wrong = ("Authorization", "Bearer let-me-sea");
    assert_eq!(get("/metrics", &[far, wrong]).status, 403);
    let right = ("Authorization", "Bearer let-me-see");
    assert_eq!(get("/metrics", &[far, right]).status, 200);
}
