//! The bytes of IRC, and nothing of any chat.
//!
//! Messages and their tags, case folding, mode strings, numerics and the
//! framing of lines. Sans-IO, `no_std` with `alloc`; both the server's doors and the
//! client are built on it.
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

/// The longest line without its tags, its CR LF included, in bytes (RFC 1459 §2.3).
pub const MAX_LINE: usize = 512;

/// The most bytes between `@` and the space that a client may send (message-tags).
pub const MAX_CLIENT_TAG_DATA: usize = 4094;

/// The longest tag section that a server's line may carry, `@` and space included
/// (message-tags: 4,096 of the client's and 4,095 of the server's, joined by `;`).
pub const MAX_TAG_SECTION: usize = 8191;

/// The most parameters a message may have (RFC 1459 §2.3).
pub const MAX_PARAMS: usize = 15;
