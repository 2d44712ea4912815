//! Operators of the network, and what their classes may do.

use alloc::vec::Vec;

use crate::Name;

/// Something that only operators of the network may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Privilege {
    /// End another user's sessions (KILL).
    Kill,
    /// Have the configuration read again (REHASH).
    Rehash,
    /// Say something to all who want to hear it (WALLOPS).
    Wallops,
    /// See invisible users, secret channels and addresses.
    See,
    /// Relay messages of others into any channel (RELAYMSG).
    Relay,
    /// Take back messages of others in any channel (REDACT).
    Redact,
    /// Make accounts for others.
    Accounts,
    /// Keep others out of the server.
    Ban,
    /// Register channels where that is not for all, and dispose of any.
    Channels,
}

/// Every privilege with its name in the configuration.
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

/// What a user is as an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oper {
    /// The name under which they became one.
    pub name: Name,
    /// Their class.
    pub class: Name,
    /// The host that they are shown with as an operator, if they have one of their own.
    pub host: Option<Name>,
    /// What they may do.
    pub privileges: Vec<Privilege>,
}

impl Oper {
    /// Whether they may do this.
    pub fn may(&self, privilege: Privilege) -> bool {
        self.privileges.contains(&privilege)
    }
}
