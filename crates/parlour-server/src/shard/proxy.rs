//! PROXY headers, v1 and v2: where a connection comes from, said by who stands in between.

use std::net::IpAddr;

use proxy_header::{Error, ParseConfig, ProxyHeader};

/// The most bytes of a header that are waited for: v1 has at most 107, v2 as a rule little more.
const MAX_HEADER: usize = 4096;
/// What v1 and v2 begin with (PROXY protocol §2.1, §2.2).
const V1: &[u8] = b"PROXY ";
const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// What the first bytes say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ProxyParse {
    /// A header of so many bytes; the address, if it tells one.
    Header(usize, Option<IpAddr>),
    /// It may become a header with more bytes.
    More,
    /// It begins as one and cannot be read.
    Broken,
    /// It is none.
    None,
}

/// Looks for a header at the beginning of `bytes`.
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
        // A health check names nobody.
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
