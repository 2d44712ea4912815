//! Data of a client around its registration.

use parlour_core::names::Nick;
use parlour_core::reply::{MetadataEntry, MetadataValue};
use parlour_core::request::AwayState;
use parlour_core::state::metadata_key;
use parlour_core::{Instant, Name, Secret};

/// Backlog of an attached client that may still request it itself.
#[derive(Debug)]
pub(super) struct BacklogReplay {
    /// Time at which the rest is sent.
    pub at: Instant,
    /// Targets already requested.
    pub played: Vec<Name>,
}

/// Data sent by a client before registration.
#[derive(Debug, Default)]
pub(super) struct RegistrationData {
    pub nick: Option<Nick>,
    /// User name and real name.
    pub user: Option<(Name, Name)>,
    /// Password of the server.
    pub password: Option<Secret>,
    /// Account and password to log in with (PASS).
    pub login: Option<(Name, Secret)>,
    /// Initial away state (draft/pre-away).
    pub attendance: AwayState,
    /// Initial metadata.
    pub metadata: Vec<(Name, Name)>,
    /// Initial metadata subscriptions.
    pub keys: Vec<Name>,
    /// Set during capability negotiation, which suspends registration until CAP END.
    pub negotiating: bool,
    /// True if the client negotiates with version 302.
    pub cap_302: bool,
}

impl RegistrationData {
    /// Returns whether the client has sent none of this yet, the password aside.
    pub fn is_untouched(&self) -> bool {
        self.nick.is_none() && self.user.is_none() && !self.negotiating && !self.cap_302
    }

    /// Returns the value of a metadata key so far.
    pub fn metadatum(&self, given: &str) -> MetadataValue {
        let value = match metadata_key(given) {
            None => MetadataEntry::NoKey,
            Some(key) => self
                .metadata
                .iter()
                .find(|(known, _)| *known == key)
                .map_or(MetadataEntry::Unset, |(_, value)| {
                    MetadataEntry::Value(value.clone())
                }),
        };
        MetadataValue {
            target: "*".into(),
            key: given.into(),
            value,
        }
    }
}
