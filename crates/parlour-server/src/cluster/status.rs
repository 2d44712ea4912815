//! State of the cluster, as one node sees it.

/// State of a node.
#[derive(Clone, Debug)]
pub(crate) struct NodeStatus {
    pub name: String,
    pub number: u8,
    /// True if its messages count.
    pub is_live: bool,
    /// True if it is the one that tells.
    pub is_this: bool,
    /// True if it does what is to be done once: snapshots, push messages.
    pub is_first: bool,
    /// Milliseconds since its last sign of life; none for this node, and for those that never gave one.
    pub silent_for: Option<u64>,
}

/// State of the cluster.
#[derive(Clone, Debug)]
pub(crate) struct ClusterStatus {
    pub nodes: Vec<NodeStatus>,
    /// Last message of the stream that this node has taken.
    pub sequence: u64,
    /// True if this node cannot reach the stream.
    pub is_cut_off: bool,
}
