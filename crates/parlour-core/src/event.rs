//! Events: what others see of a change.

use crate::names::Text;
use serde::{Deserialize, Serialize};

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::message_kind::{MessageKind, Splits};
use crate::mode_change::ModeChange;
use crate::names::{AccountName, ChannelName, Nick};
use crate::state::{Profile, Rank, UserFlag};
use crate::{ChannelId, MsgId, Name};

/// Event, built once and shared by all recipients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Id in the journal, which also holds the time.
    pub id: MsgId,
    /// Profile of the actor at that time.
    pub from: Arc<Profile>,
    /// Event itself.
    pub body: Body,
}

/// Channel named in an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelRef {
    /// Id of the channel.
    pub id: ChannelId,
    /// Display name of the channel.
    pub name: ChannelName,
}

/// Body of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// Message (PRIVMSG, NOTICE, TAGMSG).
    Message {
        /// Kind of the message.
        kind: MessageKind,
        /// Channel or user it is sent to.
        to: Addressee,
        /// Text; lines are separated by LF.
        text: Text,
        /// Places where long lines were split (draft/multiline-concat).
        splits: Splits,
        /// Client-only tags, escaped and joined.
        tags: Name,
        /// Nick of the relaying user, for a message relayed with RELAYMSG.
        relayed_by: Option<Nick>,
    },
    /// Join of a channel.
    Joined(ChannelRef),
    /// Part from a channel, with its message.
    Parted(ChannelRef, Text),
    /// Kick from a channel.
    Kicked {
        /// Channel.
        place: ChannelRef,
        /// Nick of the kicked user.
        nick: Nick,
        /// Reason.
        reason: Text,
    },
    /// Quit, with its message.
    Quit(Text),
    /// Change to this nick.
    Renamed(Nick),
    /// Change of a topic; empty if it was removed.
    Topic(ChannelRef, Text),
    /// Change of channel modes.
    Modes(ChannelRef, Vec<ModeChange>),
    /// Change of the user's own modes.
    UserModes(Vec<(UserFlag, bool)>),
    /// Invitation to a channel.
    Invited {
        /// Nick of the invited user.
        nick: Nick,
        /// Channel.
        place: ChannelRef,
        /// True if this notifies the channel's members (invite-notify), not the invited user.
        notice: bool,
    },
    /// Change to away with this message, or back.
    Away(Option<Text>),
    /// Login to this account, or logout.
    Account(Option<AccountName>),
    /// Change of user name or host to those of this profile; `from` has the old ones.
    HostChanged(Arc<Profile>),
    /// Change of the real name.
    RealName(Text),
    /// Change of a channel's name (RENAME).
    ChannelRenamed {
        /// Channel, with its new name.
        place: ChannelRef,
        /// Old name.
        old: ChannelName,
        /// Reason; may be empty.
        reason: Text,
        /// True if the names differ in letter case only.
        same: bool,
    },
    /// Deletion of a message (REDACT).
    Redacted {
        /// Channel or user the message was sent to.
        to: Addressee,
        /// Id of the deleted message.
        message: MsgId,
        /// Reason.
        reason: Option<Text>,
    },
    /// Message to all users with +w (WALLOPS).
    Wallops(Text),
    /// Kill: nick and reason. Sent to the killed user only; others see a quit.
    Killed(Name, Text),
}

impl Event {
    /// Returns the event with the channel's current name in place of the one it was stored under.
    pub(crate) fn with_channel_name(mut self: Arc<Self>, channel: &str) -> Arc<Event> {
        // An event just read from the store has one owner, so `make_mut` copies nothing.
        if let Some(named) = Arc::make_mut(&mut self).body.channel_mut() {
            named.name = channel.into();
        }
        self
    }
}

impl Body {
    /// Returns the channel that a user joined, left or was kicked from.
    pub(crate) fn movement(&self) -> Option<&ChannelRef> {
        match self {
            Body::Joined(place) | Body::Parted(place, _) | Body::Kicked { place, .. } => {
                Some(place)
            }
            Body::Message { .. }
            | Body::Quit(_)
            | Body::Renamed(_)
            | Body::Topic(..)
            | Body::Modes(..)
            | Body::UserModes(_)
            | Body::Invited { .. }
            | Body::Away(_)
            | Body::Account(_)
            | Body::HostChanged(_)
            | Body::RealName(_)
            | Body::ChannelRenamed { .. }
            | Body::Redacted { .. }
            | Body::Wallops(_)
            | Body::Killed(..) => None,
        }
    }

    /// Returns the channel that the event names, if any.
    pub fn channel_mut(&mut self) -> Option<&mut ChannelRef> {
        match self {
            Body::Joined(place)
            | Body::Parted(place, _)
            | Body::Kicked { place, .. }
            | Body::Topic(place, _)
            | Body::Modes(place, _)
            | Body::Invited { place, .. }
            | Body::ChannelRenamed { place, .. }
            | Body::Message {
                to: Addressee::Channel(place, _),
                ..
            }
            | Body::Redacted {
                to: Addressee::Channel(place, _),
                ..
            } => Some(place),
            Body::Message { .. }
            | Body::Quit(_)
            | Body::Renamed(_)
            | Body::UserModes(_)
            | Body::Away(_)
            | Body::Account(_)
            | Body::HostChanged(_)
            | Body::RealName(_)
            | Body::Redacted { .. }
            | Body::Wallops(_)
            | Body::Killed(..) => None,
        }
    }
}

/// Addressee of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Addressee {
    /// Channel, optionally only its members of at least a rank (STATUSMSG).
    Channel(ChannelRef, Option<Rank>),
    /// User with this nick.
    User(Nick),
}
