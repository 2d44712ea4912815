//! Connection to an HTTP client, as the server gives it to the service.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::{Backend, Site};

/// WebSocket that the service gives back after its handshake.
#[derive(Debug, Default)]
pub struct WebSocketBack {
    /// Subprotocol that was agreed on.
    pub protocol: Option<&'static str>,
    /// Bytes that the service has read beyond the handshake.
    pub rest: Vec<u8>,
    /// Address of the client, as told by a trusted proxy.
    pub address: Option<IpAddr>,
    /// True if a trusted proxy says that its client's connection is encrypted.
    pub is_secure: bool,
}

/// Bytes of a connection, which the service can give back as a WebSocket.
pub trait Connection: AsyncRead + AsyncWrite + Send + Unpin + 'static {
    /// Gives the connection back. `kept_alive` is true if other requests were answered before.
    fn hand_back(self, web: WebSocketBack, kept_alive: bool);
}

/// Client of a connection. The settings are those at the time of its first request.
#[derive(Clone)]
pub struct Client {
    /// Address of the peer; none if there is no network.
    pub address: Option<IpAddr>,
    /// True if the connection is encrypted.
    pub is_secure: bool,
    /// True if the listener answers more than WebSocket handshakes.
    pub has_pages: bool,
    /// Settings of the service.
    pub site: Arc<Site>,
    /// The chat.
    pub backend: Arc<dyn Backend>,
}
