//! PROXY protocol headers, v1 and v2: the client's address, as told by a proxy.

use std::net::IpAddr;

use proxy_header::{Error, ParseConfig, ProxyHeader};

/// Size limit of a header in bytes: v1 has at most 107, v2 usually little more.
const MAX_HEADER: usize = 4096;
/// Signature of v1 (PROXY protocol §2.1).
const V1: &[u8] = b"PROXY ";
/// Signature of v2 (PROXY protocol §2.2).
const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// Result of parsing the first bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ProxyParse {
    /// Header of this many bytes, with the client's address if it names one.
    Header(usize, Option<IpAddr>),
    /// Possibly the beginning of a header.
    More,
    /// Header that cannot be read.
    Broken,
    /// No header.
    None,
}

/// Parses a header at the beginning of `bytes`.
pub(super) fn look(bytes: &[u8]) -> ProxyParse {
    let may_begin = |signature: &[u8]| {
        let common = signature.len().min(bytes.len());
        bytes[..common] == signature[..common]
    };
    if !may_begin(V1) && !may_begin(V2) {
        return ProxyParse::None;
    }
    match ProxyHeader::parse(bytes, ParseConfig::default()) {
        Ok((header, length)) => {
            let source = header.proxied_address().map(|address| address.source.ip());
            ProxyParse::Header(length, source)
        }
        Err(Error::BufferTooShort) if bytes.len() < MAX_HEADER => ProxyParse::More,
        Err(_) => ProxyParse::Broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_both_versions_are_read() {
        let v1 = b"PROXY TCP4 192.0.2.7 198.51.100.1 56324 25000\r\nNICK a";
        assert_eq!(
            look(v1),
            ProxyParse::Header(47, Some("192.0.2.7".parse().unwrap()))
        );
        let mut v2 = V2.to_vec();
        v2.extend([0x21, 0x11, 0, 12, 192, 0, 2, 7, 198, 51, 100, 1, 1, 2, 3, 4]);
        assert_eq!(
            look(&v2),
            ProxyParse::Header(28, Some("192.0.2.7".parse().unwrap()))
        );
        // A health check names no client.
        assert_eq!(look(b"PROXY UNKNOWN\r\n"), ProxyParse::Header(15, None));
        for whole in [&v1[..47], &v2] {
            for end in 1..whole.len() {
                assert_eq!(look(&whole[..end]), ProxyParse::More, "{end}");
            }
        }
    }

    #[test]
    fn what_is_none_is_none() {
        for bytes in [&b"NICK a\r\n"[..], b"\r\n\r\nx"] {
            assert_eq!(look(bytes), ProxyParse::None, "{bytes:?}");
        }
        assert_eq!(look(b"PROXY nonsense\r\n"), ProxyParse::Broken);
    }
}
