//! HTTP on the one port: the page and its headers, hosts, proxies, limits, HTTP/2.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use std::io::Write;
use std::net::TcpStream;

use support::http::{ask, block_on, http_2};
use support::{PATIENCE, Server, Wire};
use tungstenite::client::IntoClientRequest;

const BROWSER: (&str, &str) = ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");

#[test]
fn browsers_get_the_page_and_others_the_ways_in() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let page = ask(server.address, "GET /", &[BROWSER], b"");
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    let policy = page.header("content-security-policy").unwrap();
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "require-trusted-types-for 'script'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(page.header(name), Some(value), "{name}");
    }
    // Every file that the page names is there, may be kept for ever, and has no markup of others.
    let text = page.text();
    let files: Vec<&str> = text
        .split('"')
        .filter(|part| part.starts_with("assets/"))
        .collect();
    assert!(files.len() > 5, "{text}");
    for file in files {
        let asset = ask(
            server.address,
            &format!("GET /{file}"),
            &[("Accept-Encoding", "gzip")],
            b"",
        );
        assert_eq!(asset.status, 200, "{file}");
        assert_eq!(asset.header("content-encoding"), Some("gzip"), "{file}");
        assert!(
            asset.header("cache-control").unwrap().contains("immutable"),
            "{file}"
        );
    }
    let worker = ask(server.address, "GET /sw.js", &[], b"");
    assert_eq!(worker.header("cache-control"), Some("no-cache"));
    let curl = ask(server.address, "GET /", &[("Accept", "*/*")], b"");
    assert!(curl.text().contains("nc HOST 25000"), "{}", curl.text());
    assert_eq!(curl.header("x-content-type-options"), Some("nosniff"));
}

#[test]
fn what_is_not_there_is_not_found() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    for path in [
        "/nothing",
        "/assets/",
        "/assets/0000000000000000/app/main.js",
        "/../parlour.db",
        "/assets/../../parlour.db",
        "/%2e%2e/parlour.db",
        "/..%2fparlour.db",
        "//parlour.db",
    ] {
        let answer = ask(server.address, &format!("GET {path}"), &[BROWSER], b"");
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let answer = ask(server.address, &format!("{method} /"), &[], b"");
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, Some("get, head")),
            "{method}"
        );
    }
}

#[test]
fn the_page_can_be_switched_off() {
    let data = tempfile::tempdir().unwrap();
    let config = "[[listen]]\naddress = \"127.0.0.1:0\"\n[web]\npage = false\n";
    let server = Server::configured(data.path(), config);
    let answer = ask(server.address, "GET /", &[BROWSER], b"");
    assert!(answer.text().contains("nc HOST 25000"), "{}", answer.text());
    assert_eq!(ask(server.address, "GET /sw.js", &[], b"").status, 404);
}

#[test]
fn a_foreign_name_that_leads_here_gets_no_page_and_no_websocket() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let evil = ask(
        server.address,
        "GET /",
        &[BROWSER, ("Host", "evil.com:25000")],
        b"",
    );
    assert_eq!(evil.status, 421);
    assert!(evil.text().contains("websocket.origins"), "{}", evil.text());
    let handshake = |host: &str| {
        let mut request = format!("ws://{host}/").into_client_request().unwrap();
        let origin = format!("http://{host}");
        request
            .headers_mut()
            .insert("origin", origin.parse().unwrap());
        let stream = TcpStream::connect(server.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        tungstenite::client(request, stream)
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    assert!(handshake("evil.com:25000").unwrap_err().contains("403"));
    for own in [
        "localhost:25000",
        "homelab:25000",
        "192.0.2.1:25000",
        "nas.local",
    ] {
        handshake(own).unwrap();
        assert_eq!(
            ask(server.address, "GET /", &[BROWSER, ("Host", own)], b"").status,
            200
        );
    }
}

#[test]
fn a_proxy_is_believed_only_where_it_is_trusted() {
    let whois = |server: &Server, headers: &[(&'static str, &str)]| {
        let mut request = "ws://localhost/".into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let stream = TcpStream::connect(server.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (mut socket, _) = tungstenite::client(request, stream).unwrap();
        for line in ["NICK pat", "USER pat 0 * :pat", "WHOIS pat", "QUIT"] {
            socket.send(tungstenite::Message::text(line)).unwrap();
        }
        let mut seen = String::new();
        while let Ok(message) = socket.read() {
            seen += &message.to_text().unwrap_or_default().replace('\0', "");
            seen.push('\n');
        }
        seen
    };
    let headers = [
        ("x-forwarded-for", "198.51.100.7"),
        ("x-forwarded-proto", "https"),
    ];
    let data = tempfile::tempdir().unwrap();
    let plain = Server::start(data.path());
    let seen = whois(&plain, &headers);
    assert!(
        !seen.contains("198.51.100.7") && !seen.contains(" 671 "),
        "{seen}"
    );
    let data = tempfile::tempdir().unwrap();
    let config = "[[listen]]\naddress = \"127.0.0.1:0\"\n[proxy]\ntrusted = [\"127.0.0.1\"]\n";
    let behind = Server::configured(data.path(), config);
    let seen = whois(&behind, &headers);
    assert!(
        seen.contains("198.51.100.7") && seen.contains(" 671 "),
        "{seen}"
    );
}

#[test]
fn floods_of_headers_are_refused() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let mut many = TcpStream::connect(server.address).unwrap();
    many.set_read_timeout(Some(PATIENCE)).unwrap();
    many.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n").unwrap();
    // The server stops reading, and closes, somewhere on the way.
    for number in 0..20_000 {
        if many
            .write_all(format!("X-{number}: {number}\r\n").as_bytes())
            .is_err()
        {
            break;
        }
    }
    let _ = many.write_all(b"\r\n");
    let mut seen = Vec::new();
    let _ = std::io::Read::read_to_end(&mut many, &mut seen);
    let seen = String::from_utf8_lossy(&seen);
    assert!(
        seen.is_empty() || seen.starts_with("HTTP/1.1 431"),
        "{seen}"
    );
    // Everybody else is served as before.
    assert_eq!(ask(server.address, "GET /", &[BROWSER], b"").status, 200);
    let mut irc = server.irc("ann");
    irc.send("PING still\r\n");
    irc.until("still");
}

#[test]
fn http_2_is_spoken_and_a_rapid_reset_ends_the_connection() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    block_on(async {
        let (mut sender, driver) = http_2(server.address, &h2::client::Builder::new()).await;
        let get = |path: &str| {
            let uri = format!("http://{}{path}", server.address);
            http::Request::get(uri)
                .header("accept", "text/html")
                .body(())
                .unwrap()
        };
        let (response, _) = sender.send_request(get("/"), true).unwrap();
        let response = response.await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.headers().contains_key("content-security-policy"));
        // Requests that are taken back at once (CVE-2023-44487).
        let mut ended = false;
        for _ in 0..10_000 {
            let Ok(ready) = sender.clone().ready().await else {
                ended = true;
                break;
            };
            sender = ready;
            match sender.send_request(get("/"), false) {
                Ok((_, mut stream)) => stream.send_reset(h2::Reason::CANCEL),
                Err(_) => ended = true,
            }
            tokio::task::yield_now().await;
            if ended {
                break;
            }
        }
        drop(sender);
        let outcome = driver.await.unwrap();
        assert!(ended || outcome.is_err(), "the resets went on and on");
    });
    assert_eq!(ask(server.address, "GET /", &[BROWSER], b"").status, 200);
}

#[test]
fn too_many_headers_over_http_2_are_refused() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    block_on(async {
        let (mut sender, driver) = http_2(server.address, &h2::client::Builder::new()).await;
        let mut request = http::Request::get(format!("http://{}/", server.address));
        for number in 0..300 {
            request = request.header(format!("x-{number}"), "v".repeat(200));
        }
        let (response, _) = sender
            .send_request(request.body(()).unwrap(), true)
            .unwrap();
        // It is refused, or its stream is; the connection may go with it.
        match response.await {
            Ok(response) => assert_eq!(response.status(), 431),
            Err(error) => assert!(error.is_reset() || error.is_go_away() || error.is_io()),
        }
        driver.abort();
    });
    // Headers that never end (CVE-2024-27316): CONTINUATION frames without END_HEADERS.
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let frame = |kind: u8, stream: u32, payload: &[u8]| {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, 0], &stream.to_be_bytes(), payload].concat()
    };
    // Literal fields without indexing, of which a hundred make a frame.
    let field = [&[0, 2][..], b"x-", &[100], &[b'v'; 100]].concat();
    let fields = field.repeat(100);
    let mut sent = [
        &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..],
        &frame(4, 0, &[]),
        &frame(1, 1, &fields),
    ]
    .concat();
    let mut total = 0;
    // It ends somewhere on the way, far below what would hurt.
    while total < 64 << 20 && stream.write_all(&sent).is_ok() {
        total += sent.len();
        sent = frame(9, 1, &fields);
    }
    assert!(total < 64 << 20, "the headers went on and on");
    assert_eq!(ask(server.address, "GET /", &[BROWSER], b"").status, 200);
}

#[test]
fn browsers_agree_on_http_2_inside_tls() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let mut agreed = Vec::new();
    for offered in [
        &[&b"h2"[..], b"http/1.1"][..],
        &[b"http/1.1"],
        &[b"irc"],
        &[],
    ] {
        let stream = support::tls::tls_client_offering(&server, offered);
        agreed.push(stream.conn.alpn_protocol().map(<[u8]>::to_vec));
    }
    let want: [Option<&[u8]>; 4] = [Some(b"h2"), Some(b"http/1.1"), Some(b"irc"), None];
    assert_eq!(agreed, want.map(|name| name.map(<[u8]>::to_vec)));
}

#[test]
fn half_a_request_does_not_hang() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let mut half = Wire::new(TcpStream::connect(server.address).unwrap());
    half.send("GET / HTTP/1.1\r\nHost: x\r\n");
    half.stream.shutdown(std::net::Shutdown::Write).unwrap();
    // Ends without an answer, or with one that says what is missing.
    let seen = half.rest();
    assert!(seen.is_empty() || seen.starts_with("HTTP/1.1 4"), "{seen}");
    let mut preface = TcpStream::connect(server.address).unwrap();
    preface.set_read_timeout(Some(PATIENCE)).unwrap();
    preface
        .write_all(b"PRI * HTTP/2.0\r\n\r\nnonsense that is no frame of any kind")
        .unwrap();
    let mut seen = Vec::new();
    let _ = std::io::Read::read_to_end(&mut preface, &mut seen);
    assert!(!seen.starts_with(b"HTTP/1.1 200"));
    // A beginning of HTTP/2 that never ends.
    let mut silent = TcpStream::connect(server.address).unwrap();
    silent.set_read_timeout(Some(PATIENCE)).unwrap();
    silent.write_all(b"PRI * HTTP/2.0").unwrap();
    let mut seen = Vec::new();
    std::io::Read::read_to_end(&mut silent, &mut seen).unwrap();
    assert!(seen.is_empty());
}
