//! State of the cluster, as one node sees it.

use parlour_cluster::StreamState;
use parlour_core::MsgId;

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
    /// Newest version of the encoding that it reads, if it has told.
    pub reads: Option<u16>,
    /// Messages of the stream that it has not taken yet, as far as it has told.
    pub lag: Option<u64>,
    /// Milliseconds since its last sign of life; none for this node, and for those that never gave one.
    pub silent_for: Option<u64>,
}

/// State of the cluster.
#[derive(Clone, Debug)]
pub(crate) struct ClusterStatus {
    pub nodes: Vec<NodeStatus>,
    /// Last message of the stream that this node has taken.
    pub sequence: u64,
    /// Version of the encoding that all write.
    pub version: u16,
    /// Latest comparison of all nodes: the entry, and whether they held the same.
    pub compared: Option<(MsgId, bool)>,
    /// State of the stream.
    pub stream: StreamState,
    /// True if this node cannot reach the stream.
    pub is_cut_off: bool,
}

/// Figures of the cluster for the metrics of a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClusterFigures {
    /// Live nodes.
    pub nodes: u64,
    /// Last message of the stream that this node has taken.
    pub sequence: u64,
    /// Messages of the stream that it has not taken yet.
    pub lag: u64,
    /// Changes that have no place in the stream yet.
    pub waiting: u64,
    /// Version of the encoding that all write.
    pub version: u16,
}
