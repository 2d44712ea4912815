//! Administration over a Unix socket in the data directory: access to the socket is full authority.
//!
//! A request is one line of JSON ([`AdminRequest`]). The answer is lines of JSON ([`AdminAnswer`]),
//! the last of which is [`AdminAnswer::Done`] or [`AdminAnswer::Failed`].

mod ask;
mod error_text;
mod hooks;
mod protocol;
mod sentences;
mod serve;

pub use ask::ask;
pub use protocol::{AdminAnswer, AdminRequest, socket};
pub(crate) use serve::Admin;
