//! One connection to an IRC server, sans-IO: lines in, happenings and lines out.

mod happening;
mod isupport;
mod session;

pub use happening::{Happening, Said, SaidKind};
pub use isupport::Isupport;
pub use session::{Identity, Login, Session};
