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
    /// Where they come from, as it is shown.
    pub host: Name,
    /// Where they come from as others would see it if they had no account: a cloak, the address, or
    /// what a gateway calls it. For masks.
    pub cloak: Name,
    /// The address they come from, for masks and for who may see it.
    pub address: Name,
    /// The real name.
    pub realname: Name,
    /// `nick!user@host`, as sources and masks have it.
    pub source: Name,
    /// The account, if they have one.
    pub account: Option<Name>,
    /// Whether they are a program (+B).
    pub bot: bool,
    /// Whether they are an operator of the network.
    pub oper: bool,
}

impl Profile {
    /// A profile of a user without an account, shown with the address they come from.
    pub fn new(id: UserId, nick: Name, user: Name, host: Name, realname: Name) -> Arc<Profile> {
        let source = format!("{nick}!{user}@{host}").into();
        Arc::new(Profile {
            id,
            nick,
            user,
            address: host.clone(),
            cloak: host.clone(),
            host,
            realname,
            source,
            account: None,
            bot: false,
            oper: false,
        })
    }

    /// The server itself, where it is the one who does something.
    pub(crate) fn of_server(name: Name) -> Arc<Profile> {
        let empty = || Name::from("");
        let shown = Profile::new(UserId(0), name.clone(), empty(), empty(), empty());
        Arc::new(Profile {
            source: name,
            ..Arc::unwrap_or_clone(shown)
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

    /// The same user, shown with another host.
    pub fn moved(&self, host: Name) -> Arc<Profile> {
        let source = format!("{}!{}@{host}", self.nick, self.user).into();
        Arc::new(Profile {
            host,
            source,
            ..self.clone()
        })
    }
}
