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
