//! Settings of the doors.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use ipnet::IpNet;
use parlour_core::{Cloak, Name, Now, Secret, Settings};

use crate::connections::Pace;

/// Settings of all doors; the server fills them from its configuration.
#[derive(Clone, Debug)]
pub struct DoorSettings {
    /// Settings of the core.
    pub chat: Arc<Settings>,
    /// Name of the network.
    pub network: Name,
    /// Name and version of the software.
    pub version: Name,
    /// Description of the server, one sentence.
    pub description: Name,
    /// Message of the day, line by line; empty if there is none.
    pub motd: Vec<String>,
    /// Administrators, for ADMIN: at most three lines.
    pub admin: Vec<String>,
    /// Time of the server's start.
    pub started: Now,
    /// Names of the capabilities that are not offered.
    pub without: BTreeSet<String>,
    /// Client-only tags that are not relayed, without their `+`. `*` denies all but those listed
    /// with a leading `-` (ISUPPORT CLIENTTAGDENY).
    pub denied_tags: Vec<String>,
    /// STS policy; none if clients are not told to use TLS.
    pub sts: Option<Sts>,
    /// WEBIRC gateways, which may state the address of their clients.
    pub gateways: Vec<Gateway>,
    /// Number of unregistered connections of all doors and shards.
    pub unregistered: Arc<AtomicUsize>,
    /// Milliseconds of silence after which a new connection gets the plain greeting.
    pub greet_after: u64,
    /// Milliseconds that output gathers at the most, if it is not urgent.
    pub gather_for: u64,
    /// Milliseconds of silence that end a message of a client without line ends.
    pub unframed_silence: u64,
    /// Milliseconds that a connection may take to register.
    pub registration_timeout: u64,
    /// Milliseconds of silence after which an IRC client is sent a PING.
    pub ping_after: u64,
    /// Milliseconds that the client then has to answer.
    pub ping_timeout: u64,
    /// Bytes that may wait for a slow reader before it is disconnected.
    pub send_queue: usize,
    /// Cloak for shown addresses; none if they are shown as they are.
    pub cloak: Option<Cloak>,
    /// Address for uploads (ISUPPORT FILEHOST); none if none are taken.
    pub filehost: Option<String>,
    /// Signer of tokens for uploads.
    pub file_tokens: Option<TokenSigner>,
    /// Push messages; none if nothing is pushed.
    pub push: Option<PushSettings>,
    /// True if users without an account may upload.
    pub guests_upload: bool,
    /// Rate limit of one connection; none if it is unlimited.
    pub pace: Option<Pace>,
}

/// Function that signs the claims of a token, with a key that the doors do not have.
#[derive(Clone)]
pub struct TokenSigner(Arc<dyn Fn(&str) -> String + Send + Sync>);

impl TokenSigner {
    /// Wraps a function from claims to a token.
    pub fn new(sign: impl Fn(&str) -> String + Send + Sync + 'static) -> TokenSigner {
        TokenSigner(Arc::new(sign))
    }

    /// Returns the token for claims.
    pub fn sign(&self, claims: &str) -> String {
        (self.0)(claims)
    }
}

impl fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSigner")
    }
}

/// Check of a subscription: endpoint, key and secret.
type PushCheck = dyn Fn(&str, &str, &str) -> bool + Send + Sync;

/// Settings of push messages.
#[derive(Clone)]
pub struct PushSettings {
    /// Public key of the server (ISUPPORT VAPID).
    pub public_key: String,
    check: Arc<PushCheck>,
}

impl PushSettings {
    /// Creates the settings; `check` tells whether a subscription (endpoint, key, secret) can be used.
    pub fn new(
        public_key: String,
        check: impl Fn(&str, &str, &str) -> bool + Send + Sync + 'static,
    ) -> PushSettings {
        PushSettings {
            public_key,
            check: Arc::new(check),
        }
    }

    /// Returns whether a subscription can be used.
    pub(crate) fn accepts(&self, endpoint: &str, key: &str, auth: &str) -> bool {
        (self.check)(endpoint, key, auth)
    }
}

impl fmt::Debug for PushSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushSettings")
            .field("public_key", &self.public_key)
            .finish_non_exhaustive()
    }
}

/// Policy of strict transport security (IRCv3 STS).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sts {
    /// Seconds for which clients remember the policy.
    pub duration: u64,
    /// Port for TLS.
    pub port: u16,
}

/// WEBIRC gateway, which connects on behalf of its clients.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Networks that the gateway connects from.
    pub from: Vec<IpNet>,
    /// Password of the gateway.
    pub password: Secret,
}

impl Gateway {
    /// Returns whether the gateway connects from this address.
    pub fn is_at(&self, address: IpAddr) -> bool {
        self.from.iter().any(|net| net.contains(&address))
    }
}

impl DoorSettings {
    /// Returns the host shown for an address; none if the address itself is shown.
    pub(crate) fn cloaked(&self, address: IpAddr) -> Option<Name> {
        self.cloak.as_ref().map(|cloak| cloak.of(address))
    }

    /// Returns the server's name, as used in sources and numerics.
    pub fn server_name(&self) -> &Name {
        &self.chat.server_name
    }

    /// Returns whether a client-only tag, named without its `+`, is relayed.
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
            gather_for: 50,
            unframed_silence: 60,
            registration_timeout: 60_000,
            ping_after: 120_000,
            ping_timeout: 60_000,
            send_queue: 1 << 20,
            cloak: None,
            filehost: None,
            file_tokens: None,
            push: None,
            guests_upload: false,
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
