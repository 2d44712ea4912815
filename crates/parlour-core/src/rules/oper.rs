//! What only operators of the network may do.

use crate::Refusal;
use crate::state::{Privilege, User};

/// That `who` has a privilege.
pub(crate) fn may(who: &User, privilege: Privilege) -> Result<(), Refusal> {
    if who.may(privilege) {
        Ok(())
    } else {
        Err(Refusal::NoPrivileges)
    }
}

/// Whether somebody is here by one connection: what one of several says counts for all.
pub(crate) fn is_alone(user: &User) -> Result<(), Refusal> {
    if user.sessions.len() > 1 {
        return Err(Refusal::OperIsAlone);
    }
    Ok(())
}
