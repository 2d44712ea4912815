//! Client behind a reverse proxy, as `X-Forwarded-For` and `X-Forwarded-Proto` tell it.

use std::net::IpAddr;

use hyper::header::HeaderMap;
use ipnet::IpNet;

/// Client of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Address; none if there is no network.
    pub address: Option<IpAddr>,
    /// True if the client's connection is encrypted.
    pub is_secure: bool,
    /// True if a trusted proxy has told this.
    pub is_forwarded: bool,
}

/// Returns the client of a request: the peer (address, encrypted or not), unless that is a trusted proxy which names another.
///
/// Each proxy appends the address that it was connected from, so the list is read from its end as far
/// as it names trusted proxies; what stands before, the client may have written itself.
pub(crate) fn origin(
    (address, is_secure): (Option<IpAddr>, bool),
    trusted: &[IpNet],
    headers: &HeaderMap,
) -> Origin {
    let peer = Origin {
        address,
        is_secure,
        is_forwarded: false,
    };
    let is_trusted = |address: IpAddr| trusts(trusted, address);
    if !address.is_some_and(is_trusted) {
        return peer;
    }
    let lists = headers.get_all("x-forwarded-for").iter();
    let lists: Vec<&str> = lists.filter_map(|list| list.to_str().ok()).collect();
    let hops = lists.iter().flat_map(|list| list.split(','));
    let hops: Vec<Option<IpAddr>> = hops.map(|hop| parse_hop(hop.trim())).collect();
    let mut named = None;
    for hop in hops.into_iter().rev() {
        // What cannot be read ends the list: it was no trusted proxy that wrote it.
        let Some(hop) = hop else { break };
        named = Some(hop);
        if !is_trusted(hop) {
            break;
        }
    }
    let Some(named) = named.filter(|address| !address.is_loopback() && !address.is_unspecified())
    else {
        return peer;
    };
    let protocol = headers.get("x-forwarded-proto");
    let is_https = |value: &str| value.trim().eq_ignore_ascii_case("https");
    Origin {
        address: Some(named),
        is_secure: protocol
            .and_then(|value| value.to_str().ok())
            .is_some_and(is_https),
        is_forwarded: true,
    }
}

fn trusts(trusted: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    trusted.iter().any(|net| net.contains(&address))
}

/// Parses an address, which may have a port.
fn parse_hop(text: &str) -> Option<IpAddr> {
    let parsed = text.parse::<IpAddr>().ok();
    let with_port = || {
        text.parse()
            .ok()
            .map(|address: std::net::SocketAddr| address.ip())
    };
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let found = parsed.or_else(with_port).or_else(bracketed)?;
    Some(found.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, headers: &[(&'static str, &str)]) -> (String, bool) {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let peer = (Some(peer.parse().unwrap()), false);
        let seen = origin(peer, &trusted, &map);
        (seen.address.unwrap().to_string(), seen.is_secure)
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let named = ("x-forwarded-for", "198.51.100.7");
        let https = ("x-forwarded-proto", "https");
        assert_eq!(
            seen("192.0.2.1", &[named, https]),
            ("192.0.2.1".into(), false)
        );
        assert_eq!(
            seen("10.0.0.1", &[named, https]),
            ("198.51.100.7".into(), true)
        );
        assert_eq!(seen("10.0.0.1", &[named]), ("198.51.100.7".into(), false));
        assert_eq!(seen("10.0.0.1", &[https]), ("10.0.0.1".into(), false));
    }

    #[test]
    fn what_the_client_wrote_itself_counts_for_nothing() {
        for (list, want) in [
            ("1.1.1.1, 198.51.100.7", "198.51.100.7"),
            ("1.1.1.1, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
            ("198.51.100.7:4711", "198.51.100.7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("::ffff:198.51.100.7", "198.51.100.7"),
            ("nonsense", "10.0.0.1"),
            ("198.51.100.7, nonsense", "10.0.0.1"),
            // Nobody is of this machine by saying so.
            ("127.0.0.1", "10.0.0.1"),
            ("10.0.0.9", "10.0.0.9"),
        ] {
            assert_eq!(
                seen("10.0.0.1", &[("x-forwarded-for", list)]).0,
                want,
                "{list}"
            );
        }
    }
}
