//! A user: a nick with one or more sessions.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Channel, Profile};
use crate::{ChannelId, MsgId, Name, SessionId, Time, limits};

/// A user.
#[derive(Debug)]
pub struct User {
    /// What others see.
    pub profile: Arc<Profile>,
    /// The sessions, in the order in which they came.
    pub sessions: Vec<SessionId>,
    /// The channels, in the order of their ids.
    pub channels: BTreeMap<ChannelId, ()>,
    /// The away text.
    pub away: Option<Name>,
    /// Hidden from those who share no channel (+i).
    pub invisible: bool,
    /// Whether each session is encrypted.
    pub secure: bool,
    /// When they came.
    pub signon: Time,
    /// When they last spoke.
    pub active: Time,
    /// Channels they were invited to, oldest first.
    pub invited: VecDeque<Invitation>,
}

/// An invitation by somebody who may let people in.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Where to.
    pub channel: ChannelId,
    /// Its name.
    pub name: Name,
    /// When.
    pub at: MsgId,
}

impl User {
    /// Notes an invitation; the oldest makes room.
    pub(crate) fn invite(&mut self, invitation: Invitation) {
        self.invited
            .retain(|known| known.channel != invitation.channel);
        if self.invited.len() == limits::INVITES_PER_USER {
            self.invited.pop_front();
        }
        self.invited.push_back(invitation);
    }

    /// Whether an invitation to `channel`, as it is now, waits.
    pub fn is_invited(&self, channel: &Channel) -> bool {
        self.invited
            .iter()
            .any(|known| known.channel == channel.id && known.at > channel.emptied_at)
    }
}
