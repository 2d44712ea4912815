//! What an operator can choose about the doors.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use ipnet::IpNet;
use parlour_core::{Cloak, Name, Now, Secret, Settings};

use crate::connections::Pace;

/// Settings of all doors; the server fills them from its configuration.
#[derive(Clone, Debug)]
pub struct DoorSettings {
    /// The chat's own settings.
    pub chat: Arc<Settings>,
    /// The network's name.
    pub network: Name,
    /// Name and version of the software.
    pub version: Name,
    /// One sentence about the server.
    pub description: Name,
    /// The message of the day, line by line; empty: there is none.
    pub motd: Vec<String>,
    /// Who runs the server, for ADMIN: three lines at most.
    pub admin: Vec<String>,
    /// When the server was started.
    pub started: Now,
    /// Names of capabilities that are not offered.
    pub without: BTreeSet<String>,
    /// Client-only tags that are not relayed, without their `+`; `*`: none is, but those
    /// with a `-` in front (ISUPPORT CLIENTTAGDENY).
    pub denied_tags: Vec<String>,
    /// That clients are to come back with TLS, and for how long (STS).
    pub sts: Option<Sts>,
    /// Who may tell the address of those for whom they connect (WEBIRC).
    pub gateways: Vec<Gateway>,
    /// Connections of all doors that are not registered.
    pub unregistered: Arc<AtomicUsize>,
    /// Milliseconds of silence after which a new connection is greeted as a person.
    pub greet_after: u64,
    /// Milliseconds of silence that end a message of a client that ends no lines.
    pub unframed_silence: u64,
    /// Milliseconds that a connection may take to become a session.
    pub registration_timeout: u64,
    /// Milliseconds without a word after which an IRC client is asked whether it is there.
    pub ping_after: u64,
    /// Milliseconds that it then has to answer.
    pub ping_timeout: u64,
    /// Bytes that may wait for a slow reader before it is let go.
    pub send_queue: usize,
    /// What addresses are shown as; none: as they are.
    pub cloak: Option<Cloak>,
    /// How fast one connection may say things; none: as fast as it likes.
    pub pace: Option<Pace>,
}

/// A policy of strict transport security (IRCv3 STS).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sts {
    /// Seconds for which clients are to remember it.
    pub duration: u64,
    /// The port on which TLS is spoken.
    pub port: u16,
}

/// A gateway that connects for others (WEBIRC).
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Where it connects from.
    pub from: Vec<IpNet>,
    /// Its password.
    pub password: Secret,
}

impl Gateway {
    /// Whether it connects from this address.
    pub fn is_at(&self, address: IpAddr) -> bool {
        self.from.iter().any(|net| net.contains(&address))
    }
}

impl DoorSettings {
    /// The host that a connection from an address is shown with; none, if it is shown as it is.
    pub(crate) fn cloaked(&self, address: IpAddr) -> Option<Name> {
        self.cloak.as_ref().map(|cloak| cloak.of(address))
    }

    /// The server's name, as sources and numerics have it.
    pub fn server_name(&self) -> &Name {
        &self.chat.server_name
    }

    /// Whether a client-only tag, named without its `+`, is relayed.
    pub fn relays_tag(&self, name: &str) -> bool {
        let denied = |tag: &String| *tag == name || tag == "*";
        let excepted = |tag: &String| tag.strip_prefix('-') == Some(name);
        !self.denied_tags.iter().any(denied) || self.denied_tags.iter().any(excepted)
    }
}

impl Default for DoorSettings {
    fn default() -> Self {
        DoorSettings {
            chat: Arc::default(),
            network: "parlour".into(),
            version: concat!("parlour-", env!("CARGO_PKG_VERSION")).into(),
            description: "a parlour server".into(),
            motd: Vec::new(),
            admin: Vec::new(),
            started: Now::default(),
            without: BTreeSet::new(),
            denied_tags: Vec::new(),
            sts: None,
            gateways: Vec::new(),
            unregistered: Arc::default(),
            greet_after: 250,
            unframed_silence: 60,
            registration_timeout: 60_000,
            ping_after: 120_000,
            ping_timeout: 60_000,
            send_queue: 1 << 20,
            cloak: None,
            pace: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denied_tags_are_not_relayed() {
        let with = |denied: &[&str]| DoorSettings {
            denied_tags: denied.iter().map(|tag| (*tag).to_owned()).collect(),
            ..DoorSettings::default()
        };
        assert!(with(&[]).relays_tag("typing"));
        assert!(!with(&["typing"]).relays_tag("typing"));
        assert!(!with(&["*"]).relays_tag("typing"));
        assert!(with(&["*", "-typing"]).relays_tag("typing"));
    }
}
