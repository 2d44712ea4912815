//! Versions of the encoding: the members of a cluster write one that all of them read.
//!
//! Fields have no names in it, and variants go by their numbers. A version adds variants at the end and fields in
//! parts of their own, and changes nothing that an older one has. Members of an older version can so run beside newer ones,
//! which write the older version until the last old member has gone; [`crate::Message::Version`] then raises it.

use parlour_core::Change;
use serde::{Deserialize, Serialize};

/// Version of what is in the stream and in snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Version(pub u16);

impl Version {
    /// Oldest version that this program writes and reads.
    pub const OLDEST: Version = Version(1);
    /// Newest one: clients come back by keys, and versions are raised.
    pub const NEWEST: Version = Version(2);

    /// Returns the version of a replica's encoding.
    pub fn of_replica(self) -> u16 {
        // The replica had been changed three times before there was a cluster.
        self.0 + 3
    }

    /// Returns a change as it is known in this version.
    pub fn lowered(self, change: Change) -> Change {
        match change {
            Change::Resume(registration, _) if self < Version(2) => Change::Register(registration),
            other => other,
        }
    }

    /// Returns whether a change is known in this version.
    pub(crate) fn knows(self, change: &Change) -> bool {
        self >= Version(2) || !matches!(change, Change::Resume(..))
    }
}

impl Default for Version {
    fn default() -> Self {
        Version::OLDEST
    }
}
