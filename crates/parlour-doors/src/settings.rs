//! What an operator can choose about the doors.

use parlour_core::{Name, Time};

/// Settings of all doors; the server fills them from its configuration.
#[derive(Clone, Debug)]
pub struct DoorSettings {
    /// The server's name, as sources and numerics have it.
    pub server_name: Name,
    /// The network's name.
    pub network: Name,
    /// Name and version of the software.
    pub version: Name,
    /// One sentence about the server.
    pub description: Name,
    /// The message of the day, line by line; empty: there is none.
    pub motd: Vec<String>,
    /// When the server was started.
    pub started: Time,
    /// The channel that plain clients are led to.
    pub lobby: Name,
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
}

impl Default for DoorSettings {
    fn default() -> Self {
        DoorSettings {
            server_name: "parlour.localhost".into(),
            network: "parlour".into(),
            version: concat!("parlour-", env!("CARGO_PKG_VERSION")).into(),
            description: "a parlour server".into(),
            motd: Vec::new(),
            started: Time(0),
            lobby: "#lobby".into(),
            greet_after: 250,
            unframed_silence: 60,
            registration_timeout: 60_000,
            ping_after: 120_000,
            ping_timeout: 60_000,
            send_queue: 1 << 20,
        }
    }
}
