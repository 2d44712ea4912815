//! The chat itself.
//!
//! [`Core`] is a deterministic state machine: one input, all its effects. It knows no
//! door, no numeric, no SQL, and reads no clock; the same inputs in the same order give
//! the same effects and the same state.
//!
//! What a session asks is a [`Call`]. A question is answered at once. A change becomes
//! a [`Proposal`]; the [`journal`] gives it its place, and only then it is judged by
//! `rules`, applied and told as effects. [`hold`] keeps effects back until what
//! they rest on is committed.
#![no_std]

extern crate alloc;

mod actions;
pub(crate) mod chat;
pub mod cloak;
pub mod commit_gate;
pub mod effect;
pub mod event;
pub mod extban;
pub mod hidden;
pub mod history;
pub mod ids;
pub mod journal;
pub mod limits;
pub mod login;
pub mod mask;
pub mod names;
mod questions;
pub mod record;
pub mod reply;
pub mod request;
mod rules;
pub mod search;
pub mod secret;
pub mod settings;
pub mod state;

pub use chat::{Core, Input};
pub use cloak::Cloak;
pub use effect::{Audience, Cause, Effect, Effects, MailResult, Task};
pub use event::{Body, Event};
pub use ids::{CallId, ChannelId, Instant, MsgId, Now, SessionId, Ticket, Time, UserId};
pub use journal::{Entry, Proposal};
pub use names::Name;
pub use record::{Record, Restored};
pub use reply::{Refusal, Reply};
pub use request::{Call, Change, Question, Request};
pub use secret::Secret;
pub use settings::Settings;
