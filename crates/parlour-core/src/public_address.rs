//! Addresses that lead to the public network: the server calls no other for a user (IANA's special
//! registries, RFC 6890).

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Returns whether an address is one of the public network. An IPv4 address inside of an IPv6 one
/// (mapped, or behind NAT64) is judged as itself.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        // This network, private ones, loopback, multicast and reserved.
        (0 | 10 | 127 | 224..=255, _, _)
            // Carrier-grade NAT, link-local, private.
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            // Protocol assignments, documentation, 6to4 relays, private, benchmarks.
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    ) && address != Ipv4Addr::new(168, 63, 129, 16)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    /// Prefix of NAT64 (RFC 6052).
    const NAT64: [u16; 6] = [0x64, 0xff9b, 0, 0, 0, 0];
    let parts = address.segments();
    let [.., a, b, c, d] = address.octets();
    if address.to_ipv4_mapped().is_some() || parts[..6] == NAT64 {
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    match (parts[0], parts[1]) {
        // Teredo and others, documentation, 6to4, the old test network, documentation.
        (0x2001, 0..=0x1ff | 0xdb8) | (0x2002 | 0x3ffe, _) | (0x3fff, 0..=0xfff) => false,
        (first, _) => (0x2000..=0x3fff).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_none_in_whatever_form() {
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "168.63.129.16",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1",
            "::ffff:1.1.1.1",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }
}
