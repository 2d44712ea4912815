//! Events for the log of the server.

use parlour_core::names::Nick;
use parlour_core::{Name, SessionId};

/// Event for the server's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEvent {
    /// New connection, with its address.
    Opened(SessionId, Name),
    /// Registration of a connection as a session.
    Registered {
        /// Session of the connection.
        session: SessionId,
        /// Nick at registration.
        nick: Nick,
        /// Address of the peer.
        host: Name,
        /// Name of the door.
        door: &'static str,
    },
    /// Nick change: session, old nick, new nick.
    Renamed(SessionId, Name, Name),
    /// Panic while a dialect ran for a session, or while an event was rendered for all. What broke
    /// is ended or left out; the rest goes on.
    Panicked(Option<SessionId>),
    /// Disconnection of a client that has not read what was sent to it.
    SlowReader(SessionId),
    /// End of a connection.
    Closed {
        /// Session of the connection.
        session: SessionId,
        /// Nick, if the connection was registered.
        nick: Option<Nick>,
        /// Reason, for people.
        reason: String,
    },
}
