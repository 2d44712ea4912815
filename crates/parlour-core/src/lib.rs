//! Core of the chat.
//!
//! [`Core`] is a deterministic state machine: one input in, all its effects out. It knows no door
//! (protocol front end), numeric or SQL, and reads no clock; the same inputs in the same order give
//! the same effects and the same state.
//!
//! A request of a session is a [`Call`]. A question is answered at once. A change becomes a
//! [`Proposal`], which the [`journal`] gives its place; only then is it checked by `rules`,
//! applied, and turned into effects. [`commit_gate`] holds effects back until the records they
//! depend on are committed.
#![no_std]
// A variant that is added later must not pass silently: each verb is told apart.
#![warn(clippy::wildcard_enum_match_arm)]

extern crate alloc;

mod actions;
pub mod cloak;
pub mod commit_gate;
pub mod effect;
pub mod error;
pub mod event;
pub mod extban;
pub mod hidden;
pub mod history;
pub mod ids;
mod interests;
pub mod journal;
pub mod limits;
pub mod login;
pub mod mask;
mod message_kind;
mod mode_change;
pub mod names;
mod node;
pub mod public_address;
mod questions;
pub mod record;
mod replica;
pub mod reply;
pub mod request;
mod rules;
pub mod search;
pub mod secret;
pub mod settings;
pub mod state;

pub use cloak::Cloak;
pub use effect::{Audience, Cause, Effect, Effects, MailResult, Task, TaskResult};
pub use error::Refusal;
pub use event::{Body, Event};
pub use ids::{CallId, ChannelId, Instant, MsgId, NodeId, Now, SessionId, Ticket, Time, UserId};
pub use journal::{Actor, Entry, Proposal};
pub use names::Name;
pub use node::{Core, Input, place};
pub use questions::PushDue;
pub use record::{Record, Restored};
pub use replica::{Outcome, Replica, SNAPSHOT_VERSION, SnapshotError};
pub use reply::Reply;
pub use request::{Call, Change, Question, Request, SessionChange};
pub use secret::Secret;
pub use settings::Settings;
