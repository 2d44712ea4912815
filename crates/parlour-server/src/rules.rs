//! Rules for accepting connections: TLS, PROXY headers, exempt addresses, settings of HTTP.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use parlour_doors::Doors;
use parlour_web::{HookPace, Site};
use rustls::ServerConfig;

use crate::config::Config;
use crate::config::address::{IpRange, ListenAddress};
use crate::config::sections::ListenSection;
use crate::config::values::ListenerTls;
use crate::gate::GateLimits;
use crate::tls::Identity;

/// Ports known as those of IRC (RFC 7194 for 6697; the others by custom).
const IRC_PORTS: [u16; 13] = [
    194, 994, 6660, 6661, 6662, 6663, 6664, 6665, 6666, 6667, 6668, 6669, 6697,
];

/// Rules shared by all listeners.
#[derive(Debug)]
pub(crate) struct NetworkRules {
    pub tls: Arc<ServerConfig>,
    trusted: Vec<IpNet>,
    exempt: Vec<IpNet>,
    pub gate: GateLimits,
    /// Settings of the HTTP service.
    pub site: Arc<Site>,
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

/// Returns the settings of the HTTP service; `names` are those of the certificate.
fn site(config: &Config, names: Vec<String>) -> Site {
    let machine = rustix::system::uname();
    let mut hosts = names;
    hosts.extend(machine.nodename().to_str().ok().map(str::to_owned));
    Site {
        network: config.server.network.clone(),
        description: config.server.description.clone(),
        lobby: config.server.lobby.clone(),
        registration: config.accounts.registration,
        server_name: config.server.name.clone(),
        origins: config.websocket.origins.clone(),
        hosts,
        has_page: config.web.page,
        public_url: Some(config.uploads.url.trim_end_matches('/').to_owned())
            .filter(|url| !url.is_empty()),
        hook_pace: HookPace {
            burst: config.limits.messages_at_once,
            per_second: config.limits.messages_per_second,
        },
        message_bytes: config.limits.multiline_bytes,
        metrics_token: config
            .web
            .metrics_token
            .as_ref()
            .map(|token| token.text().to_owned()),
        trusted: nets(&config.proxy.trusted),
    }
}

impl NetworkRules {
    pub fn new(config: &Config, identity: Identity) -> Self {
        NetworkRules {
            tls: identity.config,
            trusted: nets(&config.proxy.trusted),
            site: Arc::new(site(config, identity.names)),
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> NetworkRules {
        let config = Config::parse(text).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let identity = Identity::load(&config, dir.path()).unwrap();
        NetworkRules::new(&config, identity)
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
