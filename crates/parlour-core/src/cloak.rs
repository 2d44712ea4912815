//! Cloaks: hosts shown in place of addresses.

use alloc::sync::Arc;
use core::fmt;
use core::net::IpAddr;

use crate::Name;

/// Function from an address to its cloak. A cloak reveals only whether two users share the address
/// or network; it needs a hash key, which the core does not have.
#[derive(Clone)]
pub struct Cloak(Arc<dyn Fn(IpAddr) -> Name + Send + Sync>);

impl Cloak {
    /// Wraps a function that always returns the same host for the same address.
    pub fn new(host: impl Fn(IpAddr) -> Name + Send + Sync + 'static) -> Cloak {
        Cloak(Arc::new(host))
    }

    /// Returns the cloak of an address.
    pub fn of(&self, address: IpAddr) -> Name {
        // An IPv4-mapped address gets the cloak of its IPv4 address.
        (self.0)(address.to_canonical())
    }

    /// Returns the cloak of a host that is an address. Names and loopback addresses, which reveal
    /// nothing, are returned as they are.
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
