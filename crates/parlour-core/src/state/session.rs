//! Sessions: connections that are registered or about to be.

use serde::{Deserialize, Serialize};

use crate::history::Party;
use crate::names::AccountName;
use crate::request::AwayState;
use crate::{MsgId, Name, UserId};

/// Session, as every node knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Session {
    /// User, once registered.
    pub user: Option<UserId>,
    /// Address, once registered.
    pub address: Name,
    /// Host shown without an account.
    pub host: Name,
    /// Account that it is logged into, possibly before registration.
    pub account: Option<AccountName>,
    /// Account authenticated by SCRAM whose login the client has still to accept, and the address
    /// it came from.
    pub proved: Option<(Party, Name)>,
    /// Away state.
    pub away: AwayState,
}

impl Default for Session {
    fn default() -> Self {
        Session {
            user: None,
            address: "".into(),
            host: "".into(),
            account: None,
            proved: None,
            away: AwayState::default(),
        }
    }
}

impl Session {
    /// Returns whether it has neither a user nor a login, and may be removed.
    pub fn is_unused(&self) -> bool {
        self.user.is_none() && self.account.is_none() && self.proved.is_none()
    }
}

/// Backlog of a user who had no connection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Backlog {
    /// Id at which the last connection ended.
    pub since: MsgId,
    /// Id at which this session attached; from then on it gets private messages live.
    pub attached: MsgId,
    /// Id at which it entered the channels; from then on it gets their messages live.
    pub entered: MsgId,
}
