//! Terminal client, and the same engine without a view for scripts.
//!
//! [`engine`] is sans-IO: lines in, events out. A [`model`] holds the state on display, and
//! [`view`] draws it without state of its own. Only [`connect`] and [`tui`] touch sockets and
//! terminals.

mod address;
pub mod aliases;
pub mod app;
mod backoff;
pub mod clock;
mod commands;
mod complete;
mod composer;
pub mod config;
pub mod connect;
mod connection;
mod connections;
mod dropped_path;
pub mod engine;
pub mod export;
mod files;
pub mod first_run;
pub mod formatting;
mod host_services;
pub mod input;
mod links;
pub mod lookup;
mod markdown;
pub mod model;
mod network_id;
mod notice;
pub mod options;
mod output;
pub mod output_format;
pub mod pins;
pub mod plain;
pub mod proxy;
pub mod reference;
pub mod renderer;
mod runtime;
mod safe_text;
pub mod saved_settings;
mod script;
pub mod secrets;
pub mod send;
pub mod settings;
mod shell;
mod signals;
pub mod state;
pub mod suggest;
pub mod tail;
pub mod terminal;
mod timestamp;
pub mod tui;
mod ui_settings;
mod uploader;
mod uploads;
pub mod view;

pub use address::{Address, Security};
pub use app::App;
pub use network_id::{NetworkId, PerNetwork};
pub use safe_text::SafeText;
