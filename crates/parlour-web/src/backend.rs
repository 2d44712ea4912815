//! The chat behind the HTTP service, as far as the service needs it.

use std::future::Future;
use std::pin::Pin;

use tokio::sync::mpsc;

use crate::uploads::{Files, Uploader};

/// Answer of the chat that is waited for.
pub type Answered<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Reason why a hook is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookRefusal {
    /// No hook with the right has this token.
    NoSuchToken,
    /// The channel of the hook is not there any more.
    NoSuchChannel,
    /// The channel keeps the hook silent: the sentence.
    Silenced(String),
    /// The chat cannot keep it now.
    Unavailable,
    /// This node of the chat is cut off from the others, which may change in a moment: the sentence.
    CutOff(String),
    /// Message that the chat may have kept, or not: the sentence.
    Unconfirmed(String),
}

/// Item of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedItem {
    /// Message id, by which the feed can be resumed.
    pub id: String,
    /// Type of the event.
    pub event: &'static str,
    /// The event as one line of JSON.
    pub data: String,
}

/// Messages of a channel. It ends when the reader is too slow or its hook is removed; what was missed
/// is there when it is resumed.
pub type Feed = mpsc::Receiver<FeedItem>;

/// Request to follow a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Follow {
    /// Token of a reading hook.
    pub token: String,
    /// Channel that is asked for; it must be the hook's.
    pub channel: Option<String>,
    /// Id of the last message that is known; none: only what is said from now on.
    pub after: Option<String>,
}

/// The chat.
pub trait Backend: Send + Sync {
    /// Posts a message by a hook. Returns its id once it is kept.
    fn post(&self, token: String, text: String) -> Answered<Result<String, HookRefusal>>;

    /// Returns the uploader that a posting hook is.
    fn hook_uploader(&self, token: String) -> Answered<Result<Uploader, HookRefusal>>;

    /// Follows the channel of a reading hook.
    fn follow(&self, follow: Follow) -> Answered<Result<Feed, HookRefusal>>;

    /// Returns the store of uploaded files.
    fn files(&self) -> &dyn Files;

    /// Returns whether the chat answers, and can keep what is said.
    fn is_ready(&self) -> Answered<bool>;

    /// Returns the metrics in OpenMetrics' text format.
    fn metrics(&self) -> Answered<String>;
}
