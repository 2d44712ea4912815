//! Bridged dialect: a service elsewhere reads and writes the bytes of the connection, such as HTTP in
//! a library of its own. The connection only passes bytes on, as far as each side takes them.

use crate::connections::ConnId;
use crate::context::Context;
use crate::dialect::Dialect;

/// Service that a connection can be bridged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// HTTP/1.1.
    Http,
}

/// Connection that is to be bridged to a service.
#[derive(Debug)]
pub struct BridgeRequest {
    /// Id of the connection.
    pub id: ConnId,
    /// Service that it asks for.
    pub service: Service,
    /// Bytes received so far; they belong to the service.
    pub bytes: Vec<u8>,
}

/// State of the service's side of a bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BridgeState {
    /// The service may write more.
    Open,
    /// The service writes no more, and all that it wrote is taken.
    Ended,
    /// The service has made a WebSocket of the connection and gives it back: the bytes that follow
    /// are frames, and all that it wrote is taken.
    WebSocket {
        /// True if other requests were answered before.
        kept_alive: bool,
    },
}

/// Near end of a bridge: what the connection does with it. It never blocks. The far end tells the
/// owner of the connections when there is something to do here ([`crate::Connections::bridge_ready`]).
pub trait Bridge: Send {
    /// Passes bytes of the peer to the service. All are taken, however many are waiting there:
    /// [`Bridge::has_room`] tells when to stop.
    fn give(&mut self, bytes: &[u8]);

    /// Returns whether the service has read enough to be given more.
    fn has_room(&self) -> bool;

    /// Tells the service that the peer sends no more.
    fn end(&mut self);

    /// Moves at most `most` bytes that the service wrote to `out`. Returns its state after that.
    fn take(&mut self, out: &mut Vec<u8>, most: usize) -> BridgeState;
}

/// Dialect of a bridged connection.
pub(crate) struct Bridged {
    bridge: Box<dyn Bridge>,
    is_handed_back: bool,
}

impl Bridged {
    /// Creates the dialect over a bridge.
    pub fn new(bridge: Box<dyn Bridge>) -> Bridged {
        Bridged {
            bridge,
            is_handed_back: false,
        }
    }
}

impl Dialect for Bridged {
    fn receive(&mut self, cx: &mut Context, bytes: &[u8]) {
        self.bridge.give(bytes);
        self.pull(cx);
    }

    fn ended(&mut self, cx: &mut Context) -> bool {
        self.bridge.end();
        self.pull(cx);
        // Until the service is done it is asked again whenever it has something.
        cx.close.is_some()
    }

    fn pull(&mut self, cx: &mut Context) {
        if self.is_handed_back {
            return;
        }
        // At most what may wait for one reader: more is taken when this is written.
        let room = cx.out_limit.saturating_sub(cx.out.len());
        match self.bridge.take(&mut cx.out, room) {
            BridgeState::Open => {}
            BridgeState::Ended => cx.close = Some("was answered".into()),
            BridgeState::WebSocket { kept_alive } => {
                self.is_handed_back = true;
                cx.upgrade = Some(kept_alive);
            }
        }
    }

    /// Input that arrives after the connection was handed back belongs to the WebSocket.
    fn waits(&self) -> bool {
        self.is_handed_back || !self.bridge.has_room()
    }
}
