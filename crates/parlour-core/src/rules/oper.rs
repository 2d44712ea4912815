//! Rules for server operators.

use crate::Refusal;
use crate::error::AuthError;
use crate::state::{Privilege, User};

/// Checks that `who` has a privilege.
pub(crate) fn may(who: &User, privilege: Privilege) -> Result<(), Refusal> {
    if who.may(privilege) {
        Ok(())
    } else {
        Err(Refusal::NoPrivileges)
    }
}

/// Checks that a user has one connection only: server operator status would hold for all of them.
pub(crate) fn is_alone(user: &User) -> Result<(), Refusal> {
    if user.sessions.len() > 1 {
        return Err(Refusal::Auth(AuthError::OperHasSeveralSessions));
    }
    Ok(())
}
