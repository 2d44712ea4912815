//! Connection limits: per address, per address and minute, and in total.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Time window in which new connections of an address are counted.
const WINDOW: Duration = Duration::from_secs(60);
/// Number of addresses beyond which those that are not needed are dropped.
const PLACES: usize = 16_384;

/// Limits of one address (of IPv6: one /64 network); 0 for no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GateLimits {
    /// Open connections.
    pub at_once: usize,
    /// New connections within a minute.
    pub a_minute: usize,
}

/// File descriptors reserved for the store, backups and everything else: history and a backup open
/// files of their own.
const HELD_BACK: u64 = 256;

/// Counter of the connections of all shards, in total and by address.
#[derive(Debug)]
pub(crate) struct Gate {
    places: Mutex<HashMap<IpAddr, AddressCount>>,
    /// Open connections in total.
    open: AtomicUsize,
    /// Limit of the open connections in total.
    most: usize,
}

#[derive(Debug)]
/// Connections of one address: open ones, and those made since `since`.
struct AddressCount {
    open: usize,
    since: Instant,
    made: usize,
}

/// Admitted connection of an address; counted until it is dropped.
#[derive(Debug)]
pub(crate) struct Admission {
    gate: Arc<Gate>,
    place: IpAddr,
}

/// File descriptor of a connection; counted until it is dropped.
#[derive(Debug)]
pub(crate) struct DescriptorPermit(Arc<Gate>);

impl Drop for DescriptorPermit {
    fn drop(&mut self) {
        // Relaxed: the count orders no other memory.
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Gate {
    /// Creates a gate for a process with this limit on file descriptors; `None` for no limit.
    pub fn new(descriptors: Option<u64>) -> Gate {
        // If there are few, half of them are for connections.
        let most = descriptors.map(|all| all.saturating_sub(HELD_BACK).max(all / 2));
        Gate {
            places: Mutex::default(),
            open: AtomicUsize::new(0),
            most: most.map_or(usize::MAX, |most| {
                usize::try_from(most).unwrap_or(usize::MAX)
            }),
        }
    }

    /// Returns the number of open connections.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Takes a descriptor for a connection.
    ///
    /// # Errors
    /// The reason for the client, if the server is full.
    pub fn permit(self: &Arc<Gate>) -> Result<DescriptorPermit, &'static str> {
        // Add first, then check: of two threads at the limit, both cannot pass.
        if self.open.fetch_add(1, Ordering::Relaxed) >= self.most {
            self.open.fetch_sub(1, Ordering::Relaxed);
            return Err("This server has as many connections as it can; try again later");
        }
        Ok(DescriptorPermit(self.clone()))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, AddressCount>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Admits a connection from an address.
    ///
    /// # Errors
    /// The reason for the client, if a limit is reached.
    pub fn admit(
        self: &Arc<Gate>,
        from: IpAddr,
        limits: GateLimits,
        now: Instant,
    ) -> Result<Admission, &'static str> {
        let place = place(from);
        let mut places = self.lock();
        // Addresses with open connections stay: dropping an `Admission` counts down in its entry.
        if places.len() >= PLACES {
            places.retain(|_, place| place.open > 0 || now < place.since + WINDOW);
        }
        let found = places.entry(place).or_insert(AddressCount {
            open: 0,
            since: now,
            made: 0,
        });
        if now >= found.since + WINDOW {
            (found.since, found.made) = (now, 0);
        }
        if limits.at_once > 0 && found.open >= limits.at_once {
            return Err("Too many connections from your address; close one first");
        }
        if limits.a_minute > 0 && found.made >= limits.a_minute {
            return Err("Too many new connections from your address; try again in a minute");
        }
        found.open += 1;
        found.made += 1;
        Ok(Admission {
            gate: self.clone(),
            place,
        })
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        if let Some(place) = self.gate.lock().get_mut(&self.place) {
            place.open -= 1;
        }
    }
}

/// Returns the address that connections are counted by: for IPv6 the /64 network that one customer
/// has.
fn place(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(network))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: GateLimits = GateLimits {
        at_once: 2,
        a_minute: 3,
    };

    #[test]
    fn an_address_has_so_many_at_once_and_makes_so_many_a_minute() {
        let gate = Arc::new(Gate::new(None));
        let now = Instant::now();
        let admit = |from: &str, now| gate.admit(from.parse().unwrap(), LIMITS, now);
        let first = admit("192.0.2.1", now).unwrap();
        let _second = admit("::ffff:192.0.2.1", now).unwrap();
        assert!(admit("192.0.2.1", now).unwrap_err().contains("close one"));
        assert!(admit("192.0.2.2", now).is_ok());
        drop(first);
        let third = admit("192.0.2.1", now).unwrap();
        drop(third);
        assert!(admit("192.0.2.1", now).unwrap_err().contains("a minute"));
        assert!(admit("192.0.2.1", now + WINDOW).is_ok());
    }

    #[test]
    fn some_descriptors_are_for_the_store() {
        let gate = Arc::new(Gate::new(Some(HELD_BACK + 2)));
        // Half of them, which is more, since there are few.
        let most = usize::try_from((HELD_BACK + 2) / 2).unwrap();
        let mut seats: Vec<DescriptorPermit> = (0..most).map(|_| gate.permit().unwrap()).collect();
        assert!(gate.permit().unwrap_err().contains("as many connections"));
        seats.pop();
        assert!(gate.permit().is_ok());
        assert_eq!(Gate::new(Some(20_000)).most, 20_000 - 256);
    }

    #[test]
    fn a_network_of_64_bits_counts_as_one() {
        let gate = Arc::new(Gate::new(None));
        let now = Instant::now();
        let admit = |from: &str| gate.admit(from.parse().unwrap(), LIMITS, now);
        let _passes = [admit("2001:db8::1").unwrap(), admit("2001:db8::2").unwrap()];
        assert!(admit("2001:db8::3").is_err());
        assert!(admit("2001:db8:0:1::3").is_ok());
    }
}
