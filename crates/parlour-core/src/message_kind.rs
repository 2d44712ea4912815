//! Kinds of messages, and how a long one was split.

use alloc::sync::Arc;

use serde::{Deserialize, Serialize};

/// Kind of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MessageKind {
    /// PRIVMSG.
    Message,
    /// NOTICE: never answered, not even with errors.
    Notice,
    /// TAGMSG: tags only.
    Tags,
}

/// Places where long lines were split; almost always none.
pub type Splits = Option<Arc<[u32]>>;
