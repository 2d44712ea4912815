//! Profiles: the public view of a user at one moment.

use crate::names::Text;
use serde::{Deserialize, Serialize};

use alloc::format;
use alloc::sync::Arc;

use crate::names::{AccountName, Nick};
use crate::{Name, UserId};

/// Public view of a user. It is immutable: a nick change makes a new profile, so an event keeps the
/// one of its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Id of the user.
    pub id: UserId,
    /// Nick.
    pub nick: Nick,
    /// User name (ident).
    pub user: Name,
    /// Displayed host.
    pub host: Name,
    /// Host shown without an account: a cloak, the address, or a name set by a gateway. Masks are
    /// matched against it too.
    pub cloak: Name,
    /// Address, for masks and for those who may see it.
    pub address: Name,
    /// Real name.
    pub realname: Text,
    /// Source `nick!user@host`.
    pub source: Name,
    /// Account, if logged in.
    pub account: Option<AccountName>,
    /// True if marked as a bot (+B).
    pub bot: bool,
    /// True if a server operator.
    pub oper: bool,
}

impl Profile {
    /// Creates the profile of a user without an account whose host is the address.
    pub fn new(id: UserId, nick: Nick, user: Name, host: Name, realname: Text) -> Arc<Profile> {
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

    /// Returns the profile of the server, for events of its own.
    pub(crate) fn of_server(name: Name) -> Arc<Profile> {
        let empty = || Name::from("");
        let shown = Profile::new(UserId(0), (&*name).into(), empty(), empty(), "".into());
        Arc::new(Profile {
            source: name,
            ..Arc::unwrap_or_clone(shown)
        })
    }

    /// Returns the profile with another nick.
    pub fn renamed(&self, nick: Nick) -> Arc<Profile> {
        // The source repeats the nick and has to change with it.
        let source = format!("{nick}!{}@{}", self.user, self.host).into();
        Arc::new(Profile {
            nick,
            source,
            ..self.clone()
        })
    }

    /// Returns the profile with another host.
    pub fn with_host(&self, host: Name) -> Arc<Profile> {
        let source = format!("{}!{}@{host}", self.nick, self.user).into();
        Arc::new(Profile {
            host,
            source,
            ..self.clone()
        })
    }
}
