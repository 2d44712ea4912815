//! Cluster: several nodes that apply one stream of messages, and so hold one state.
//!
//! Sans-IO. A node publishes [`Message`]s, its proposals among them; the stream gives each message a
//! sequence number and a time. [`Order`] takes them in that order and makes entries of them, with the
//! same ids on every node. It decides what counts: a message that is delivered again, a batch that was
//! published twice, or one of a node that has been declared lost changes nothing.

mod link;
mod member;
mod message;
mod order;
mod snapshot;
mod version;

pub use link::{
    Bucket, Link, LinkError, LinkEvent, LinkSettings, ObjectError, ObjectInfo, StreamCopy,
    StreamState,
};
pub use member::{Epoch, Member, Presence};
pub use message::{Batch, Message, Unreadable};
pub use order::{Order, OrderError, Ordered};
pub use snapshot::Snapshot;
pub use version::Version;
