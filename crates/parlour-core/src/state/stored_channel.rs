//! Channels as they are stored, and back.

use super::{Channel, Forward};
use crate::record::{Record, StoredChannel};
use crate::{ChannelId, Settings};

impl Channel {
    /// Restores a stored channel without its members. `forward` is the resolved channel of +f.
    pub(crate) fn restored(
        id: ChannelId,
        kept: StoredChannel,
        forward: Option<Forward>,
        settings: &Settings,
    ) -> Channel {
        Channel {
            topic: kept.topic,
            flags: kept.flags,
            key: kept.key,
            limit: kept.limit,
            forward,
            slow: kept.slow,
            metadata: kept.metadata,
            lists: kept.lists,
            lifted: kept.lifted,
            registered: kept.registered,
            history_from: kept.history_from,
            recorded: true,
            ..Channel::new(id, kept.name, kept.created, settings)
        }
    }

    /// Returns the persistent state.
    pub(crate) fn kept(&self) -> StoredChannel {
        StoredChannel {
            name: self.name.clone(),
            folded: self.folded.clone(),
            created: self.created,
            topic: self.topic.clone(),
            flags: self.flags,
            key: self.key.clone(),
            limit: self.limit,
            forward: self.forward.as_ref().map(|forward| forward.name.clone()),
            slow: self.slow,
            lists: self.lists.clone(),
            lifted: self.lifted.clone(),
            registered: self.registered.clone(),
            history_from: self.history_from,
            metadata: self.metadata.clone(),
        }
    }

    /// Returns the record of the current state, and marks the channel as stored.
    pub(crate) fn record(&mut self) -> Record {
        self.recorded = true;
        Record::Channel(self.kept())
    }
}
