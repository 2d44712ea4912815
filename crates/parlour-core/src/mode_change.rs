//! Changes of a channel's modes.

use crate::names::Mask;
use serde::{Deserialize, Serialize};

use crate::Name;
use crate::names::{ChannelName, Nick};
use crate::state::{ChannelFlag, ListKind, Rank};

/// Single change of a channel's modes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ModeChange {
    /// Flag, set or removed.
    Flag(ChannelFlag, bool),
    /// Key, set or removed; with whatever value was given (+k).
    Key(Name, bool),
    /// Maximum number of members, set or removed (+l).
    Limit(Option<u32>),
    /// Seconds between two messages of one member, set or removed (+W).
    Slow(Option<u32>),
    /// Forward channel, set or removed (+f).
    Forward(Option<ChannelName>),
    /// Rank of a member, given or removed.
    Rank(Rank, Nick, bool),
    /// Entry of a list mode, added or removed.
    List(ListKind, Mask, bool),
}
