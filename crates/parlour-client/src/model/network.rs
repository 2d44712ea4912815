//! One network.

use irc_wire::Casemap;

use crate::SafeText;

/// How the connection is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    /// On the way.
    Connecting,
    /// Registered.
    Online,
    /// Lost; tried again in so many seconds.
    Waiting(u64),
    /// Given up; the reason.
    Ended(String),
}

/// A network.
#[derive(Debug)]
pub struct Network {
    /// Its name, or the server's address.
    pub name: SafeText,
    /// The user's nick.
    pub nick: SafeText,
    /// The account that the user is logged into.
    pub account: Option<SafeText>,
    /// How the connection is doing.
    pub connection: ConnectionState,
    /// Whether the user is away.
    pub away: bool,
    /// What the user is to know in the first room that they are in.
    pub(crate) notes: Vec<String>,
    /// Whether it is encrypted.
    pub secure: bool,
    /// Milliseconds that the server took to answer last.
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
