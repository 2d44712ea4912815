//! Dialect of a connection that a lower layer still has to prepare: TLS, or a PROXY header.

use parlour_core::Instant;

use crate::context::Context;
use crate::dialect::Dialect;

/// Milliseconds that a TLS handshake may take.
const HANDSHAKE_TIME: u64 = 15_000;

/// Wait for a lower layer, with its deadline.
#[derive(Debug)]
pub(crate) struct Handshake(Instant);

impl Handshake {
    /// Begins the wait; `expires` is the deadline for registration.
    pub fn new(now: Instant, expires: Instant) -> Handshake {
        Handshake(now.plus(HANDSHAKE_TIME).min(expires))
    }
}

impl Dialect for Handshake {
    fn deadline(&self) -> Option<Instant> {
        Some(self.0)
    }

    /// Ignores bytes: none come before the layer is done.
    fn receive(&mut self, _: &mut Context, _: &[u8]) {}

    fn tick(&mut self, cx: &mut Context) {
        if cx.now >= self.0 {
            cx.close = Some("TLS handshake timed out".into());
        }
    }
}
