//! Persistent store: a journal, one SQLite file that follows it, readers on connections of their own.
//!
//! The store knows what the core wants stored ([`parlour_core::Record`]) and looked up
//! ([`parlour_core::history`]), and nothing of protocols. It is synchronous: the owner of a
//! [`Writer`] or [`Reader`] runs it on a thread.

// A variant that is added later must not pass silently.
#![warn(clippy::wildcard_enum_match_arm)]

mod accounts;
mod always_on;
mod channel_events;
mod channels;
mod conversations;
mod damage;
mod data_dir;
mod error;
mod hooks;
mod journal;
mod log_blocks;
mod log_names;
mod markers;
mod metadata;
mod migrations;
mod moderation;
mod modes;
mod opening;
mod position;
mod private;
mod pushes;
mod reader;
mod records;
mod retention;
mod search;
mod sizes;
mod tail;
mod upkeep;
mod uploads;
mod writer;

pub use data_dir::DataDir;
pub use error::StoreError;
pub use journal::{Durability, Journal, JournalFile, JournalFiles, Recovery};
pub use reader::Reader;
pub use retention::{LogRetention, Retention, RetentionRound};
pub use search::Index;
pub use sizes::Sizes;
pub use tail::{CatchUp, Tail};
pub use upkeep::check;
pub use uploads::{
    Deleted, Upload, Uploads, backup_uploads, check_uploads, messages_gone, uploaded_before,
};
pub use writer::Writer;

/// Name of the database file in the data directory.
pub const FILE: &str = "parlour.db";
