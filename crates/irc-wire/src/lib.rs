//! IRC wire format, without any chat logic.
//!
//! Messages and their tags, case folding, mode strings, numerics and line framing. Sans-IO,
//! `no_std` with `alloc`; both the server's doors and the client are built on it.
//!
//! Sources: RFC 1459, RFC 2812, Modern IRC, and the IRCv3 specifications named at
//! each item.
#![no_std]

extern crate alloc;

pub mod build;
pub mod casemap;
pub mod framing;
mod legible;
pub mod message;
pub mod modes;
pub mod numerics;
pub mod tags;
pub mod terminal;
pub mod text;
pub mod time;

pub use build::Line;
pub use casemap::Casemap;
pub use framing::{Framed, Framer};
pub use message::{Message, ParseError};
pub use tags::Tags;

/// Maximum length of a line without its tags, CR LF included, in bytes (RFC 1459 §2.3).
pub const MAX_LINE: usize = 512;

/// Maximum number of bytes that a client may send between `@` and the space (message-tags).
pub const MAX_CLIENT_TAG_DATA: usize = 4094;

/// Maximum length of the tag section of a server's line, `@` and space included, in bytes
/// (message-tags: 4,096 of the client's and 4,095 of the server's, joined by `;`).
pub const MAX_TAG_SECTION: usize = 8191;

/// Maximum number of parameters of a message (RFC 1459 §2.3).
pub const MAX_PARAMS: usize = 15;
