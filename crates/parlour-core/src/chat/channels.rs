//! Channels come and go: made, left by all, remembered, forgotten.

use super::Core;
use crate::state::Channel;
use crate::{ChannelId, Effect, Effects, MsgId, Record, UserId, limits};

impl Core {
    pub(crate) fn new_channel_id(&mut self) -> ChannelId {
        self.next_channel += 1;
        ChannelId(self.next_channel)
    }

    pub(crate) fn insert_channel(&mut self, channel: Channel) {
        self.channel_names
            .insert(channel.folded.clone(), channel.id);
        self.channels.insert(channel.id, channel);
    }

    /// Takes a user out of a channel; the last one to go may take the channel along.
    pub(crate) fn remove_member(
        &mut self,
        at: MsgId,
        user: UserId,
        id: ChannelId,
        out: &mut Effects,
    ) {
        if let Some(user) = self.users.get_mut(&user) {
            user.channels.remove(&id);
            for &session in &user.sessions {
                out.out.push(Effect::Leave(session, id));
            }
        }
        let Some(channel) = self.channels.get_mut(&id) else {
            return;
        };
        channel.members.remove(&user);
        if !channel.members.is_empty() || channel.permanent {
            return;
        }
        let before = channel.kept();
        channel.emptied(at, &self.settings);
        let after = channel.kept();
        if after != before {
            out.records.push(Record::Channel(after));
        }
        if channel.is_worth_keeping() {
            self.remembered.insert((at, id));
            self.forget_oldest(out);
        } else {
            let folded = channel.folded.clone();
            self.channels.remove(&id);
            self.channel_names.remove(&folded);
        }
    }

    /// How many channels have members: all but those that are remembered, and an empty lobby.
    pub(crate) fn channels_with_members(&self) -> usize {
        let lobby = self.channel_by_name(&self.settings.lobby);
        let empty_lobby = lobby.is_ok_and(|lobby| lobby.permanent && lobby.members.is_empty());
        self.channels.len() - self.remembered.len() - usize::from(empty_lobby)
    }

    /// Somebody comes into a channel that maybe nobody was in.
    pub(crate) fn no_longer_empty(&mut self, id: ChannelId) {
        if let Some(channel) = self.channels.get(&id) {
            self.remembered.remove(&(channel.emptied_at, id));
        }
    }

    /// Forgets the channels that were left first, if there are too many that nobody is in.
    pub(super) fn forget_oldest(&mut self, out: &mut Effects) {
        while self.remembered.len() > limits::REMEMBERED_CHANNELS
            && let Some((_, id)) = self.remembered.pop_first()
        {
            let Some(channel) = self.channels.remove(&id) else {
                continue;
            };
            self.channel_names.remove(&channel.folded);
            let hides = channel.history_from != MsgId::default();
            out.records.push(Record::Forgotten(channel.folded, hides));
        }
    }
}
