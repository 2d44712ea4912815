//! Session with an IRC server, sans-IO: bytes in, events and bytes out.

mod event;
mod feature;
mod isupport;
mod session;

pub use event::{
    ChatMessage, Event, ListedChannel, MessageKind, MessageRef, Page, Typing, UploadToken,
};
pub use feature::Feature;
pub use isupport::Isupport;
pub(crate) use session::MAX_EVENTS;
pub use session::{HistoryRange, Identity, Login, OutgoingMessage, Session, SessionOptions};
