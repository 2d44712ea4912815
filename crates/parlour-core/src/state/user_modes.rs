//! User modes.

use serde::{Deserialize, Serialize};

use super::flags::{Flag, FlagSet};

/// User mode flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum UserFlag {
    /// Invisible: hidden from users who share no channel (+i).
    Invisible,
    /// Bot (+B).
    Bot,
    /// Accepts private messages only from users with an account and from the accept list (+R).
    RegisteredOnly,
    /// No CTCP except ACTION (+T).
    NoCtcp,
    /// Receives WALLOPS (+w).
    Wallops,
    /// Server operator (+o); set by OPER only.
    Oper,
}

impl Flag for UserFlag {
    const ALL: &'static [Self] = &[
        UserFlag::Bot,
        UserFlag::RegisteredOnly,
        UserFlag::NoCtcp,
        UserFlag::Invisible,
        UserFlag::Oper,
        UserFlag::Wallops,
    ];

    fn number(self) -> u8 {
        self as u8
    }
}

/// Mode flags of one user.
pub type UserFlags = FlagSet<UserFlag>;
