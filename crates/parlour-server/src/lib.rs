//! Parlour server: sockets and threads around the core.
//!
//! One thread owns the core, one writes the store, one reads it, and a shard thread per processor
//! owns the connections. Everything is bounded: a client that sends too fast is not read for a
//! while, and one that reads too slowly is disconnected.

pub mod admin;
mod banner;
mod bridge;
mod channel_feed;
mod cloak;
mod clock;
mod cluster;
pub mod config;
mod config_reloader;
mod console;
mod core_thread;
mod error;
mod fair_queue;
mod file_tokens;
mod gate;
mod hook_token;
mod indexer;
mod journal_thread;
mod listen;
mod local_journal;
mod mailbox;
mod mailer;
mod messages;
mod metrics;
mod own_certificate;
pub mod password;
mod password_worker;
mod placed_by;
mod push_worker;
mod pushes_due;
mod retention_worker;
mod rules;
mod scram;
mod secret_file;
mod server;
mod service_sessions;
mod services;
mod shard;
mod store_parts;
mod store_threads;
mod tls;
mod upload_links;
mod upload_reservations;
mod upload_worker;
mod web_backend;
mod web_files;
mod web_parts;
mod worker;

pub use config::Config;
pub use error::ServerError;
pub use parlour_doors::duration;
pub use parlour_store::{check, check_uploads};
pub use parlour_web::picture;
pub use server::{Handle, Launch, Server};
