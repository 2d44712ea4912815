//! Pipe of a bridge: two bounded buffers between a shard, which never blocks, and a service, which
//! awaits.
//!
//! Invariants of the wake-ups: whoever empties a full buffer wakes its writer, and whoever fills an
//! empty one, or ends it, wakes its reader. The shard is woken through [`ReadyBridges`], at most once
//! until it looks.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use parlour_doors::{Bridge, BridgeState, ConnId};
use parlour_web::{Connection, WebSocketBack};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::ReadyBridges;

/// Bytes of either direction that wait for their reader, beyond which the writer waits. About a
/// socket buffer.
const BUFFER_MAX: usize = 64 * 1024;
/// Time for the peer to read something of what the service writes, before the service gives up.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);

/// State of the service's end.
enum Far {
    Open,
    /// The service writes no more.
    Ended,
    /// The service has given the connection back.
    HandedBack {
        web: Option<WebSocketBack>,
        kept_alive: bool,
    },
}

struct State {
    /// Bytes from the peer to the service.
    inward: Vec<u8>,
    /// Bytes from the service to the peer.
    outward: Vec<u8>,
    /// Set once the peer sends no more.
    has_ended: bool,
    /// Set once the connection is gone.
    is_gone: bool,
    far: Far,
    reader: Option<Waker>,
    writer: Option<Waker>,
    /// Set while the connection is listed for its shard.
    is_listed: bool,
}

struct Shared {
    id: ConnId,
    ready: ReadyBridges,
    state: Mutex<State>,
}

impl Shared {
    /// Locks the state. It is intact even after a panic elsewhere: nothing in here panics half-way.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lists the connection for its shard, unless it is listed already.
    fn notify_shard(&self, mut state: MutexGuard<'_, State>) {
        let was_listed = std::mem::replace(&mut state.is_listed, true);
        // Unlocked first, so that the shard does not run into the lock.
        drop(state);
        if !was_listed {
            self.ready.post_anyway(self.id);
        }
    }
}

/// End of the shard.
pub(crate) struct NearEnd(Arc<Shared>);

/// End of the service.
pub(crate) struct FarEnd {
    shared: Arc<Shared>,
    /// Limit for a write that waits for the peer.
    patience: Option<Pin<Box<Sleep>>>,
}

/// Creates the two ends of a bridge for a connection, whose shard reads `ready`.
pub(crate) fn pipe(id: ConnId, ready: ReadyBridges) -> (NearEnd, FarEnd) {
    let shared = Arc::new(Shared {
        id,
        ready,
        state: Mutex::new(State {
            inward: Vec::new(),
            outward: Vec::new(),
            has_ended: false,
            is_gone: false,
            far: Far::Open,
            reader: None,
            writer: None,
            is_listed: false,
        }),
    });
    let near = NearEnd(shared.clone());
    let patience = None;
    (near, FarEnd { shared, patience })
}

/// Handle of the shard by which a WebSocket comes back.
pub(crate) struct WebSocketReturn(Arc<Shared>);

impl WebSocketReturn {
    /// Removes the WebSocket that the service has given back, with all bytes that came behind the
    /// handshake.
    pub fn take(&self) -> Option<WebSocketBack> {
        let mut state = self.0.lock();
        let Far::HandedBack { web, .. } = &mut state.far else {
            return None;
        };
        let mut web = web.take()?;
        web.rest.append(&mut state.inward);
        Some(web)
    }
}

impl NearEnd {
    /// Returns the handle by which a WebSocket comes back.
    pub fn websocket_return(&self) -> WebSocketReturn {
        WebSocketReturn(self.0.clone())
    }
}

impl Bridge for NearEnd {
    fn give(&mut self, bytes: &[u8]) {
        let mut state = self.0.lock();
        state.inward.extend_from_slice(bytes);
        wake(&mut state.reader);
    }

    fn has_room(&self) -> bool {
        self.0.lock().inward.len() < BUFFER_MAX
    }

    fn end(&mut self) {
        let mut state = self.0.lock();
        state.has_ended = true;
        wake(&mut state.reader);
    }

    fn take(&mut self, out: &mut Vec<u8>, most: usize) -> BridgeState {
        let mut state = self.0.lock();
        // From here on there may be something new to look at.
        state.is_listed = false;
        let taken = state.outward.len().min(most);
        out.extend(state.outward.drain(..taken));
        if taken > 0 {
            wake(&mut state.writer);
        }
        match state.far {
            _ if !state.outward.is_empty() => BridgeState::Open,
            Far::Open => BridgeState::Open,
            Far::Ended => BridgeState::Ended,
            Far::HandedBack { kept_alive, .. } => BridgeState::WebSocket { kept_alive },
        }
    }
}

impl Drop for NearEnd {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.is_gone = true;
        wake(&mut state.reader);
        wake(&mut state.writer);
    }
}

impl Connection for FarEnd {
    fn hand_back(self, web: WebSocketBack, kept_alive: bool) {
        let mut state = self.shared.lock();
        let web = Some(web);
        state.far = Far::HandedBack { web, kept_alive };
        self.shared.notify_shard(state);
    }
}

impl FarEnd {
    /// Notes that the service writes no more, unless it has given the connection back.
    fn finish(&self) {
        let mut state = self.shared.lock();
        if matches!(state.far, Far::Open) {
            state.far = Far::Ended;
            self.shared.notify_shard(state);
        }
    }

    /// Lets a write wait for the peer, for a limited time.
    fn wait_for_peer(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let patience = self
            .patience
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(WRITE_PATIENCE)));
        match patience.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl Drop for FarEnd {
    fn drop(&mut self) {
        self.finish();
    }
}

impl AsyncRead for FarEnd {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut state = self.shared.lock();
        if state.inward.is_empty() {
            if state.has_ended || state.is_gone {
                return Poll::Ready(Ok(()));
            }
            state.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let was_full = state.inward.len() >= BUFFER_MAX;
        let taken = state.inward.len().min(buffer.remaining());
        buffer.put_slice(&state.inward[..taken]);
        state.inward.drain(..taken);
        // The shard has stopped reading the connection at a full buffer.
        if was_full && state.inward.len() < BUFFER_MAX {
            self.shared.notify_shard(state);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for FarEnd {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let shared = self.shared.clone();
        let mut state = shared.lock();
        if state.is_gone {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let room = BUFFER_MAX.saturating_sub(state.outward.len());
        if room == 0 {
            state.writer = Some(cx.waker().clone());
            drop(state);
            return self.wait_for_peer(cx);
        }
        let taken = room.min(bytes.len());
        state.outward.extend_from_slice(&bytes[..taken]);
        shared.notify_shard(state);
        self.patience = None;
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The shard writes what it takes; nothing is held back here.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.finish();
        Poll::Ready(Ok(()))
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::mailbox::Mailbox;

    fn new() -> (NearEnd, FarEnd, ReadyBridges) {
        let ready: ReadyBridges = Arc::new(Mailbox::new(16, None));
        let (near, far) = pipe(ConnId::default(), ready.clone());
        (near, far, ready)
    }

    fn listed(ready: &ReadyBridges) -> usize {
        let mut ids = Vec::new();
        ready.take_now(&mut ids);
        ids.len()
    }

    fn block_on<F: Future>(future: F) -> F::Output {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().start_paused(true);
        runtime.build().unwrap().block_on(future)
    }

    #[test]
    fn bytes_pass_both_ways_in_bounded_portions_and_every_one_arrives() {
        block_on(async {
            let (mut near, mut far, ready) = new();
            let sent: Vec<u8> = (0..200_000u32).map(|n| n as u8).collect();
            let answer = sent.clone();
            let service = tokio::spawn(async move {
                far.write_all(&answer).await.unwrap();
                let mut heard = Vec::new();
                far.read_to_end(&mut heard).await.unwrap();
                heard
            });
            let mut out = Vec::new();
            while out.len() < sent.len() {
                tokio::task::yield_now().await;
                assert!(near.0.lock().outward.len() <= BUFFER_MAX);
                assert!(listed(&ready) <= 1);
                assert_eq!(near.take(&mut out, 1000), BridgeState::Open);
            }
            assert_eq!(out, sent);
            let mut given = sent.chunks(10_000);
            while given.len() > 0 {
                while near.has_room()
                    && let Some(some) = given.next()
                {
                    near.give(some);
                }
                tokio::task::yield_now().await;
            }
            // Each time that a full buffer was read, the shard was told.
            assert_eq!(listed(&ready), 1);
            near.end();
            assert_eq!(service.await.unwrap(), sent);
            assert_eq!(near.take(&mut out, 1000), BridgeState::Ended);
        });
    }

    #[test]
    fn a_peer_that_reads_nothing_is_given_up() {
        block_on(async {
            let (_near, mut far, _ready) = new();
            let refused = far.write_all(&[0; 200_000]).await.unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::TimedOut);
        });
    }

    #[test]
    fn a_connection_that_is_gone_ends_both_directions() {
        block_on(async {
            let (near, mut far, _ready) = new();
            let service = tokio::spawn(async move {
                let mut heard = Vec::new();
                far.read_to_end(&mut heard).await.unwrap();
                far.write_all(b"x").await.unwrap_err().kind()
            });
            tokio::task::yield_now().await;
            drop(near);
            assert_eq!(service.await.unwrap(), io::ErrorKind::BrokenPipe);
        });
    }

    #[test]
    fn a_websocket_comes_back_with_all_that_followed_the_handshake() {
        block_on(async {
            let (mut near, mut far, ready) = new();
            far.write_all(b"101").await.unwrap();
            let rest = b"ab".to_vec();
            let web = WebSocketBack {
                rest,
                ..WebSocketBack::default()
            };
            far.hand_back(web, true);
            assert_eq!(listed(&ready), 1);
            near.give(b"cd");
            let (mut out, back) = (Vec::new(), near.websocket_return());
            // Not before the peer has the answer.
            assert_eq!(near.take(&mut out, 2), BridgeState::Open);
            let state = near.take(&mut out, 2);
            assert_eq!(state, BridgeState::WebSocket { kept_alive: true });
            assert_eq!(out, b"101");
            drop(near);
            assert_eq!(back.take().unwrap().rest, b"abcd");
            assert!(back.take().is_none());
        });
    }
}
