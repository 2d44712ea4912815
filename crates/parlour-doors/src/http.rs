//! Door for HTTP clients.

use parlour_core::Instant;

use crate::context::Context;
use crate::dialect::Dialect;

/// Maximum number of bytes of an HTTP request that are read.
const MAX_REQUEST: usize = 8192;
/// Milliseconds that an HTTP client may take to send its request.
const REQUEST_TIME: u64 = 10_000;

/// Door of an HTTP client: hands a WebSocket request over, or answers with a page and closes.
#[derive(Debug)]
pub(crate) struct HttpDoor {
    request: Vec<u8>,
    until: Instant,
}

impl HttpDoor {
    pub(crate) fn new(now: Instant, expires: Instant) -> Self {
        HttpDoor {
            request: Vec::new(),
            until: now.plus(REQUEST_TIME).min(expires),
        }
    }

    pub(crate) fn answer(&mut self, cx: &mut Context) {
        if !cx.peer.doors.irc && !cx.peer.doors.plain {
            cx.out.extend_from_slice(
                b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n\
                  Content-Length: 0\r\n\r\n",
            );
            cx.close = Some("was told to come as a WebSocket".into());
            return;
        }
        let s = cx.settings;
        let body = format!(
            "{network}: {description}\n\n\
             This port speaks chat, not web pages yet. The ways in, with HOST for this machine's name:\n\n\
             \x20   parlour join HOST        the terminal client\n\
             \x20   nc HOST 25000            netcat: pick a nickname and talk\n\
             \x20   any IRC client           HOST, port 25000, with or without TLS, channel {lobby}\n",
            network = s.network,
            description = s.description,
            lobby = s.chat.lobby,
        );
        let head_only = self.request.starts_with(b"HEAD ");
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
             X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
            body.len()
        );
        cx.out.extend_from_slice(head.as_bytes());
        if !head_only {
            cx.out.extend_from_slice(body.as_bytes());
        }
        cx.close = Some("was shown the page of ways in".into());
    }
}

impl Dialect for HttpDoor {
    fn deadline(&self) -> Option<Instant> {
        Some(self.until)
    }

    fn receive(&mut self, cx: &mut Context, bytes: &[u8]) {
        // The rest is dropped: a client waits for the answer before it sends more than its request.
        let room = MAX_REQUEST.saturating_sub(self.request.len());
        self.request
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
        let whole = self.request.windows(4).any(|w| w == b"\r\n\r\n")
            || self.request.windows(2).any(|w| w == b"\n\n");
        if whole && wants_websocket(&self.request) {
            cx.upgrade = Some(std::mem::take(&mut self.request));
        } else if whole || self.request.len() >= MAX_REQUEST {
            self.answer(cx);
        }
    }

    fn ended(&mut self, cx: &mut Context) -> bool {
        self.answer(cx);
        true
    }

    fn tick(&mut self, cx: &mut Context) {
        if cx.now >= self.until {
            self.answer(cx);
        }
    }
}

/// Returns whether a request is for a WebSocket (RFC 6455 §4.1).
fn wants_websocket(request: &[u8]) -> bool {
    let head = String::from_utf8_lossy(request).to_ascii_lowercase();
    head.starts_with("get ")
        && head.lines().any(|line| {
            line.strip_prefix("upgrade:")
                .is_some_and(|value| value.contains("websocket"))
        })
}
