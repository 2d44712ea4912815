//! Journal: the total order of changes.
//!
//! A node hands out proposals, and takes entries: proposals that the journal has given their
//! places. The journal itself is outside and calls nobody. On one node it answers at once; a
//! cluster's is a stream that all nodes read. The core is fed the same way by both.

use serde::{Deserialize, Serialize};

use crate::{Cause, Change, Instant, MsgId, NodeId, UserId};

/// Author of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Actor {
    /// A user, by a session of theirs.
    User(UserId),
    /// A session that is not registered yet.
    Unregistered,
    /// The admin console.
    Console,
    /// The server itself.
    Server,
}

/// Change that is proposed to the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// Node that proposes it.
    pub node: NodeId,
    /// Author of the change, as of the proposal.
    pub actor: Actor,
    /// Request that it came from; replies go there.
    pub origin: Cause,
    /// True if [`crate::Effect::Done`] is to follow the last effect.
    pub done: bool,
    /// Proposed change.
    pub change: Change,
}

/// Proposal with its place in the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Id of the entry; its time is the one all nodes use.
    pub id: MsgId,
    /// Monotonic time of the journal when it placed the entry; durations are measured by it.
    pub clock: Instant,
    /// Proposal to apply.
    pub proposal: Proposal,
}
