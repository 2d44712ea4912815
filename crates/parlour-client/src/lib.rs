//! The terminal client, and the same engine without a view for scripts.
//!
//! [`engine`] is sans-IO: lines in, happenings out; a [`model`] holds what there is to
//! see; [`view`] draws it and keeps nothing. [`connect`] and [`tui`] are all that touches
//! sockets and terminals.

mod address;
mod app;
mod backoff;
mod commands;
mod complete;
mod composer;
pub mod connect;
pub mod engine;
mod link;
pub mod lookup;
pub mod model;
pub mod pins;
pub mod printed;
mod safe_text;
pub mod send;
pub mod tail;
pub mod terminal;
pub mod tui;
pub mod view;

pub use address::{Address, Security};
pub use app::App;
pub use safe_text::SafeText;
