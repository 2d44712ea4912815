//! Doors: what the bytes of a connection mean.
//!
//! A [`Hall`] holds the connections of one shard, sans-IO. Bytes go in and become
//! requests to the core; the core's effects come back and become bytes, rendered once
//! for all who read them the same way. Which door a connection takes is found out
//! from its first bytes (`sniff`): [`irc`] or [`plain`].
//!
//! Numerics, capabilities, labels and batches exist only under `irc/`.

mod cost;
mod door;
pub mod duration;
pub mod hall;
pub mod irc;
pub mod plain;
pub mod settings;
mod sniff;
mod turn;
mod visitor;

pub use irc_wire::time;

pub use hall::{ConnId, Doors, Hall, Note, Pace, Peer, Sink};
pub use settings::DoorSettings;
