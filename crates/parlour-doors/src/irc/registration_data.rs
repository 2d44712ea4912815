//! Data of a client around its registration.

use std::ops::{Deref, DerefMut};

use parlour_core::names::Nick;
use parlour_core::reply::{MetadataEntry, MetadataValue};
use parlour_core::request::AwayState;
use parlour_core::state::{ResumeKey, metadata_key};
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
    /// Key of the user that it comes back to, or that is to be its user's (parlour/resume).
    pub resume: Option<ResumeKey>,
}

/// [`RegistrationData`] of a connection: it takes no memory before the first of it, and after
/// registration.
#[derive(Debug, Default)]
pub(super) struct Introduction(Option<Box<RegistrationData>>);

impl Deref for Introduction {
    type Target = RegistrationData;

    fn deref(&self) -> &RegistrationData {
        static NOTHING: RegistrationData = RegistrationData {
            nick: None,
            user: None,
            password: None,
            login: None,
            attendance: AwayState::Present,
            metadata: Vec::new(),
            keys: Vec::new(),
            resume: None,
        };
        self.0.as_deref().unwrap_or(&NOTHING)
    }
}

impl DerefMut for Introduction {
    fn deref_mut(&mut self) -> &mut RegistrationData {
        self.0.get_or_insert_default()
    }
}

impl RegistrationData {
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
