//! Users: a nick with one or more sessions.

use crate::names::Text;
use serde::{Deserialize, Serialize};

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Channel, Metadata, Oper, Privilege, Profile, UserFlags};
use crate::names::{Folded, Skeleton};
use crate::{ChannelId, Event, Instant, MsgId, SessionId, Time, UserId, limits};

/// User.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Public profile.
    pub profile: Arc<Profile>,
    /// Looks of the nick, for the index of confusables.
    pub(crate) looks: Skeleton,
    /// Sessions, in order of attachment.
    pub sessions: Vec<SessionId>,
    /// Channels, by id.
    pub channels: BTreeMap<ChannelId, ()>,
    /// Away message.
    pub away: Option<Text>,
    /// User modes.
    pub flags: UserFlags,
    /// Server operator state, after OPER.
    pub oper: Option<Box<Oper>>,
    /// Accept list for +R; some of its users may have quit.
    pub(crate) accepts: BTreeSet<UserId>,
    /// Metadata.
    pub metadata: Metadata,
    /// True if all sessions are encrypted.
    pub secure: bool,
    /// Time of registration with the server.
    pub signon: Time,
    /// Time of the last message.
    pub active: Time,
    /// Pending invitations, oldest first.
    pub invited: VecDeque<Invitation>,
    /// Time of the last knock.
    pub(crate) knocked: Option<Instant>,
    /// Account of an always-on user.
    pub(crate) always_on: Option<Folded>,
    /// Id at which the last session ended; none while one exists.
    pub(crate) left: Option<MsgId>,
    /// Kicks and invitations while no session existed.
    pub(crate) untold: VecDeque<Arc<Event>>,
}

/// Invitation to a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invitation {
    /// Id of the channel.
    pub channel: ChannelId,
    /// Id of the invitation.
    pub at: MsgId,
}

impl User {
    /// Creates a user without sessions or channels.
    pub(crate) fn new(profile: Arc<Profile>, flags: UserFlags, signon: Time) -> User {
        User {
            profile,
            looks: crate::names::looks(""),
            sessions: Vec::new(),
            channels: BTreeMap::new(),
            away: None,
            flags,
            oper: None,
            accepts: BTreeSet::new(),
            metadata: Metadata::default(),
            secure: false,
            signon,
            active: signon,
            invited: VecDeque::new(),
            knocked: None,
            always_on: None,
            left: None,
            untold: VecDeque::new(),
        }
    }

    /// Adds an invitation; the oldest makes room.
    pub(crate) fn invite(&mut self, invitation: Invitation) {
        // A new invitation to the same channel replaces the earlier one.
        self.invited
            .retain(|known| known.channel != invitation.channel);
        if self.invited.len() == limits::INVITES_PER_USER {
            self.invited.pop_front();
        }
        self.invited.push_back(invitation);
    }

    /// Stores an event for later if the user has no session; the oldest makes room.
    pub(crate) fn queue_missed(&mut self, event: Arc<Event>) {
        if !self.sessions.is_empty() {
            return;
        }
        if self.untold.len() == limits::MISSED_EVENTS {
            self.untold.pop_front();
        }
        self.untold.push_back(event);
    }

    /// Returns whether an invitation to `channel` is pending that is not void.
    pub fn is_invited(&self, channel: &Channel) -> bool {
        self.invited
            .iter()
            // Invitations from before the channel was last empty are void: it may be in other hands
            // now.
            .any(|known| known.channel == channel.id && known.at > channel.emptied_at)
    }

    /// Returns whether the user is a server operator with this privilege.
    pub fn may(&self, privilege: Privilege) -> bool {
        self.oper.as_ref().is_some_and(|oper| oper.may(privilege))
    }
}
