//! What is kept: one SQLite file, one writer, readers on connections of their own.
//!
//! The store knows what the core wants kept ([`parlour_core::Record`]) and looked up
//! ([`parlour_core::history::Query`]), and nothing of doors. It is synchronous: whoever
//! owns a [`Writer`] or [`Reader`] gives it a thread.

mod accounts;
mod error;
mod lock;
mod migrations;
mod reader;
mod writer;

pub use error::StoreError;
pub use lock::DataDir;
pub use reader::Reader;
pub use writer::{Durability, Writer};

/// The database's file in the data directory.
const FILE: &str = "parlour.db";

/// A log's name in the table of logs.
fn log_name(log: &parlour_core::history::Log) -> String {
    use parlour_core::history::Log;
    match log {
        Log::Channel(name) => name.as_str().to_owned(),
        Log::Private(a, b) => format!("={:x},{:x}", a.0, b.0),
    }
}
