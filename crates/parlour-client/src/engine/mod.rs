//! One connection to an IRC server, sans-IO: lines in, happenings and lines out.

mod happening;
mod isupport;
mod session;

pub use happening::{Happening, Page, Point, Room, Said, SaidKind, Typing};
pub use isupport::Isupport;
pub(crate) use session::MOST_EVENTS;
pub(crate) use session::OUTSIDE;
pub(crate) use session::escape;
pub use session::{Identity, Login, Session, Start, Words};
