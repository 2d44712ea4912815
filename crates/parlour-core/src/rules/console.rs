//! Rule for the server's own console, which may do everything.

use crate::{Refusal, SessionId};

/// Name of the console in bans and the audit log.
pub(crate) const NAME: &str = "(console)";

/// Checks that the session is the console's.
pub(crate) fn require_console(session: SessionId) -> Result<(), Refusal> {
    if session.is_console() {
        Ok(())
    } else {
        Err(Refusal::NoPrivileges)
    }
}
