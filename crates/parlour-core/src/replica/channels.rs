//! Lifecycle of channels: creation, emptying, remembering, forgetting.

use super::Replica;
use alloc::vec::Vec;

use crate::names::ChannelName;
use crate::record::StoredChannel;
use crate::replica::Outcome;
use crate::state::{Channel, ChannelFlag, Forward};
use crate::{ChannelId, Effect, MsgId, Record, Time, UserId, limits};

impl Replica {
    /// Returns the id of a channel that no entry creates: it was restored, or is the lobby. Ids of
    /// others are those of their entries, which are far greater.
    pub(super) fn restored_channel_id(&mut self) -> ChannelId {
        self.restored_channels += 1;
        ChannelId(self.restored_channels)
    }

    pub(crate) fn insert_channel(&mut self, channel: Channel) {
        self.channel_names
            .insert(channel.folded.clone(), channel.id);
        self.channels.insert(channel.id, channel);
    }

    /// Removes a user from a channel; if nobody is left, the channel may go too.
    pub(crate) fn remove_member(
        &mut self,
        at: MsgId,
        user: UserId,
        id: ChannelId,
        out: &mut Outcome<'_>,
    ) {
        // Memberships are part of the record of an always-on user.
        self.mark_changed(user);
        if let Some(user) = self.users.get_mut(&user) {
            user.channels.remove(&id);
            for &session in &user.sessions {
                out.effects.push(Effect::Leave(session, id));
            }
        }
        let Some(channel) = self.channels.get_mut(&id) else {
            return;
        };
        channel.members.remove(&user);
        if !channel.members.is_empty() || channel.permanent {
            return;
        }
        self.empty(at, id, out);
    }

    /// Reconsiders an empty channel that was registered or dropped: it may be forgotten.
    pub(crate) fn review_empty(&mut self, at: MsgId, id: ChannelId, out: &mut Outcome<'_>) {
        let empty = |channel: &Channel| channel.members.is_empty() && !channel.permanent;
        if self.channels.get(&id).is_some_and(empty) {
            // `empty` inserts it again if it is registered now.
            self.vacant.remove(&id);
            self.empty(at, id, out);
        }
    }

    /// Resets a channel that its last member has left, and remembers or removes it.
    fn empty(&mut self, at: MsgId, id: ChannelId, out: &mut Outcome<'_>) {
        let Some(channel) = self.channels.get_mut(&id) else {
            return;
        };
        // Compared below, so that a channel unchanged by the reset costs no record.
        let before = channel.kept();
        channel.reset_when_empty(at, &self.settings);
        if channel.registered.is_some() {
            self.vacant.insert(id);
            return;
        }
        if channel.is_worth_keeping() {
            if channel.kept() != before {
                out.records.push(channel.record());
            }
            self.remembered.insert((at, id));
            self.forget_oldest(out);
            return;
        }
        let (folded, recorded) = (channel.folded.clone(), channel.recorded);
        self.channels.remove(&id);
        self.channel_names.remove(&folded);
        if recorded {
            out.records.push(Record::ChannelForgotten(folded, false));
        }
    }

    /// Restores the stored channels, without their members.
    pub(super) fn restore_channels(&mut self, kept: Vec<StoredChannel>) {
        // Ids are given to all names first: a forward (+f) may refer to a channel that comes later.
        let named: Vec<(ChannelId, StoredChannel)> = kept
            .into_iter()
            .map(|kept| {
                let id = self.restored_channel_id();
                self.channel_names.insert(kept.folded.clone(), id);
                (id, kept)
            })
            .collect();
        for (id, kept) in named {
            let forward = kept.forward.as_ref().and_then(|name| {
                let channel = *self.channel_names.get(&self.settings.fold(name))?;
                let name = name.clone();
                Some(Forward { channel, name })
            });
            let channel = Channel::restored(id, kept, forward, &self.settings);
            self.insert_channel(channel);
        }
    }

    /// Returns the channel that an always-on user was in, creating it if nothing was stored of it.
    pub(crate) fn channel_to_restore(&mut self, name: &ChannelName, created: Time) -> &mut Channel {
        let folded = self.settings.fold(name);
        let id = match self.channel_names.get(&folded) {
            Some(id) => *id,
            None => self.restored_channel_id(),
        };
        self.channel_names.insert(folded, id);
        let settings = self.settings.clone();
        let new = || Channel::new(id, name.clone(), created, &settings);
        self.channels.entry(id).or_insert_with(new)
    }

    /// Sorts the restored channels that have no members: registered and open ones keep their modes,
    /// invite-only ones are reset, since nobody could be invited.
    pub(super) fn index_empty_channels(&mut self, at: MsgId, out: &mut Outcome<'_>) {
        let empty = self.channels.values().filter(|c| c.members.is_empty());
        let empty: Vec<ChannelId> = empty.map(|channel| channel.id).collect();
        for id in empty {
            let channel = self.channels.get(&id);
            let admits = channel.is_some_and(|c| !c.flags.has(ChannelFlag::InviteOnly));
            if channel.is_some_and(|c| c.registered.is_some()) {
                self.vacant.insert(id);
            } else if admits {
                // `emptied_at` of a restored channel is the default, and the key has to agree with
                // it.
                self.remembered.insert((MsgId::default(), id));
            } else {
                self.empty(at, id, out);
            }
        }
    }

    /// Returns the number of channels with members, in constant time: all but the remembered ones,
    /// registered ones without members and an empty lobby.
    pub(crate) fn channels_with_members(&self) -> usize {
        let lobby = self.channel_by_name(&self.settings.lobby);
        let empty_lobby = lobby.is_ok_and(|lobby| lobby.permanent && lobby.members.is_empty());
        let empty = self.remembered.len() + self.vacant.len() + usize::from(empty_lobby);
        self.channels.len() - empty
    }

    /// Removes a channel from the index of empty channels, before a user joins it.
    pub(crate) fn unmark_empty(&mut self, id: ChannelId) {
        if let Some(channel) = self.channels.get(&id) {
            self.remembered.remove(&(channel.emptied_at, id));
            self.vacant.remove(&id);
        }
    }

    /// Removes the remembered channels that have been empty longest, beyond the limit.
    pub(super) fn forget_oldest(&mut self, out: &mut Outcome<'_>) {
        while self.remembered.len() > limits::REMEMBERED_CHANNELS
            && let Some((_, id)) = self.remembered.pop_first()
        {
            let Some(channel) = self.channels.remove(&id) else {
                continue;
            };
            self.channel_names.remove(&channel.folded);
            // Without the channel nothing else hides its log from whoever creates it again.
            let hides = channel.history_from != MsgId::default();
            out.records
                .push(Record::ChannelForgotten(channel.folded, hides));
        }
    }
}
