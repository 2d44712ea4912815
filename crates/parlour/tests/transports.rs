//! How bytes arrive: WebSocket, PROXY headers, listeners with settings of their own.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;

use support::tls::tls_client;
use support::{PATIENCE, Server, Wire, eventually};
use tungstenite::client::IntoClientRequest;
use tungstenite::handshake::client::Response;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Message, WebSocket};

const TEXT: &str = "text.ircv3.net";
const BINARY: &str = "binary.ircv3.net";

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

fn web_over<S: Read + Write>(
    stream: S,
    headers: &[(&'static str, &str)],
) -> Result<(WebSocket<S>, Response), String> {
    let mut request = "ws://chat.example/".into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    tungstenite::client(request, stream).map_err(|error| error.to_string())
}

fn web(server: &Server, protocols: &str) -> (WebSocket<TcpStream>, Response) {
    let headers = [("sec-websocket-protocol", protocols)];
    web_over(connect(server.address), &headers).unwrap()
}

/// The next line that holds `wanted`; each message is one line without its end.
fn line<S: Read + Write>(socket: &mut WebSocket<S>, wanted: &str) -> Message {
    loop {
        let message = socket.read().unwrap();
        let text = match &message {
            Message::Text(text) => text.as_str().to_owned(),
            Message::Binary(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
            Message::Ping(_) | Message::Pong(_) => continue,
            other @ (Message::Close(_) | Message::Frame(_)) => {
                panic!("before {wanted:?} came {other:?}")
            }
        };
        assert!(!text.contains(['\r', '\n']), "{text:?}");
        if text.contains(wanted) {
            return message;
        }
    }
}

#[test]
fn irc_over_websockets_text_and_binary() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let (mut text, answer) = web(&server, &format!("{TEXT}, {BINARY}"));
    assert_eq!(answer.headers()["sec-websocket-protocol"], TEXT);
    let (mut binary, answer) = web(&server, &format!("other.example, {BINARY}"));
    assert_eq!(answer.headers()["sec-websocket-protocol"], BINARY);
    for (socket, nick) in [(&mut text, "tia"), (&mut binary, "ben")] {
        for command in [&format!("NICK {nick}"), "USER u 0 * :r", "JOIN #web"] {
            socket.send(Message::text(command)).unwrap();
        }
        line(socket, " 366 ");
    }
    let mut irc = server.irc("ann");
    irc.send("JOIN #web\r\nPRIVMSG #web :grüezi\r\n");
    assert!(matches!(
        line(&mut text, "PRIVMSG #web :grüezi"),
        Message::Text(_)
    ));
    assert!(matches!(
        line(&mut binary, "PRIVMSG #web :grüezi"),
        Message::Binary(_)
    ));
    // A line end inside of a message makes no second line of it.
    text.send(Message::text("PRIVMSG #web :a\r\nPRIVMSG #web :b"))
        .unwrap();
    line(&mut text, " 400 tia ");
    // Bytes that are no UTF-8: in a binary message an answer, in a text message the end.
    binary
        .send(Message::binary(&b"PRIVMSG #web :\xff"[..]))
        .unwrap();
    line(&mut binary, "FAIL PRIVMSG INVALID_UTF8");
    // Too long a line is answered, too long a message ends the connection.
    let long = format!("PRIVMSG #web :{}", "x".repeat(600));
    binary.send(Message::binary(long.into_bytes())).unwrap();
    line(&mut binary, " 417 ");
    binary.send(Message::binary(vec![b'x'; 20_000])).unwrap();
    loop {
        if let Message::Close(frame) = binary.read().unwrap() {
            assert_eq!(frame.unwrap().code, CloseCode::Size);
            break;
        }
    }
    irc.until("ben!~u@127.0.0.1 QUIT");
    // Without a subprotocol, over TLS, and a goodbye.
    let (mut secure, answer) = web_over(tls_client(&server), &[]).unwrap();
    assert!(!answer.headers().contains_key("sec-websocket-protocol"));
    for command in ["NICK sue", "USER u 0 * :r", "WHOIS sue", "QUIT :done"] {
        secure.send(Message::text(command)).unwrap();
    }
    line(&mut secure, " 671 sue sue ");
    line(&mut secure, "ERROR :");
    assert!(matches!(secure.read(), Ok(Message::Close(_))));
}

#[test]
fn a_websocket_that_comes_byte_by_byte() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let mut stream = connect(server.address);
    let mut all = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        .to_vec();
    // One message in frames of one byte each, masked with zeroes (RFC 6455 §5.2).
    let line = b"NICK slow";
    for (index, byte) in line.iter().enumerate() {
        let last = if index + 1 == line.len() { 0x80 } else { 0 };
        let first = if index == 0 { 1 } else { 0 };
        all.extend([last | first, 0x81, 0, 0, 0, 0, *byte]);
    }
    for line in ["USER u 0 * :r", "QUIT"] {
        all.extend([0x81, 0x80 | line.len() as u8, 0, 0, 0, 0]);
        all.extend(line.as_bytes());
    }
    for byte in all {
        stream.write_all(&[byte]).unwrap();
    }
    let mut seen = Vec::new();
    stream.read_to_end(&mut seen).unwrap();
    let seen = String::from_utf8_lossy(&seen);
    assert!(seen.contains("101 Switching Protocols"), "{seen}");
    assert!(
        seen.contains(" 001 slow ") && seen.contains("ERROR :"),
        "{seen}"
    );
}

#[test]
fn a_websocket_that_reads_no_pongs_is_read_no_further() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let (socket, _) = web(&server, TEXT);
    let mut stream = socket.get_ref();
    stream.set_nonblocking(true).unwrap();
    let ping: Vec<u8> = [&[0x89, 0x80 | 125, 0, 0, 0, 0][..], &[b'x'; 125]].concat();
    let pings = ping.repeat(500);
    // What a server takes that stops reading is bounded by buffers: its own and the system's.
    let (mut sent, mut refused) = (0, 0);
    let mut other = server.irc("other");
    while refused < 200 && sent < 256 << 20 {
        match stream.write(&pings[sent % ping.len()..]) {
            Ok(count) => (sent, refused) = (sent + count, 0),
            Err(error) => {
                assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
                refused += 1;
                // Another connection is answered meanwhile, so that it had its turn.
                other.send(&format!("PING x{sent}\r\n"));
                other.until(&format!(":x{sent}\r\n"));
            }
        }
    }
    assert!(refused > 0, "{sent} bytes of pings were taken");
}

#[test]
fn foreign_pages_are_refused_unless_configured() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::configured(
        data.path(),
        "[[listen]]\naddress = \"127.0.0.1:0\"\n[websocket]\norigins = [\"https://web.example\"]\n",
    );
    let from = |origin: &str| web_over(connect(server.address), &[("origin", origin)]);
    assert!(from("https://web.example").is_ok());
    // `web_over` asks for chat.example: that the host is named so says nothing of whose page it is.
    for foreign in [
        "https://evil.example",
        "http://chat.example",
        "https://web.example\u{e9}",
    ] {
        let refused = from(foreign).map(|_| ()).unwrap_err();
        assert!(refused.contains("403"), "{foreign}: {refused}");
    }
    let mut several = "ws://chat.example/".into_client_request().unwrap();
    for origin in ["https://web.example", "https://evil.example"] {
        let origin = origin.parse().unwrap();
        several.headers_mut().append("origin", origin);
    }
    let refused = tungstenite::client(several, connect(server.address));
    let refused = refused.map(|_| ()).map_err(|error| error.to_string());
    assert!(refused.unwrap_err().contains("403"));
    // What says that it is a handshake and is none.
    let mut half = Wire::new(connect(server.address));
    half.send("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n");
    assert!(half.rest().starts_with("HTTP/1.1 400 "));
}

/// Reads one response with its body from a stream.
fn response(stream: &mut impl Read) -> String {
    let mut seen = Vec::new();
    let mut byte = [0];
    while !seen.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        seen.push(byte[0]);
    }
    let head = String::from_utf8(seen).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    head + std::str::from_utf8(&body).unwrap()
}

#[test]
fn requests_of_one_connection_are_answered_in_turn_and_a_websocket_may_follow() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    fn ask<S: Read + Write>(mut stream: S) {
        for (request, wanted, words) in [
            ("GET / HTTP/1.1", "HTTP/1.1 200 OK", "nc HOST 25000"),
            ("POST / HTTP/1.1", "HTTP/1.1 405 ", "GET, HEAD"),
            ("GET /again HTTP/1.1", "HTTP/1.1 404 ", "nothing"),
        ] {
            write!(stream, "{request}\r\nHost: chat.example\r\n\r\n").unwrap();
            let seen = response(&mut stream);
            assert!(seen.starts_with(wanted) && seen.contains(words), "{seen}");
        }
        // Proxies keep connections and use them for whatever comes next.
        let (mut socket, answer) = web_over(stream, &[("sec-websocket-protocol", TEXT)]).unwrap();
        assert_eq!(answer.headers()["sec-websocket-protocol"], TEXT);
        for command in ["NICK kit", "USER u 0 * :r", "QUIT :done"] {
            socket.send(Message::text(command)).unwrap();
        }
        line(&mut socket, " 001 kit ");
        line(&mut socket, "ERROR :");
    }
    ask(connect(server.address));
    ask(tls_client(&server));
    // Piped into netcat: the client ends its side first, and asks for no body.
    let mut piped = Wire::new(connect(server.address));
    piped.send("HEAD / HTTP/1.0\r\n\r\n");
    piped.stream.shutdown(Shutdown::Write).unwrap();
    let seen = piped.rest();
    assert!(
        seen.starts_with("HTTP/1.0 200 OK") && seen.ends_with("\r\n\r\n"),
        "{seen}"
    );
    // What no HTTP is, but looks like it.
    let mut odd = Wire::new(connect(server.address));
    odd.send("GET rich or die\r\n\r\n");
    assert!(odd.rest().starts_with("HTTP/1.1 400 "));
    let mut long = Wire::new(connect(server.address));
    long.send(&format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(40_000)));
    assert!(long.rest().starts_with("HTTP/1.1 4"));
}

#[test]
fn each_listener_has_its_own_rules() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::configured(
        data.path(),
        "[[listen]]\naddress = \"127.0.0.1:0\"\n\
         [[listen]]\naddress = \"127.0.0.1:0\"\ntls = \"only\"\n\
         [[listen]]\naddress = \"127.0.0.1:0\"\ntls = \"off\"\n\
         [[listen]]\naddress = \"127.0.0.1:0\"\nwebsocket_only = true\n\
         [[listen]]\naddress = \"127.0.0.1:0\"\nproxy_protocol = true\n\
         [proxy]\ntrusted = [\"127.0.0.0/8\"]\n",
    );
    let [both, only, off, web, proxy] = server.addresses[..] else {
        panic!("{}", server.banner);
    };
    let hello = "NICK a\r\nUSER a 0 * :a\r\nQUIT\r\n";
    let said = |address, bytes: &str| {
        let mut wire = Wire::new(connect(address));
        wire.send(bytes);
        wire.rest()
    };
    assert!(said(both, hello).contains(" 001 a "));
    assert!(said(only, hello).contains("ERROR :This port is for TLS only"));
    assert!(said(off, hello).contains(" 001 a "));
    assert_eq!(said(off, "\u{16}\u{3}\u{1}"), "");
    assert!(said(web, hello).contains("ERROR :This port is for WebSockets only"));
    assert!(said(web, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").contains("426 Upgrade Required"));
    assert!(web_over(connect(web), &[]).is_ok());
    // Where a PROXY header has to come, nothing else is let in.
    assert_eq!(said(proxy, hello), "");
    let whois = "NICK p\r\nUSER p 0 * :p\r\nWHOIS p\r\nQUIT\r\n";
    let header = "PROXY TCP4 192.0.2.7 198.51.100.1 56324 25000\r\n";
    for address in [proxy, both] {
        let seen = said(address, &format!("{header}{whois}"));
        assert!(seen.contains(" 338 p p ~p@192.0.2.7 192.0.2.7 :"), "{seen}");
    }
    let mut v2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24".to_vec();
    v2.extend([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]);
    v2.extend([0; 16]);
    v2.extend([1, 2, 3, 4]);
    let mut stream = connect(proxy);
    stream.write_all(&v2).unwrap();
    stream.write_all(whois.as_bytes()).unwrap();
    let seen = Wire::new(stream).rest();
    assert!(
        seen.contains(" 338 p p ~p@2001:db8::7 2001:db8::7 :"),
        "{seen}"
    );
    // One that cannot be read is no person's first word.
    for bad in [
        &b"\r\n\r\n\0\r\nQUIT\n\x35\x11\0\x0c............"[..],
        b"PROXY nonsense\r\nbob\r\n",
    ] {
        for address in [proxy, both] {
            let mut stream = connect(address);
            stream.write_all(bad).unwrap();
            assert_eq!(Wire::new(stream).rest(), "");
        }
    }
    // Nor is one that seems to go on without end.
    let mut stream = connect(both);
    stream.write_all(b"PROXY TCP4 ").unwrap();
    let more = vec![b'A'; 200_000];
    // It may be closed before all of it is written.
    let _ = stream.write_all(&more);
    assert_eq!(Wire::new(stream).rest(), "");
    // What comes from this machine is trusted with more, so that nobody may say it of others.
    for local in ["TCP4 127.0.0.1 198.51.100.1", "TCP6 ::1 2001:db8::1"] {
        let seen = said(both, &format!("PROXY {local} 56324 25000\r\n{whois}"));
        assert!(
            seen.contains("ERROR :") && !seen.contains(" 001 "),
            "{seen}"
        );
    }
    // Later on it is no header.
    let seen = said(
        both,
        &format!("NICK q\r\n{header}USER q 0 * :q\r\nWHOIS q\r\nQUIT\r\n"),
    );
    assert!(seen.contains(" 338 q q ~q@127.0.0.1 127.0.0.1 :"), "{seen}");
}

#[test]
fn a_proxy_header_from_an_untrusted_address_makes_nobody_of_it() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let mut bob = server.irc("bob");
    bob.send("JOIN #lobby\r\nPING in\r\n");
    bob.until("PONG");
    let v1 = "PROXY TCP4 192.0.2.7 198.51.100.1 56324 25000\r\n";
    // Version 2, LOCAL, without addresses.
    let v2 = "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";
    for header in [v1, v2] {
        let mut wire = server.connect();
        wire.send(&format!(
            "{header}PASS secret\r\nNICK eve\r\nUSER e 0 * :e\r\n"
        ));
        let last = wire.rest();
        assert!(
            last.contains("ERROR :") && last.contains("proxy.trusted"),
            "{last}"
        );
    }
    bob.send("PING still\r\n");
    let heard = bob.until("PONG");
    assert!(
        !heard.contains("JOIN") && !heard.contains("secret"),
        "{heard}"
    );
}

#[test]
fn an_address_that_is_not_exempt_has_so_many_connections() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::configured(
        data.path(),
        "[[listen]]\naddress = \"127.0.0.1:0\"\n[limits]\nexempt = []\nconnections_per_address = 2\n",
    );
    let first = server.irc("first");
    let _second = server.irc("second");
    let mut third = server.connect();
    assert_eq!(
        third.rest(),
        "ERROR :Too many connections from your address; close one first\r\n"
    );
    // One that ends makes room.
    drop(first);
    eventually("room for another", || {
        let mut wire = server.connect();
        wire.send("CAP LS\r\nQUIT\r\n");
        let said = wire.rest();
        if said.contains(" CAP * LS ") {
            Ok(())
        } else {
            Err(said)
        }
    });
}

#[test]
fn a_socket_of_the_file_system_is_a_way_in() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("parlour.sock");
    // One that is left over from a server that was killed.
    drop(UnixListener::bind(&path).unwrap());
    let text = format!(
        "[[listen]]\naddress = \"127.0.0.1:0\"\n\
         [[listen]]\naddress = \"unix:{}\"\nsocket_mode = \"600\"\n\
         [proxy]\ntrusted = [\"127.0.0.1\"]\n",
        path.display()
    );
    let server = Server::configured(data.path(), &text);
    assert!(server.banner.contains(&format!("unix:{}", path.display())));
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let said = |bytes: &str| {
        let mut stream = UnixStream::connect(&path).unwrap();
        stream.write_all(bytes.as_bytes()).unwrap();
        let mut seen = String::new();
        stream.read_to_string(&mut seen).unwrap();
        seen
    };
    let hello = "NICK u\r\nUSER u 0 * :u\r\nWHOIS u\r\nQUIT\r\n";
    assert!(said(hello).contains(" 338 u u ~u@127.0.0.1 "));
    // A proxy on this machine says whom it stands for, as it would by TCP.
    let header = "PROXY TCP4 192.0.2.7 198.51.100.1 56324 25000\r\n";
    assert!(said(&format!("{header}{hello}")).contains(" 338 u u ~u@192.0.2.7 "));
    // A second server does not take it away.
    let other = tempfile::tempdir().unwrap();
    let arguments = ["--listen", &format!("unix:{}", path.display())];
    let output = Command::new(env!("CARGO_BIN_EXE_parlour"))
        .args(["serve", "--data"])
        .arg(other.path())
        .args(arguments)
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("is in use"));
    assert!(said(hello).contains(" 001 u "));
    // It goes with its server.
    assert_eq!(server.stop().0, Some(0));
    assert!(!path.exists());
}
