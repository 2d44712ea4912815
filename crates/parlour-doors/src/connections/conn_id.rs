//! Ids of connections.

/// Id of a connection within its shard. Ids are never reused, though slots are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnId {
    /// Index into the slots of the shard.
    pub slot: u32,
    /// Number of connections that have had this slot, this one included.
    pub generation: u32,
}
