//! Plain door: for netcat, telnet and pyChat's client. The client sends a nickname, then lines.

mod commands;
mod dialect;
mod door;
mod error_text;
mod framing;
mod moderation;
mod people;
mod render;
mod search;
mod telnet;

pub use commands::{COMMANDS, PlainCommand};
pub(crate) use door::PlainDoor;
pub(crate) use render::{event as render_event, event_channel};
