//! Doors: what the bytes of a connection mean.
//!
//! A [`Hall`] holds the connections of one shard, sans-IO. Bytes go in and become
//! requests to the core; the core's effects come back and become bytes, rendered once
//! for all who read them the same way. Which door a connection takes is found out
//! from its first bytes (`sniff`): [`irc`] or [`plain`].
//!
//! Numerics, capabilities, labels and batches exist only under `irc/`.

pub mod connections;
mod context;
mod cost;
mod door;
pub mod duration;
mod http;
pub mod irc;
pub mod plain;
pub mod settings;
mod sniff;

pub use irc_wire::time;

pub use connections::{ConnId, Connections, Doors, LogEvent, Pace, Peer, Sink};
pub use settings::DoorSettings;
