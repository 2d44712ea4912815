//! Time limits of the HTTP service, on a clock that the test moves, and what it says of a chat that
//! cannot keep messages.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use parlour_web::{
    Answered, Arrived, Backend, Begun, Client, Connection, Credentials, Feed, Files, Follow,
    HookRefusal, Served, Shared, Site, UploadRefusal, Uploader, WebSocketBack, serve,
};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream};
use tokio::sync::mpsc;
use tokio::task::LocalSet;
use tokio::time::Instant;

/// A chat that is there, and nothing else.
struct Chat {
    is_ready: bool,
    /// Held open, so that the feeds of readers go on in silence.
    feeds: std::sync::Mutex<Vec<mpsc::Sender<parlour_web::FeedItem>>>,
}

fn ready<T: Send + 'static>(value: T) -> Answered<T> {
    Box::pin(std::future::ready(value))
}

impl Backend for Chat {
    fn post(&self, _: String, text: String) -> Answered<Result<String, HookRefusal>> {
        ready(Ok(text))
    }

    fn hook_uploader(&self, _: String) -> Answered<Result<Uploader, HookRefusal>> {
        ready(Err(HookRefusal::NoSuchToken))
    }

    fn follow(&self, _: Follow) -> Answered<Result<Feed, HookRefusal>> {
        let (sender, feed) = mpsc::channel(1);
        self.feeds.lock().unwrap().push(sender);
        ready(Ok(feed))
    }

    fn files(&self) -> &dyn Files {
        self
    }

    fn is_ready(&self) -> Answered<bool> {
        ready(self.is_ready)
    }

    fn metrics(&self) -> Answered<String> {
        ready(String::new())
    }
}

impl Files for Chat {
    fn limit(&self) -> Option<u64> {
        None
    }

    fn authorize(
        &self,
        _: Credentials,
        _: Option<IpAddr>,
        _: bool,
    ) -> Answered<Result<Uploader, UploadRefusal>> {
        ready(Err(UploadRefusal::Off))
    }

    fn begin(&self, _: Uploader, _: Option<u64>) -> Answered<Result<Begun, UploadRefusal>> {
        ready(Err(UploadRefusal::Off))
    }

    fn keep(&self, _: Arrived) -> Answered<Result<String, UploadRefusal>> {
        ready(Err(UploadRefusal::Off))
    }

    fn open(&self, _: String, _: bool) -> Answered<Option<Served>> {
        ready(None)
    }
}

/// Connection in memory.
struct Memory(DuplexStream);

impl AsyncRead for Memory {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::pin::Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Memory {
    fn poll_write(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
        bytes: &[u8],
    ) -> std::task::Poll<std::io::Result<usize>> {
        std::pin::Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::pin::Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::pin::Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

impl Connection for Memory {
    fn hand_back(self, _: WebSocketBack, _: bool) {}
}

/// Runs a test beside the service of one connection. The clock stands still while anything can be done.
fn with_service<T>(is_ready: bool, test: impl AsyncFnOnce(DuplexStream) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    LocalSet::new().block_on(&runtime, async {
        let (near, far) = tokio::io::duplex(64 * 1024);
        let client = Client {
            address: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            is_secure: false,
            has_pages: true,
            site: Arc::new(Site {
                has_page: true,
                message_bytes: 1_000,
                ..Site::default()
            }),
            backend: Arc::new(Chat {
                is_ready,
                feeds: std::sync::Mutex::default(),
            }),
        };
        let service = serve(Memory(far), client, Rc::new(Shared::default()));
        let service = tokio::task::spawn_local(service);
        let outcome = test(near).await;
        service.abort();
        outcome
    })
}

/// Reads until a text has come, or the connection has ended.
async fn until(stream: &mut DuplexStream, wanted: &str) -> String {
    let mut seen = Vec::new();
    let mut piece = [0; 4096];
    while !String::from_utf8_lossy(&seen).contains(wanted) {
        match stream.read(&mut piece).await.unwrap_or(0) {
            0 => break,
            count => seen.extend_from_slice(&piece[..count]),
        }
    }
    String::from_utf8(seen).unwrap()
}

/// Reads to the end; returns what came, and after how long.
async fn rest(stream: &mut DuplexStream) -> (String, Duration) {
    let since = Instant::now();
    let seen = until(stream, "what nobody says").await;
    (seen, since.elapsed())
}

#[test]
fn a_head_that_never_ends_is_given_up() {
    with_service(true, async |mut stream| {
        stream
            .write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            .await
            .unwrap();
        // A byte now and then does not extend the time.
        let drip = async {
            let (mut taken, mut out) = tokio::io::split(stream);
            let drip = async {
                // On the clock of the test, which stands still while anything can be done.
                let mut second = tokio::time::interval(Duration::from_secs(1));
                while out.write_all(b"x").await.is_ok() {
                    second.tick().await;
                }
            };
            let mut seen = Vec::new();
            tokio::select! {
                _ = taken.read_to_end(&mut seen) => seen,
                () = drip => Vec::new(),
            }
        };
        let seen = tokio::time::timeout(Duration::from_secs(15), drip).await;
        let seen = String::from_utf8(seen.unwrap()).unwrap();
        assert!(
            seen.is_empty() || seen.starts_with("HTTP/1.1 408"),
            "{seen}"
        );
    });
}

#[test]
fn a_connection_that_asks_for_nothing_more_ends() {
    with_service(true, async |mut stream| {
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .unwrap();
        assert!(until(&mut stream, "ok\n").await.starts_with("HTTP/1.1 200"));
        let (_, time) = rest(&mut stream).await;
        assert!(time <= Duration::from_secs(15), "{time:?}");
    });
    with_service(true, async |mut stream| {
        let (seen, time) = rest(&mut stream).await;
        assert!(
            seen.is_empty() && time <= Duration::from_secs(15),
            "{time:?}"
        );
    });
}

#[test]
fn a_body_that_stands_still_is_given_up() {
    with_service(true, async |mut stream| {
        let head = "POST /hooks/a-token-that-is-long-enough HTTP/1.1\r\nHost: x\r\n\
                    Content-Type: text/plain\r\nContent-Length: 100\r\n\r\nhalf";
        stream.write_all(head.as_bytes()).await.unwrap();
        let since = Instant::now();
        let seen = until(&mut stream, "took too long").await;
        assert!(seen.starts_with("HTTP/1.1 408"), "{seen}");
        assert!(since.elapsed() <= Duration::from_secs(25));
    });
}

#[test]
fn a_silent_channel_is_told_from_a_dead_connection() {
    with_service(true, async |mut stream| {
        stream
            .write_all(
                b"GET /events HTTP/1.1\r\nHost: x\r\n\
                  Authorization: Bearer a-token-that-is-long-enough\r\n\r\n",
            )
            .await
            .unwrap();
        until(&mut stream, "retry:").await;
        for _ in 0..3 {
            let since = Instant::now();
            // A comment, which readers skip.
            let seen = until(&mut stream, ":\n\n").await;
            assert!(!seen.contains("data:"), "{seen}");
            // Proxies give up after a minute, some after half of one.
            assert!(since.elapsed() <= Duration::from_secs(25));
        }
    });
}

#[test]
fn a_chat_that_cannot_keep_messages_is_not_ready() {
    for (is_ready, status) in [(true, "200"), (false, "503")] {
        with_service(is_ready, async |mut stream| {
            stream
                .write_all(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                .await
                .unwrap();
            let (seen, _) = rest(&mut stream).await;
            assert!(seen.starts_with(&format!("HTTP/1.1 {status}")), "{seen}");
        });
    }
}
