//! Addresses in the configuration: listening addresses, and networks.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use ipnet::IpNet;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Prefix of a Unix socket's path.
const UNIX: &str = "unix:";

/// Listening address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ListenAddress {
    /// TCP address and port.
    Tcp(SocketAddr),
    /// Unix socket, as `unix:/run/parlour.sock`.
    Unix(PathBuf),
}

impl ListenAddress {
    /// Returns the TCP address, if it is one.
    pub fn tcp(&self) -> Option<SocketAddr> {
        match self {
            ListenAddress::Tcp(address) => Some(*address),
            ListenAddress::Unix(_) => None,
        }
    }
}

impl FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix(UNIX) {
            return match path.starts_with('/') {
                true => Ok(ListenAddress::Unix(path.into())),
                false => Err(format!(
                    "{text:?} names no path from the root; one is like unix:/run/parlour.sock"
                )),
            };
        }
        text.parse().map(ListenAddress::Tcp).map_err(|_| {
            format!(
                "{text:?} is no address to listen on; one is like [::]:25000, 192.0.2.1:25000 or unix:/run/parlour.sock"
            )
        })
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ListenAddress::Tcp(address) => address.fmt(f),
            ListenAddress::Unix(path) => write!(f, "{UNIX}{}", path.display()),
        }
    }
}

/// Network, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpRange(pub IpNet);

impl FromStr for IpRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let address = || text.parse::<IpAddr>().map(IpNet::from);
        let network = text.parse::<IpNet>().or_else(|_| address());
        network.map(IpRange).map_err(|_| {
            format!("{text:?} is no address and no network; one is like 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32")
        })
    }
}

impl fmt::Display for IpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Serializes a type as text.
macro_rules! as_text {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?
                    .parse()
                    .map_err(D::Error::custom)
            }
        }
    };
}

as_text!(ListenAddress);
as_text!(IpRange);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_address_is_a_network_of_one() {
        for (text, network) in [
            ("192.0.2.1", Some("192.0.2.1/32")),
            ("192.0.2.0/24", Some("192.0.2.0/24")),
            ("2001:db8::1", Some("2001:db8::1/128")),
            ("::1/128", Some("::1/128")),
            ("localhost", None),
            ("192.0.2.0/33", None),
            ("", None),
        ] {
            let read = text.parse::<IpRange>().map(|network| network.to_string());
            assert_eq!(read.ok().as_deref(), network, "{text}");
        }
    }

    #[test]
    fn addresses_to_listen_on_are_read_as_they_are_shown() {
        for text in ["[::]:25000", "127.0.0.1:0", "unix:/run/parlour.sock"] {
            let address: ListenAddress = text.parse().unwrap();
            assert_eq!(address.to_string(), text);
        }
        for bad in [
            "unix:",
            "unix:run/parlour.sock",
            "25000",
            "localhost:25000",
            "/run/x",
        ] {
            assert!(bad.parse::<ListenAddress>().is_err(), "{bad}");
        }
    }
}
