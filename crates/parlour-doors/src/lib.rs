//! Doors: the protocols of client connections.
//!
//! [`Connections`] holds the connections of one shard, sans-IO. Bytes become calls to the core; the
//! core's effects become bytes, rendered once for all readers of the same render key. The door of a
//! connection ([`irc`] or [`plain`]) is chosen by its first bytes (`sniff`).
//!
//! Numerics, capabilities, labels and batches exist only under `irc/`.

// A variant that is added later must not pass silently.
#![warn(clippy::wildcard_enum_match_arm)]

mod bridged;
pub mod connections;
mod context;
mod cost;
mod dialect;
pub mod duration;
pub mod error_text;
mod handshake;
pub mod irc;
mod lazy_reply;
mod log_event;
pub mod plain;
mod refuse;
mod render_key;
mod rendering;
pub mod settings;
mod sniff;
mod undecided;

pub use irc_wire::time;

pub use bridged::{Bridge, BridgeState, Service};
pub use connections::{
    BridgeRequest, ConnId, Connections, Doors, Pace, Peer, SHARD_CALLS_MAX, Sink,
};
pub use log_event::LogEvent;
pub use settings::DoorSettings;
