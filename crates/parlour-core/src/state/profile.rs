//! A user as others see them, at one moment.

use alloc::format;
use alloc::sync::Arc;

use crate::{Name, UserId};

/// What others see of a user. Never changed: a new nick is a new profile, so an event
/// keeps showing who it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Which user.
    pub id: UserId,
    /// The nick.
    pub nick: Name,
    /// The user name (ident).
    pub user: Name,
    /// Where they come from.
    pub host: Name,
    /// The real name.
    pub realname: Name,
    /// `nick!user@host`, as sources and masks have it.
    pub source: Name,
    /// The account, if they have one.
    pub account: Option<Name>,
}

impl Profile {
    /// A profile without an account.
    pub fn new(id: UserId, nick: Name, user: Name, host: Name, realname: Name) -> Arc<Profile> {
        let source = format!("{nick}!{user}@{host}").into();
        Arc::new(Profile {
            id,
            nick,
            user,
            host,
            realname,
            source,
            account: None,
        })
    }

    /// The same user under another nick.
    pub fn renamed(&self, nick: Name) -> Arc<Profile> {
        let source = format!("{nick}!{}@{}", self.user, self.host).into();
        Arc::new(Profile {
            nick,
            source,
            ..self.clone()
        })
    }
}
