//! Requests for accounts and their passwords.

use serde::{Deserialize, Serialize};

use crate::Name;
use crate::login::Origin;
use crate::names::Nick;
use crate::secret::Secret;
use crate::state::Verifier;

/// Request to register an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAccount {
    /// Account name; none: the requester's nick.
    pub name: Option<Name>,
    /// Intended nick, before connection registration is complete.
    pub nick: Option<Nick>,
    /// True if a server operator makes it for another user.
    pub for_another: bool,
    /// Mail address, if given.
    pub mail: Option<Name>,
    /// Verification code sent to that address.
    pub code: Option<Secret>,
    /// Password; none once it is hashed.
    pub password: Option<Secret>,
    /// Verifier of the password, once it is hashed.
    pub verifier: Option<Verifier>,
    /// Origin of the password.
    pub origin: Origin,
}

/// Request for a new password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPassword {
    /// Current password, where required; none once it is checked.
    pub current: Option<Secret>,
    /// New password; none once it is hashed.
    pub password: Option<Secret>,
    /// Verifier of the new password, once it is hashed.
    pub verifier: Option<Verifier>,
    /// Origin of the passwords.
    pub origin: Origin,
}
