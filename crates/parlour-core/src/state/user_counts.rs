//! Counts of users by flag, kept up to date: LUSERS is sent on every registration, and counting
//! each time would be linear in the number of users.

use serde::{Deserialize, Serialize};

use super::{UserFlag, UserFlags};

/// Counts of users by flag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UserCounts {
    /// Invisible users (+i).
    pub invisible: usize,
    /// Server operators.
    pub opers: usize,
}

impl UserCounts {
    /// Counts a user with these flags.
    pub fn add(&mut self, flags: &UserFlags) {
        self.invisible += usize::from(flags.has(UserFlag::Invisible));
        self.opers += usize::from(flags.has(UserFlag::Oper));
    }

    /// Removes a user with these flags from the counts; they must be those counted before.
    pub fn take(&mut self, flags: &UserFlags) {
        self.invisible -= usize::from(flags.has(UserFlag::Invisible));
        self.opers -= usize::from(flags.has(UserFlag::Oper));
    }
}
