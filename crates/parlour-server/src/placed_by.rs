//! Giver of places for proposals: this server itself, or the stream of a cluster.

use parlour_core::MsgId;

use crate::cluster::ClusterJournal;
use crate::local_journal::LocalJournal;

/// Giver of places.
pub(crate) enum PlacedBy {
    /// This server, at once.
    ThisServer(LocalJournal),
    /// The stream, which hands them back as entries.
    Stream(Box<ClusterJournal>),
}

impl PlacedBy {
    /// Creates that of a server on its own, which goes on after `last`.
    pub fn this_server(last: MsgId) -> PlacedBy {
        PlacedBy::ThisServer(LocalJournal::new(last))
    }

    /// Returns whether this node does what is to be done once, by one of them.
    pub fn is_first(&self) -> bool {
        match self {
            PlacedBy::ThisServer(_) => true,
            PlacedBy::Stream(journal) => journal.is_first(),
        }
    }
}
