//! Bridged connections of a shard: to their service, and back as a WebSocket.

use std::net::IpAddr;

use parlour_core::Now;
use parlour_doors::{BridgeRequest, ConnId, Sink};

use super::{Shard, clock};
use parlour_web::Client;

use crate::bridge::pipe;

/// Response where the services take no more connections.
const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 5\r\n\
    Connection: close\r\n\r\n";

impl Shard {
    /// Links the connections that ask for a service to it.
    pub(super) fn link_bridges(&mut self, now: Now) {
        for BridgeRequest { id, service, bytes } in self.connections.take_bridge_requests() {
            let Some(peer) = self.connections.peer(id) else {
                continue;
            };
            let client = Client {
                address: peer.address,
                is_secure: peer.secure,
                has_pages: peer.doors.pages,
                site: self.network.site.clone(),
                backend: self.backend.clone(),
            };
            let (near, far) = pipe(id, self.bridges.clone());
            let Some(socket) = self.sockets.get(id) else {
                continue;
            };
            if self.services.connect(service, far, client) {
                socket.websocket_return = Some(near.websocket_return());
                self.connections.bridged(now, id, Box::new(near), &bytes);
            } else {
                // Best effort: the connection ends in any case.
                let _ = socket.write(&[std::io::IoSlice::new(BUSY)]);
                self.connections
                    .lost(now, id, "too many wait for the services");
                self.sockets.finished(id);
            }
        }
    }

    /// Continues the connections whose services have read or written something.
    pub(super) fn continue_bridges(&mut self) {
        let mut ready = Vec::new();
        self.bridges.take_now(&mut ready);
        let now = clock::now();
        for id in ready {
            self.connections.bridge_ready(now, id);
            self.flush_if_much(now);
            // Bytes that waited for room in the bridge may be read now.
            self.sockets
                .mark_readable(id.slot as usize, &mut self.ready);
        }
    }

    /// Decodes frames from here on where the answer to the handshake is written.
    pub(super) fn finish_upgrades(&mut self, now: Now) {
        for (id, kept_alive) in self.connections.take_upgrades() {
            if !self.connections.is_written(id) {
                // A slow reader: the next round looks again, when it has read more.
                self.connections.defer_upgrade((id, kept_alive));
                continue;
            }
            let Some(socket) = self.sockets.get(id) else {
                continue;
            };
            let upgraded = socket.upgrade();
            let upgraded = upgraded.and_then(|(address, is_secure)| match address {
                Some(address) => self
                    .forwarded(id, address, is_secure)
                    .map_err(str::to_owned),
                None => Ok(()),
            });
            match upgraded {
                Ok(()) => {
                    self.connections.upgraded(now, id, kept_alive);
                    // Frames may have come with the handshake, and no event tells of them again.
                    self.sockets
                        .mark_readable(id.slot as usize, &mut self.ready);
                }
                Err(reason) => {
                    self.connections.lost(now, id, &reason);
                    self.sockets.remove(id);
                }
            }
        }
    }

    /// Sets the client's address as a trusted HTTP proxy tells it.
    ///
    /// # Errors
    /// The reason for the client, if it may not connect from there.
    fn forwarded(
        &mut self,
        id: ConnId,
        address: IpAddr,
        is_secure: bool,
    ) -> Result<(), &'static str> {
        self.comes_from(id, address)?;
        self.connections.set_peer_secure(id, is_secure);
        Ok(())
    }
}
