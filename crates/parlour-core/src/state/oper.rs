//! Server operators and their privileges.

use serde::{Deserialize, Serialize};

use alloc::vec::Vec;

use crate::Name;

/// Privilege of a server operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Privilege {
    /// Disconnecting users (KILL).
    Kill,
    /// Reloading the configuration (REHASH).
    Rehash,
    /// Messages to all users with +w (WALLOPS).
    Wallops,
    /// Seeing invisible users, secret channels and addresses.
    See,
    /// Relaying messages into any channel (RELAYMSG).
    Relay,
    /// Deleting messages of others in any channel (REDACT).
    Redact,
    /// Registering accounts for others.
    Accounts,
    /// Server bans.
    Ban,
    /// Registering channels where that is disabled, and managing any channel.
    Channels,
}

/// Privileges, by their names in the configuration.
pub const PRIVILEGES: [(&str, Privilege); 9] = [
    ("kill", Privilege::Kill),
    ("rehash", Privilege::Rehash),
    ("wallops", Privilege::Wallops),
    ("see", Privilege::See),
    ("relay", Privilege::Relay),
    ("redact", Privilege::Redact),
    ("accounts", Privilege::Accounts),
    ("ban", Privilege::Ban),
    ("channels", Privilege::Channels),
];

/// Server operator state of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Oper {
    /// Name of the oper block.
    pub name: Name,
    /// Class.
    pub class: Name,
    /// Host shown while a server operator, if the oper block sets one.
    pub host: Option<Name>,
    /// Privileges.
    pub privileges: Vec<Privilege>,
}

impl Oper {
    /// Returns whether the privilege is granted.
    pub fn may(&self, privilege: Privilege) -> bool {
        self.privileges.contains(&privilege)
    }
}
