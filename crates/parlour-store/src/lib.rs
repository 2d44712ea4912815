//! What is kept: one SQLite file, one writer, readers on connections of their own.
//!
//! The store knows what the core wants kept ([`parlour_core::Record`]) and looked up
//! ([`parlour_core::history::Query`]), and nothing of doors. It is synchronous: whoever
//! owns a [`Writer`] or [`Reader`] gives it a thread.

mod accounts;
mod error;
mod happened;
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
        Log::Private(a, b) => format!("={},{}", party_name(a), party_name(b)),
    }
}

/// One side of a conversation, as the name of its log has it: no account's name has a comma.
fn party_name(party: &parlour_core::history::Party) -> String {
    use parlour_core::history::Party;
    match party {
        Party::Account(name, since) => format!("{}@{:x}", name.as_str(), since.0),
        Party::Guest(id) => format!("{:x}", id.0),
    }
}
