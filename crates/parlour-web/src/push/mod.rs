//! Push messages (RFC 8030): encryption for the device, the server's identity, delivery.

mod base64url;
mod seal;
mod send;
mod vapid;

pub use base64url::decode;
pub use seal::{TEXT_MAX, encrypt, is_key};
pub use send::{Endpoint, Outcome, PushClient, Reachable};
pub use vapid::Vapid;
