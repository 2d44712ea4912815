//! Rules for accepting connections: TLS, PROXY headers, WebSocket origins, exempt addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use ipnet::IpNet;
use parlour_doors::Doors;
use rustls::ServerConfig;

use crate::config::Config;
use crate::config::address::{IpRange, ListenAddress};
use crate::config::sections::ListenSection;
use crate::config::values::ListenerTls;
use crate::gate::GateLimits;

/// Ports known as those of IRC (RFC 7194 for 6697; the others by custom).
const IRC_PORTS: [u16; 13] = [
    194, 994, 6660, 6661, 6662, 6663, 6664, 6665, 6666, 6667, 6668, 6669, 6697,
];

/// Rules shared by all listeners.
#[derive(Debug)]
pub(crate) struct NetworkRules {
    pub tls: Arc<ServerConfig>,
    trusted: Vec<IpNet>,
    origins: Vec<String>,
    server_name: String,
    exempt: Vec<IpNet>,
    pub gate: GateLimits,
}

/// Role of the PROXY header on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProxyHeader {
    /// A header must come first.
    Required,
    /// A header may come first.
    Believed,
    /// No header is read; bytes that look like one are the client's own.
    None,
}

/// Rules of one listener.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListenerRules {
    pub tls: ListenerTls,
    pub doors: Doors,
    pub irc_port: bool,
    proxy: bool,
}

impl From<&ListenSection> for ListenerRules {
    fn from(section: &ListenSection) -> Self {
        ListenerRules {
            tls: section.tls,
            doors: section.open_doors(),
            irc_port: irc_port(&section.address),
            proxy: section.proxy_protocol,
        }
    }
}

/// Returns whether the address has a port known as one of IRC.
fn irc_port(address: &ListenAddress) -> bool {
    let port = address.tcp().map(|address| address.port());
    port.is_some_and(|port| IRC_PORTS.contains(&port))
}

fn nets(networks: &[IpRange]) -> Vec<IpNet> {
    networks.iter().map(|network| network.0).collect()
}

impl ListenerRules {
    /// Returns the role of the PROXY header on connections from this address.
    pub fn proxy(&self, network: &NetworkRules, from: IpAddr) -> ProxyHeader {
        let from = from.to_canonical();
        if self.proxy {
            ProxyHeader::Required
        } else if network.trusted.iter().any(|net| net.contains(&from)) {
            ProxyHeader::Believed
        } else {
            ProxyHeader::None
        }
    }
}

impl NetworkRules {
    pub fn new(config: &Config, tls: Arc<ServerConfig>) -> Self {
        NetworkRules {
            tls,
            trusted: nets(&config.proxy.trusted),
            origins: config.websocket.origins.clone(),
            server_name: config.server.name.clone(),
            exempt: nets(&config.limits.exempt),
            gate: GateLimits {
                at_once: config.limits.connections_per_address,
                a_minute: config.limits.connections_per_minute,
            },
        }
    }

    /// Returns whether the address is exempt from the limits of connections and the rate limit.
    pub fn is_exempt(&self, from: IpAddr) -> bool {
        let from = from.to_canonical();
        self.exempt.iter().any(|net| net.contains(&from))
    }

    /// Returns whether a page of `origin` may connect to `host`, both as named in the request.
    ///
    /// The server's own pages may: those of its configured name, and those of the requested host if
    /// that is an address or localhost. Any other name that leads here may have been pointed at
    /// this server by an attacker (DNS rebinding).
    pub fn allows_origin(&self, origin: &str, host: &str) -> bool {
        let known = |known: &String| known == "*" || known.eq_ignore_ascii_case(origin);
        if self.origins.iter().any(known) {
            return true;
        }
        let Some((_, own)) = origin.split_once("://") else {
            return false;
        };
        let name = host_name(own);
        if name.eq_ignore_ascii_case(&self.server_name) {
            return true;
        }
        let local = name.eq_ignore_ascii_case("localhost");
        (local || is_address(name)) && own.eq_ignore_ascii_case(host)
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
    use crate::tls::Identity;

    fn rules(text: &str) -> NetworkRules {
        let config = Config::parse(text).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let identity = Identity::load(&config, dir.path()).unwrap();
        NetworkRules::new(&config, identity.config)
    }

    #[test]
    fn foreign_pages_are_kept_out_unless_configured() {
        let own = rules("[server]\nname = \"chat.example\"");
        for (origin, host, allowed) in [
            ("https://chat.example:25000", "chat.example:25000", true),
            // Behind a proxy the host may differ.
            ("https://Chat.example", "127.0.0.1:25000", true),
            ("http://localhost:25000", "localhost:25000", true),
            ("http://192.0.2.1:25000", "192.0.2.1:25000", true),
            ("https://[2001:db8::1]:25000", "[2001:db8::1]:25000", true),
            ("https://evil.example", "chat.example:25000", false),
            // An attacker's name that points at this server.
            ("http://evil.example:25000", "evil.example:25000", false),
            ("http://192.0.2.66", "192.0.2.1:25000", false),
            ("http://localhost:3000", "localhost:25000", false),
            ("http://chat.example.evil.example", "chat.example", false),
            ("http://evil.example:chat.example", "evil.example", false),
            ("chat.example", "chat.example", false),
            ("null", "", false),
            ("", "", false),
        ] {
            assert_eq!(own.allows_origin(origin, host), allowed, "{origin} {host}");
        }
        let more = rules("[websocket]\norigins = [\"https://web.example\"]");
        assert!(more.allows_origin("https://web.example", "chat.example"));
        assert!(!more.allows_origin("https://evil.example", "chat.example"));
        assert!(rules("[websocket]\norigins = [\"*\"]").allows_origin("null", ""));
    }

    #[test]
    fn proxy_headers_are_believed_from_trusted_networks_only() {
        let network = rules("[proxy]\ntrusted = [\"10.0.0.0/8\"]");
        let open = ListenerRules::from(&ListenSection::default());
        let balanced = ListenerRules::from(&ListenSection {
            proxy_protocol: true,
            ..ListenSection::default()
        });
        let (near, far) = ("10.1.2.3".parse().unwrap(), "192.0.2.1".parse().unwrap());
        assert_eq!(open.proxy(&network, near), ProxyHeader::Believed);
        assert_eq!(open.proxy(&network, far), ProxyHeader::None);
        assert_eq!(balanced.proxy(&network, far), ProxyHeader::Required);
    }
}
