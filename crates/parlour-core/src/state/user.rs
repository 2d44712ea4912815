//! A user: a nick with one or more sessions.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::Profile;
use crate::names::Folded;
use crate::{ChannelId, Name, SessionId, Time, limits};

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
    pub invited: VecDeque<(Folded, Name)>,
}

impl User {
    /// Notes an invitation; the oldest makes room.
    pub(crate) fn invite(&mut self, channel: Folded, name: Name) {
        self.invited.retain(|(known, _)| *known != channel);
        if self.invited.len() == limits::INVITES_PER_USER {
            self.invited.pop_front();
        }
        self.invited.push_back((channel, name));
    }

    /// Whether an invitation to `channel` waits.
    pub fn is_invited(&self, channel: &Folded) -> bool {
        self.invited.iter().any(|(known, _)| known == channel)
    }
}
