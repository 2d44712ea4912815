//! Uploads: who may, what is made of a file, how it is served, and when it goes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failing test is to stop"
)]

mod support;
#[path = "support/tmux.rs"]
mod tmux;

use std::io::{Cursor, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use image::{ImageFormat, Rgb, RgbImage};
use support::http::{Response, ask, block_on, http_2};
use support::{PARLOUR, PATIENCE, Server, Wire, eventually, msgid};
use tmux::{Tmux, join};

/// A small picture of a kind.
fn picture(format: ImageFormat) -> Vec<u8> {
    let picture = RgbImage::from_fn(64, 48, |x, y| Rgb([x as u8, y as u8, 7]));
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A token for uploads, as a session gets it.
fn token(irc: &mut Wire) -> String {
    irc.send("TOKEN GENERATE filehost\r\n");
    irc.until(" TOKEN GENERATE FILEHOST https://");
    let rest = irc.until("\n");
    rest.split_once(' ')
        .unwrap()
        .1
        .trim()
        .trim_start_matches(':')
        .to_owned()
}

fn upload(server: &Server, authorization: &str, name: &str, kind: &str, body: &[u8]) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        ("Authorization", authorization),
        ("Content-Type", kind),
        ("Content-Disposition", &*disposition),
    ];
    ask(server.address, "POST /uploads", &headers, body)
}

/// The path that an upload was put at.
fn path_of(answer: &Response) -> String {
    assert_eq!(answer.status, 201, "{}", answer.text());
    // `Response` has its head in lower case, and an id has both.
    answer.location().to_owned()
}

fn get(server: &Server, path: &str, headers: &[(&str, &str)]) -> Response {
    ask(server.address, &format!("GET {path}"), headers, b"")
}

fn add_account(data: &Path, name: &str, password: &str) {
    let mut child = Command::new(PARLOUR)
        .args(["admin", "--data"])
        .arg(data)
        .args(["account", "add", name])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(password.as_bytes())
        .unwrap();
    assert!(child.wait().unwrap().success());
}

/// Answers [`eventually`].
fn is(it_is: bool) -> Result<(), String> {
    it_is.then_some(()).ok_or("not yet".into())
}

#[test]
fn a_picture_is_encoded_anew_and_served_with_its_size() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let mut irc = server.irc("ann");
    let bearer = format!("Bearer {}", token(&mut irc));
    for (format, kind) in [
        (ImageFormat::Png, "image/png"),
        (ImageFormat::Jpeg, "image/jpeg"),
        (ImageFormat::Gif, "image/gif"),
    ] {
        let mut bytes = picture(format);
        // A polyglot: a page behind the picture.
        bytes.extend_from_slice(b"<html><script>alert(1)</script>");
        let answer = upload(&server, &bearer, "../a b.svg", kind, &bytes);
        let path = path_of(&answer);
        assert!(
            path.starts_with("/files/") && path.contains(".64x48/"),
            "{path}"
        );
        assert!(!path.contains("..") && !path.contains(".svg"), "{path}");
        let file = get(&server, &path, &[]);
        assert_eq!(file.status, 200);
        assert!(!file.body.windows(8).any(|eight| eight == b"<script>"));
        assert!(image::load_from_memory(&file.body).is_ok());
        assert!(file.header("content-type").unwrap().starts_with("image/"));
        assert!(
            file.header("content-security-policy")
                .unwrap()
                .starts_with("sandbox")
        );
        assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
        let small = path.rsplit_once('/').unwrap().0.to_owned() + "/thumb";
        assert_eq!(get(&server, &small, &[]).status, 200);
        let part = get(&server, &path, &[("Range", "bytes=0-3")]);
        assert_eq!((part.status, part.body.len()), (206, 4));
    }
}

#[test]
fn nothing_is_served_that_a_browser_runs() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let mut irc = server.irc("ann");
    let bearer = format!("Bearer {}", token(&mut irc));
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
    let page = b"<html><script>alert(1)</script></html>";
    // A picture's head alone, of 50,000 by 50,000 pixels; and a lie about the type.
    let bomb = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\xc3\x50\0\0\xc3\x50\x08\x02\0\0\0............";
    for (name, kind, body) in [
        ("a.svg", "image/svg+xml", &svg[..]),
        ("a.html", "text/html", page),
        ("a.js", "text/javascript", b"alert(1)"),
        ("a.png", "image/png", page),
        ("a.png", "image/png", bomb),
        ("a.xml", "application/xml", b"<x/>"),
    ] {
        let path = path_of(&upload(&server, &bearer, name, kind, body));
        let file = get(&server, &path, &[]);
        assert_eq!(
            file.header("content-type"),
            Some("application/octet-stream"),
            "{name}"
        );
        assert!(
            file.header("content-disposition")
                .unwrap()
                .starts_with("attachment"),
            "{name}"
        );
        assert!(
            file.header("content-security-policy")
                .unwrap()
                .starts_with("sandbox")
        );
        assert_eq!(
            file.header("cross-origin-resource-policy"),
            Some("same-origin")
        );
        assert_eq!(file.body, body);
    }
    for path in [
        "/files/",
        "/files/x",
        "/files/../uploads.db",
        "/files/..%2fuploads.db/x",
        "/files/uploads.db/x",
        "/files/aaaaaaaaaaaa/x/y",
    ] {
        assert_eq!(get(&server, path, &[]).status, 404, "{path}");
    }
}

#[test]
fn what_grows_when_it_is_opened_is_kept_as_it_is() {
    let data = tempfile::tempdir().unwrap();
    let config = "[[listen]]\naddress = \"127.0.0.1:0\"\n[uploads]\nmax_mb = 1\n";
    let server = Server::configured(data.path(), config);
    let mut irc = server.irc("ann");
    let bearer = format!("Bearer {}", token(&mut irc));
    // 10 MB of nothing, in 10 kB: neither an archive nor an encoding is opened.
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(&vec![0; 10_000_000]).unwrap();
    let packed = packed.finish().unwrap();
    let headers = [
        ("Authorization", &*bearer),
        ("Content-Type", "text/plain"),
        ("Content-Encoding", "gzip"),
    ];
    let kept = path_of(&ask(server.address, "POST /uploads", &headers, &packed));
    let file = get(&server, &kept, &[("Accept-Encoding", "gzip")]);
    assert_eq!(
        (&file.body, file.header("content-encoding")),
        (&packed, None)
    );
    // Without a length, the limit holds all the same.
    let mut piece = TcpStream::connect(server.address).unwrap();
    piece.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!(
        "POST /uploads HTTP/1.1\r\nHost: localhost\r\nAuthorization: {bearer}\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    piece.write_all(head.as_bytes()).unwrap();
    let chunk = [&b"10000\r\n"[..], &[b'x'; 65_536], b"\r\n"].concat();
    for _ in 0..20 {
        // The answer may come, and the end, before all is sent.
        if piece.write_all(&chunk).is_err() {
            break;
        }
    }
    let mut seen = Vec::new();
    let _ = piece.read_to_end(&mut seen);
    assert!(String::from_utf8_lossy(&seen).starts_with("HTTP/1.1 413"));
    assert_eq!(part_files(data.path()), 0);
}

#[test]
fn who_may_not_upload_is_told() {
    let data = tempfile::tempdir().unwrap();
    let config = "[[listen]]\naddress = \"127.0.0.1:0\"\n\
                  [uploads]\nmax_mb = 1\nguests = false\nquota_mb = 2\ntypes = [\"image/*\", \"text/plain\"]\n";
    let server = Server::configured(data.path(), config);
    add_account(data.path(), "bob", "correct horse\n");
    let mut irc = server.irc("ann");
    irc.send("TOKEN GENERATE filehost\r\n");
    irc.until("FAIL TOKEN ACCOUNT_REQUIRED");
    irc.send("TOKEN GENERATE QDB\r\nTOKEN VALIDATE x\r\nTOKEN SERVICELIST\r\n");
    irc.until("FAIL TOKEN UNKNOWN_SERVICE QDB");
    irc.until("FAIL TOKEN UNKNOWN_COMMAND VALIDATE");
    irc.until("NOTE TOKEN SERVICE FILEHOST https://");
    irc.until("NOTE TOKEN END_OF_LIST");
    let basic = |pair: &str| format!("Basic {}", BASE64.encode(pair));
    let say = |authorization: &str, kind: &str, body: &[u8]| {
        upload(&server, authorization, "a.txt", kind, body).status
    };
    let right = basic("bob:correct horse");
    assert_eq!(ask(server.address, "POST /uploads", &[], b"x").status, 401);
    assert_eq!(say(&basic("bob:wrong"), "text/plain", b"x"), 403);
    assert_eq!(say("Bearer forged.token", "text/plain", b"x"), 403);
    assert_eq!(say(&right, "text/plain", b"x"), 201);
    assert_eq!(say(&right, "application/zip", b"PK"), 415);
    assert_eq!(say(&right, "text/plain", b""), 400);
    assert_eq!(say(&right, "text/plain", &vec![b'x'; 1_000_001]), 413);
    let big = vec![b'x'; 900_000];
    assert_eq!(say(&right, "text/plain", &big), 201);
    assert_eq!(say(&right, "text/plain", &big), 201);
    assert_eq!(say(&right, "text/plain", &big), 507);
    // A page from elsewhere, with the credentials that the browser knows.
    let foreign = [("Authorization", &*right), ("Origin", "https://evil.com")];
    assert_eq!(
        ask(server.address, "POST /uploads", &foreign, b"x").status,
        403
    );
    let own = format!("http://{}", server.address);
    let preflight = ask(server.address, "OPTIONS /uploads", &[("Origin", &own)], b"");
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-origin"), Some(&*own));
    assert!(
        preflight
            .header("access-control-allow-headers")
            .unwrap()
            .contains("authorization")
    );
}

#[test]
fn guests_and_all_together_have_quotas() {
    let data = tempfile::tempdir().unwrap();
    let config = "[[listen]]\naddress = \"127.0.0.1:0\"\n\
                  [uploads]\nmax_mb = 1\nguest_quota_mb = 1\nquota_mb = 2\ntotal_mb = 2\n";
    let server = Server::configured(data.path(), config);
    add_account(data.path(), "bob", "correct horse\n");
    let guest = format!("Bearer {}", token(&mut server.irc("ann")));
    let big = vec![b'x'; 900_000];
    let say = |authorization: &str| upload(&server, authorization, "a.txt", "text/plain", &big);
    assert_eq!(say(&guest).status, 201);
    let refused = say(&guest);
    assert_eq!(refused.status, 507);
    assert!(refused.text().contains("1 MB"), "{}", refused.text());
    let account = format!("Basic {}", BASE64.encode("bob:correct horse"));
    let kept = say(&account);
    assert_eq!(kept.status, 201);
    // The account has room, the server has none.
    let refused = say(&account);
    assert_eq!(refused.status, 507);
    assert!(refused.text().contains("server"), "{}", refused.text());
    // A refused upload has cost nothing, and what is deleted makes room.
    assert_eq!(part_files(data.path()), 0);
    let mut irc = server.connect();
    irc.send("CAP REQ :draft/message-redaction echo-message message-tags\r\nPASS :bob:correct horse\r\nNICK bob\r\nUSER b 0 * :b\r\nCAP END\r\nJOIN #lobby\r\n");
    irc.until(" 366 ");
    irc.send(&format!(
        "PRIVMSG #lobby :see http://localhost{}\r\n",
        path_of(&kept)
    ));
    let line = irc.until("PRIVMSG #lobby");
    let id = msgid(&line);
    irc.send(&format!("REDACT #lobby {id}\r\n"));
    eventually("room for another file", || is(say(&account).status == 201));
}

#[test]
fn files_go_after_their_time_and_without_a_message() {
    let data = tempfile::tempdir().unwrap();
    let config = "[[listen]]\naddress = \"127.0.0.1:0\"\n[uploads]\nkeep_days = 30\n";
    let server = Server::configured(data.path(), config);
    let mut irc = server.irc("ann");
    let bearer = format!("Bearer {}", token(&mut irc));
    let keep = |name: &str| path_of(&upload(&server, &bearer, name, "text/plain", b"words"));
    let [fresh, forgotten, linked, old] = ["fresh", "forgotten", "linked", "old"].map(keep);
    for path in [&linked, &old] {
        irc.send(&format!("PRIVMSG #lobby :see http://localhost{path}\r\n"));
    }
    let database = data.path().join("uploads/uploads.db");
    let count = |sql: &str| -> i64 {
        let store = rusqlite::Connection::open(&database).unwrap();
        store.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    eventually("the links", || {
        is(count("SELECT count(*) FROM upload WHERE message IS NOT NULL") == 2)
    });
    drop(server);
    // Eight days ago, or forty.
    let store = rusqlite::Connection::open(&database).unwrap();
    for (path, days) in [(&forgotten, 8), (&linked, 8), (&old, 40)] {
        let id = path.split('/').nth(2).unwrap();
        let sql = "UPDATE upload SET created = created - ?1 WHERE id = ?2";
        store
            .execute(sql, rusqlite::params![days * 24 * 3_600_000_i64, id])
            .unwrap();
    }
    drop(store);
    // What a crash has left of an upload that was never acknowledged.
    let stray = data.path().join("uploads/stray-of-a-crash-0000");
    let file = std::fs::File::create(&stray).unwrap();
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(7_200);
    file.set_modified(long_ago).unwrap();
    let young = data.path().join("uploads/being-kept-right-now");
    std::fs::File::create(&young).unwrap();
    let server = Server::configured(data.path(), config);
    let is_there = |path: &str| get(&server, path, &[]).status == 200;
    eventually("the end of the files", || {
        is(!is_there(&forgotten) && !is_there(&old) && !stray.exists())
    });
    assert!(is_there(&fresh) && is_there(&linked) && young.exists());
}

/// Files of the upload folder that the server holds open.
fn open_files(server: &Server) -> usize {
    let folder = format!("/proc/{}/fd", server.process.0.id());
    let links = std::fs::read_dir(folder).unwrap().flatten();
    let targets = links.filter_map(|link| std::fs::read_link(link.path()).ok());
    let is_upload = |path: &PathBuf| {
        path.parent()
            .is_some_and(|folder| folder.ends_with("uploads"))
            && !path.to_string_lossy().contains(".db")
    };
    targets.filter(is_upload).count()
}

/// Files in the upload folder that are not complete.
fn part_files(data: &Path) -> usize {
    let files = std::fs::read_dir(data.join("uploads")).unwrap().flatten();
    let is_part = |file: &std::fs::DirEntry| file.path().extension().is_some_and(|e| e == "part");
    files.filter(is_part).count()
}

/// Waits until something holds, while connections of HTTP/2 go on. The file system and the descriptors
/// of another process tell of no change: they can only be looked at again.
async fn until(holds: impl Fn() -> bool) {
    while !holds() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[test]
fn what_stands_still_over_http_2_holds_up_nobody() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    add_account(data.path(), "bob", "correct horse\n");
    let mut irc = server.irc("ann");
    let bearer = format!("Bearer {}", token(&mut irc));
    let basic = format!("Basic {}", BASE64.encode("bob:correct horse"));
    let body = vec![b'x'; 1_000_000];
    let path = path_of(&upload(&server, &bearer, "a.bin", "text/plain", &body));
    block_on(async {
        // Downloads of which nothing is taken: there is no room for a byte.
        let mut closed = h2::client::Builder::new();
        closed.initial_window_size(0);
        let (mut sender, reading) = http_2(server.address, &closed).await;
        let mut held = Vec::new();
        for _ in 0..50 {
            let request = http::Request::get(format!("http://{}{path}", server.address));
            let (answer, _) = sender
                .send_request(request.body(()).unwrap(), true)
                .unwrap();
            held.push(answer.await.unwrap());
        }
        assert!(held.iter().all(|answer| answer.status() == 200));
        until(|| open_files(&server) == 0).await;

        // Uploads of which nothing more comes, as many as their owner may have at once.
        let (mut sender, writing) = http_2(server.address, &h2::client::Builder::new()).await;
        let mut begun = Vec::new();
        for _ in 0..8 {
            let request = http::Request::post(format!("http://{}/uploads", server.address))
                .header("authorization", &bearer)
                .header("content-length", "1000");
            let (answer, mut stream) = sender
                .send_request(request.body(()).unwrap(), false)
                .unwrap();
            stream
                .send_data(Bytes::from_static(b"half"), false)
                .unwrap();
            begun.push((answer, stream));
        }
        until(|| part_files(data.path()) == 8).await;
        // The owner has to wait, another has not, and files are served as before.
        let say = |authorization: &str| upload(&server, authorization, "b.txt", "text/plain", b"b");
        assert_eq!(say(&bearer).status, 429);
        assert_eq!(say(&basic).status, 201);
        assert_eq!(get(&server, &path, &[]).body.len(), body.len());
        drop((begun, sender));
        writing.abort();
        until(|| part_files(data.path()) == 0).await;
        assert_eq!(say(&bearer).status, 201);
        drop(held);
        reading.abort();
    });
}

#[test]
fn half_an_upload_leaves_nothing() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let mut irc = server.irc("ann");
    let token = token(&mut irc);
    let mut half = TcpStream::connect(server.address).unwrap();
    half.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!(
        "POST /uploads HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Length: 1000\r\n\r\nhalf"
    );
    half.write_all(head.as_bytes()).unwrap();
    half.shutdown(Shutdown::Write).unwrap();
    let mut seen = Vec::new();
    let _ = half.read_to_end(&mut seen);
    assert!(!String::from_utf8_lossy(&seen).contains(" 201 "));
    eventually("the end of the part", || is(part_files(data.path()) == 0));
}

#[test]
fn a_file_goes_with_its_message_and_with_its_account() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    add_account(data.path(), "bob", "correct horse\n");
    let mut irc = server.irc("ann");
    irc.send("CAP REQ :message-tags echo-message draft/message-redaction\r\n");
    irc.until("ACK");
    let bearer = format!("Bearer {}", token(&mut irc));
    let path = path_of(&upload(&server, &bearer, "a.txt", "text/plain", b"secret"));
    irc.send(&format!("PRIVMSG #lobby :see http://localhost{path}\r\n"));
    let line = irc.until("PRIVMSG #lobby");
    let id = msgid(&line);
    assert_eq!(get(&server, &path, &[]).status, 200);
    irc.send(&format!("REDACT #lobby {id}\r\n"));
    irc.until("REDACT");
    eventually("the end of the file", || {
        is(get(&server, &path, &[]).status == 404)
    });
    let basic = format!("Basic {}", BASE64.encode("bob:correct horse"));
    let path = path_of(&upload(&server, &basic, "b.txt", "text/plain", b"of bob"));
    // A backup has the file, and a check finds one that is damaged.
    let copy = data.path().join("copy.db");
    let admin = |arguments: &[&str]| {
        Command::new(PARLOUR)
            .args(["admin", "--data"])
            .arg(data.path())
            .args(arguments)
            .output()
            .unwrap()
    };
    assert!(admin(&["backup", copy.to_str().unwrap()]).status.success());
    assert!(admin(&["check", copy.to_str().unwrap()]).status.success());
    let id = path.split('/').nth(2).unwrap();
    std::fs::remove_file(data.path().join("copy.db.uploads").join(id)).unwrap();
    assert!(!admin(&["check", copy.to_str().unwrap()]).status.success());
    assert!(
        admin(&["account", "erase", "bob", "--yes"])
            .status
            .success()
    );
    eventually("the end of the file", || {
        is(get(&server, &path, &[]).status == 404)
    });
}

#[test]
fn a_hook_posts_a_file_as_a_link() {
    let data = tempfile::tempdir().unwrap();
    let config =
        "[[listen]]\naddress = \"127.0.0.1:0\"\n[uploads]\nurl = \"https://chat.school.org/\"\n";
    let server = Server::configured(data.path(), config);
    let mut irc = server.connect();
    irc.send("NICK ann\r\nUSER ann 0 * :ann\r\nJOIN #lobby\r\n");
    irc.until("soju.im/FILEHOST=https://chat.school.org/uploads");
    irc.until(" 366 ");
    let added = Command::new(PARLOUR)
        .args(["admin", "--json", "--data"])
        .arg(data.path())
        .args(["hook", "add", "cam", "#lobby"])
        .output()
        .unwrap();
    let row: serde_json::Value = serde_json::from_slice(&added.stdout).unwrap();
    let request = format!("POST /hooks/{}", row["token"].as_str().unwrap());
    let headers = [("Content-Type", "image/png")];
    let answer = ask(
        server.address,
        &request,
        &headers,
        &picture(ImageFormat::Png),
    );
    assert_eq!((answer.status, &*answer.text()), (200, "ok"));
    irc.until("PRIVMSG #lobby :https://chat.school.org/files/");
    let path = format!("/files/{}", irc.until("\n").trim());
    assert_eq!(get(&server, &path, &[]).status, 200);
}

#[test]
fn the_terminal_client_uploads_what_is_typed_or_dropped() {
    let data = tempfile::tempdir().unwrap();
    let config = "[[listen]]\naddress = \"127.0.0.1:0\"\n[uploads]\nmax_mb = 1\n";
    let server = Server::configured(data.path(), config);
    let home = data.path().join("home");
    std::fs::create_dir(&home).unwrap();
    std::fs::write(home.join("switch room.png"), picture(ImageFormat::Png)).unwrap();
    std::fs::write(home.join("notes.txt"), "words").unwrap();
    std::fs::write(home.join("large"), vec![7; 2_000_000]).unwrap();
    let mut irc = server.irc("bob");
    let tmux = Tmux::new(120, 30);
    join(&tmux, &server, &home, "ann");

    tmux.line("/upload ~/switch room.png");
    irc.until("ann!");
    irc.until("PRIVMSG #lobby :https://localhost:");
    let said = irc.until("\n");
    let path = said[said.find("/files/").unwrap()..].trim().to_owned();
    assert!(path.ends_with(".64x48/switch%20room.png"), "{path}");
    assert_eq!(get(&server, &path, &[]).status, 200);
    tmux.until("the file in short", |s| {
        s.contains("switch room.png 64x48 · localhost:") && !s.contains("/files/")
    });

    tmux.line("/upload ~/large");
    tmux.until("the reason", |s| {
        s.contains("large was not uploaded") && s.contains("1 MB")
    });
    tmux.line("/upload ~/nothing");
    tmux.until("the reason", |s| s.contains("nothing was not uploaded"));
    tmux.line("/upload /");
    tmux.until("the reason", |s| s.contains("is not a file"));

    // What is dropped on a terminal arrives as a paste.
    tmux.paste(&format!("'{}'", home.join("notes.txt").display()));
    tmux.until("the question", |s| s.contains("Upload this file?"));
    tmux.keys("y");
    irc.until("PRIVMSG #lobby :https://localhost:");
    let said = irc.until("\n");
    let path = said[said.find("/files/").unwrap()..].trim().to_owned();
    assert_eq!(get(&server, &path, &[]).body, b"words");
    tmux.line("/quit");
    tmux.until("the shell", |s| s.contains("exit=0"));
}
