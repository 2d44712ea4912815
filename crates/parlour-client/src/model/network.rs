//! Network, and the state of its connection.

use irc_wire::Casemap;

use crate::SafeText;

/// State of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    /// Connection in progress.
    Connecting,
    /// Registered with the server.
    Online,
    /// Lost, with the seconds until the next attempt.
    Waiting(u64),
    /// Given up, with the reason.
    Ended(String),
}

/// Network that the client is configured for.
#[derive(Debug)]
pub struct Network {
    /// Name of the network, or address of the server.
    pub name: SafeText,
    /// Nick of the user.
    pub nick: SafeText,
    /// Account that the user is logged into.
    pub account: Option<SafeText>,
    /// State of the connection.
    pub connection: ConnectionState,
    /// True if the user is away.
    pub away: bool,
    /// Notes to be shown in the next channel that the user joins.
    pub(crate) notes: Vec<String>,
    /// True if the connection is encrypted.
    pub secure: bool,
    /// Round-trip time of the last ping, in milliseconds.
    pub lag: Option<u64>,
    pub(crate) casemap: Casemap,
}

impl Network {
    pub(super) fn new(name: &str, nick: &str) -> Network {
        Network {
            name: SafeText::name(name),
            nick: SafeText::name(nick),
            account: None,
            connection: ConnectionState::Connecting,
            away: false,
            notes: Vec::new(),
            secure: false,
            lag: None,
            casemap: Casemap::Ascii,
        }
    }
}
