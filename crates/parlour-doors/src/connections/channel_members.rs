//! Members of a channel on one shard.

use smallvec::SmallVec;

use crate::render_key::RenderKey;

/// Members of a channel that are connected to this shard.
#[derive(Debug, Default)]
pub(super) struct ChannelMembers {
    /// Slots of the members.
    pub members: Vec<u32>,
    /// Buffers by render key, valid if `flush` is the current flush.
    pub buffers: SmallVec<[(RenderKey, u32); 4]>,
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
