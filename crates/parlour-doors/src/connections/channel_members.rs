//! Members of a channel on one shard.

use smallvec::SmallVec;

use crate::render_key::RenderKey;

/// Buffers by render key.
pub(super) type KeyBuffers = SmallVec<[(RenderKey, u32); 4]>;

/// Members of a channel that are connected to this shard.
#[derive(Debug, Default)]
pub(super) struct ChannelMembers {
    /// Slots of the members.
    pub members: Vec<u32>,
    /// Buffers by render key, valid if `flush` is the current flush.
    pub buffers: KeyBuffers,
    pub flush: u64,
}

impl ChannelMembers {
    pub fn leave(&mut self, slot: u32) {
        if let Some(at) = self.members.iter().position(|&member| member == slot) {
            self.members.swap_remove(at);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}
