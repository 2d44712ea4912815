//! What is shown in place of addresses.

use alloc::sync::Arc;
use core::fmt;
use core::net::IpAddr;

use crate::Name;

/// A cloak: a host for each address that tells neither the address nor anything else of it, but that it
/// is the same one, or of the same network. Whoever has the key of a hash makes one; the core has none.
#[derive(Clone)]
pub struct Cloak(Arc<dyn Fn(IpAddr) -> Name + Send + Sync>);

impl Cloak {
    /// A cloak by a function that gives the same host for the same address, always.
    pub fn new(host: impl Fn(IpAddr) -> Name + Send + Sync + 'static) -> Cloak {
        Cloak(Arc::new(host))
    }

    /// The host that an address is shown as.
    pub fn of(&self, address: IpAddr) -> Name {
        (self.0)(address.to_canonical())
    }

    /// The same for a host that may be an address: any other stays as it is, and so does this machine's
    /// own, which tells nothing.
    pub fn of_host(&self, host: Name) -> Name {
        match host.parse::<IpAddr>() {
            Ok(address) if !address.is_loopback() => self.of(address),
            _ => host,
        }
    }
}

impl fmt::Debug for Cloak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cloak")
    }
}
