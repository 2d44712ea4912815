//! Cloaks: hosts shown in place of addresses, derived by a keyed hash.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use parlour_core::{Cloak, Name};
use ring::hmac;

use crate::ServerError;
use crate::secret_file::SecretFile;

/// Name of the key file in the data directory. With another key, all cloaks change.
pub(crate) const FILE: &str = "cloak-key";
/// Characters of the address part: 50 bits.
const ADDRESS: usize = 10;
/// Characters of the network part: 40 bits.
const NETWORK: usize = 8;
/// Last label of cloaks; no host name ends with it.
const ENDING: &str = "cloak";
/// Base32 alphabet, five bits per character (RFC 4648 §6, in lower case).
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Opens the cloak with the key in the data directory, which is created at the first start.
///
/// # Errors
/// The file cannot be read or written.
pub(crate) fn open(data: &Path) -> Result<Cloak, ServerError> {
    let key = SecretFile::open(data, FILE)?.key();
    Ok(Cloak::new(move |address| host(&key, address)))
}

/// Returns the cloak of an address: `address.network.cloak`. For IPv4 the network is the first 24
/// bits. For IPv6 the address is the first 64 bits, those of one customer, and the network the
/// first 48.
fn host(key: &hmac::Key, address: IpAddr) -> Name {
    let (address, network) = match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            let network = Ipv4Addr::new(a, b, c, 0);
            (IpAddr::V4(address), IpAddr::V4(network))
        }
        IpAddr::V6(address) => {
            let bits = u128::from(address);
            let first =
                |count: u32| IpAddr::V6(Ipv6Addr::from(bits >> (128 - count) << (128 - count)));
            (first(64), first(48))
        }
    };
    let address = hashed(key, "address", address, ADDRESS);
    let network = hashed(key, "network", network, NETWORK);
    format!("{address}.{network}.{ENDING}").into()
}

/// Returns the first characters of the keyed hash of an address.
fn hashed(key: &hmac::Key, kind: &str, of: IpAddr, characters: usize) -> String {
    // The kind separates the domains: an address whose low bits are zero is its own network.
    let tag = hmac::sign(key, format!("{kind} {of}").as_bytes());
    let bits = tag.as_ref()[..8]
        .iter()
        .fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
    let character = |at: usize| char::from(ALPHABET[(bits >> (at * 5)) as usize & 31]);
    (0..characters).map(character).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(key: &hmac::Key, address: &str) -> [String; 3] {
        let host = host(key, address.parse().unwrap());
        let parts: Vec<String> = host.split('.').map(str::to_owned).collect();
        parts.try_into().unwrap()
    }

    #[test]
    fn a_cloak_tells_whether_it_is_the_same_address_or_network_and_no_more() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"key");
        let [a, n, ending] = parts(&key, "192.0.2.1");
        assert_eq!(
            (a.len(), n.len(), ending.as_str()),
            (ADDRESS, NETWORK, ENDING)
        );
        assert_eq!(parts(&key, "192.0.2.1")[0], a);
        let [b, same, _] = parts(&key, "192.0.2.2");
        assert!(a != b && n == same);
        assert_ne!(parts(&key, "192.0.3.1")[1], n);
        let [a, n, _] = parts(&key, "2001:db8:1:2::1");
        assert_eq!(
            parts(&key, "2001:db8:1:2:ffff::1"),
            [a.clone(), n.clone(), ending]
        );
        let [b, same, _] = parts(&key, "2001:db8:1:3::1");
        assert!(a != b && n == same);
        // Another key yields another cloak.
        let other = hmac::Key::new(hmac::HMAC_SHA256, b"other");
        assert_ne!(parts(&other, "192.0.2.1"), parts(&key, "192.0.2.1"));
    }
}
