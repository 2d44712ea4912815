//! The irc door: RFC 1459 and 2812 as described by Modern IRC, and IRCv3.
//!
//! Before registration the door answers by itself. Afterwards nothing may overtake the replies of
//! the core, so what the door answers alone waits for its place (`placed.rs`).

mod account;
mod batches;
mod caps;
mod commands;
mod ctcp;
mod dialect;
mod dispatch;
mod door;
mod error_reply;
pub mod isupport;
mod labels;
mod lines;
mod modes;
mod pings;
mod placed;
mod plan;
mod push_line;
pub mod reference;
mod registration;
mod registration_data;
mod render;
mod request_source;
mod sasl;
mod sasl_exchange;
mod service;
mod services;
pub mod verbs;
mod welcome;

pub use caps::{CAPABILITIES, Cap, Capability};
pub(crate) use ctcp::is_ctcp;
pub(crate) use door::IrcDoor;
pub use modes::{FLAGS, LISTS, RANKS, USER_MODES, VALUES, read as read_modes};
pub(crate) use modes::{format as format_modes, prefixes};
pub use push_line::{push_line, read_line};
pub(crate) use render::{event as render_event, relevant_key};
