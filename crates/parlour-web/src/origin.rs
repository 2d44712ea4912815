//! Names and origins that the server accepts as its own (protection against foreign pages and DNS
//! rebinding).
//!
//! A browser runs a page with the rights of the host name that it was loaded from. An attacker may
//! point a name of their own at this server; so only a name that cannot be an attacker's is its own:
//! the configured ones, this machine's, an address, or one that no public DNS zone can hold.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::Site;

/// Top-level names that are never delegated publicly (RFC 6761, RFC 6762, RFC 8375, ICANN's
/// `internal`), and those that home routers use.
const PRIVATE_SUFFIXES: [&str; 6] = [
    ".localhost",
    ".local",
    ".home.arpa",
    ".internal",
    ".lan",
    ".localdomain",
];

impl Site {
    /// Returns whether `host`, as named in a request, is this server.
    pub(crate) fn is_own_host(&self, host: &str) -> bool {
        let name = host_name(host);
        let name = name.strip_suffix('.').unwrap_or(name);
        let lower = name.to_ascii_lowercase();
        self.is_named(name)
            || is_address(name)
            // No zone of the public DNS holds a name without a dot.
            || (!name.is_empty() && !name.contains('.'))
            || PRIVATE_SUFFIXES.iter().any(|suffix| lower.ends_with(suffix))
    }

    /// Returns whether a page of `origin` may connect to `host`, both as named in the request: a
    /// configured one, or a page of this server itself.
    pub(crate) fn allows_origin(&self, origin: &str, host: &str) -> bool {
        let known = |known: &String| known == "*" || known.eq_ignore_ascii_case(origin);
        if self.origins.iter().any(known) {
            return true;
        }
        let Some((_, own)) = origin.split_once("://") else {
            return false;
        };
        // Behind a proxy the requested host may differ from the one that the page was loaded from.
        self.is_named(host_name(own)) || (own.eq_ignore_ascii_case(host) && self.is_own_host(own))
    }

    /// Returns whether a name is one that the configuration or the certificate has.
    fn is_named(&self, name: &str) -> bool {
        let is = |known: &str| match known.strip_prefix("*.") {
            // A wildcard of a certificate stands for one label (RFC 9525 §6.3).
            Some(parent) => name.split_once('.').is_some_and(|(label, rest)| {
                !label.is_empty() && rest.eq_ignore_ascii_case(parent)
            }),
            None => !known.is_empty() && known.eq_ignore_ascii_case(name),
        };
        is(&self.server_name) || self.hosts.iter().any(|known| is(known))
    }
}

/// Returns the host of `host:port`; an IPv6 address keeps its brackets.
fn host_name(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => authority,
    }
}

/// Returns whether a host is an IP address, IPv6 in brackets.
fn is_address(name: &str) -> bool {
    let bare = name.strip_prefix('[').and_then(|n| n.strip_suffix(']'));
    match bare {
        Some(bare) => bare.parse::<Ipv6Addr>().is_ok(),
        None => name.parse::<Ipv4Addr>().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Site {
        Site {
            server_name: "chat.school.org".into(),
            ..Site::default()
        }
    }

    #[test]
    fn foreign_pages_are_kept_out_unless_configured() {
        let own = site();
        for (origin, host, allowed) in [
            (
                "https://chat.school.org:25000",
                "chat.school.org:25000",
                true,
            ),
            // Behind a proxy the host may differ.
            ("https://Chat.School.org", "127.0.0.1:25000", true),
            ("http://localhost:25000", "localhost:25000", true),
            ("http://192.0.2.1:25000", "192.0.2.1:25000", true),
            ("https://[2001:db8::1]:25000", "[2001:db8::1]:25000", true),
            ("http://homelab:25000", "homelab:25000", true),
            ("http://nas.local:25000", "nas.local:25000", true),
            ("https://evil.com", "chat.school.org", false),
            // An attacker's name that points at this server.
            ("http://evil.com:25000", "evil.com:25000", false),
            ("http://local.evil.com:25000", "local.evil.com:25000", false),
            ("http://192.0.2.66", "192.0.2.1:25000", false),
            ("http://localhost:3000", "localhost:25000", false),
            ("http://chat.school.org.evil.com", "chat.school.org", false),
            ("http://evil.com:chat.school.org", "evil.com", false),
            ("chat.school.org", "chat.school.org", false),
            ("null", "", false),
            ("", "", false),
            ("http://", "", false),
        ] {
            assert_eq!(own.allows_origin(origin, host), allowed, "{origin} {host}");
        }
        let more = Site {
            origins: vec!["https://web.org".into()],
            ..site()
        };
        assert!(more.allows_origin("https://web.org", "chat.school.org"));
        assert!(!more.allows_origin("https://evil.com", "chat.school.org"));
        let all = Site {
            origins: vec!["*".into()],
            ..site()
        };
        assert!(all.allows_origin("null", ""));
    }

    #[test]
    fn names_of_the_certificate_are_its_own() {
        let own = Site {
            hosts: vec!["*.club.org".into(), "irc.net".into()],
            ..site()
        };
        assert!(own.allows_origin("https://chat.club.org", "10.0.0.1:25000"));
        assert!(!own.allows_origin("https://a.b.club.org", "a.b.club.org"));
        assert!(own.is_own_host("IRC.net:25000"));
        assert!(!own.is_own_host("other.org"));
        assert!(own.is_own_host("chat.school.org."));
    }
}
