//! How many users have the flags that are counted, kept up to date: everybody is told when they
//! come (LUSERS), so that counting each time would cost more the more there are.

use super::{UserFlag, UserFlags};

/// Numbers of users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct UserCounts {
    /// Who are invisible.
    pub invisible: usize,
    /// Who are operators of the network.
    pub opers: usize,
}

impl UserCounts {
    /// Somebody has come.
    pub fn add(&mut self, flags: &UserFlags) {
        self.invisible += usize::from(flags.has(UserFlag::Invisible));
        self.opers += usize::from(flags.has(UserFlag::Oper));
    }

    /// Somebody has gone.
    pub fn take(&mut self, flags: &UserFlags) {
        self.invisible -= usize::from(flags.has(UserFlag::Invisible));
        self.opers -= usize::from(flags.has(UserFlag::Oper));
    }
}
