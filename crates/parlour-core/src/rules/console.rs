//! The console: whoever runs the server, on its own machine. They may do everything.

use crate::{Refusal, SessionId};

/// The name that it does things under.
pub(crate) const NAME: &str = "(console)";

/// That the session is the console's.
pub(crate) fn require_console(session: SessionId) -> Result<(), Refusal> {
    if session == SessionId::CONSOLE {
        Ok(())
    } else {
        Err(Refusal::NoPrivileges)
    }
}
