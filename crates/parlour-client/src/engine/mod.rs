//! Session with an IRC server, sans-IO: bytes in, events and bytes out.

mod event;
mod isupport;
mod session;

pub use event::{ChatMessage, Event, ListedChannel, MessageKind, MessageRef, Page, Typing};
pub use isupport::Isupport;
pub(crate) use session::MAX_EVENTS;
pub(crate) use session::OUTSIDE;
pub(crate) use session::escape;
pub use session::{Identity, Login, OutgoingMessage, Session, SessionOptions};
