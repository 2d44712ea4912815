//! Members of the cluster.

use parlour_core::NodeId;
use serde::{Deserialize, Serialize};

/// Run of a node, by the sequence number of the message by which it joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Epoch(pub u64);

/// Presence of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Presence {
    /// Its messages count.
    Live,
    /// Declared lost; none of its messages counts until it joins again.
    Lost,
}

/// Member of the cluster, under its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Number, which its sessions carry.
    pub node: NodeId,
    /// Current or last run.
    pub epoch: Epoch,
    /// Presence.
    pub presence: Presence,
    /// Number of the last batch that counted in this run; they begin with 1.
    pub batches: u64,
}
