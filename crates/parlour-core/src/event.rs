//! What others see.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::request::{MessageKind, ModeChange, Splits};
use crate::state::{Profile, Rank, UserFlag};
use crate::{ChannelId, MsgId, Name};

/// Something that happened, built once and shared by all who get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its place in the journal, which also tells when it was.
    pub id: MsgId,
    /// Who did it, as they were then.
    pub from: Arc<Profile>,
    /// What it was.
    pub body: Body,
}

/// A channel named in an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelRef {
    /// Which channel.
    pub id: ChannelId,
    /// Its name as shown.
    pub name: Name,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Something was said.
    Message {
        /// How.
        kind: MessageKind,
        /// Where, or to whom.
        to: Addressee,
        /// The text; lines are divided by LF.
        text: Name,
        /// Where a long line was divided.
        splits: Splits,
        /// Client-only tags, escaped and joined.
        tags: Name,
        /// Who relayed it, if it is the word of somebody elsewhere.
        relayed_by: Option<Name>,
    },
    /// Came into a channel.
    Joined(ChannelRef),
    /// Left a channel, with these words.
    Parted(ChannelRef, Name),
    /// Threw someone out.
    Kicked {
        /// Where.
        place: ChannelRef,
        /// Whom.
        nick: Name,
        /// Why.
        reason: Name,
    },
    /// Is gone, with these words.
    Quit(Name),
    /// Has a new nick.
    Renamed(Name),
    /// Set a topic; empty: removed it.
    Topic(ChannelRef, Name),
    /// Changed modes.
    Modes(ChannelRef, Vec<ModeChange>),
    /// Changed their own modes.
    UserModes(Vec<(UserFlag, bool)>),
    /// Invited someone.
    Invited {
        /// Whom.
        nick: Name,
        /// Where.
        place: ChannelRef,
        /// Whether this tells members of the channel, rather than whom it invites.
        notice: bool,
    },
    /// Went away with a text, or came back.
    Away(Option<Name>),
    /// Logged into an account, or out.
    Account(Option<Name>),
    /// Is shown with another user name or host; `from` is as they were.
    Moved(Arc<Profile>),
    /// Has another real name.
    RealName(Name),
    /// Gave a channel another name.
    ChannelRenamed {
        /// The channel, under its new name.
        place: ChannelRef,
        /// Its old name.
        old: Name,
        /// Why; may be empty.
        reason: Name,
        /// Whether only the case of letters has changed.
        same: bool,
    },
    /// Took back what was said.
    Redacted {
        /// Where, or to whom.
        to: Addressee,
        /// Which message.
        message: MsgId,
        /// Why.
        reason: Option<Name>,
    },
    /// Said something to all who want to hear it.
    Wallops(Name),
    /// Ended a user's sessions: whose, and why. Only they are told; others see them quit.
    Killed(Name, Name),
}

impl Body {
    /// The channel that somebody has come into or left.
    pub(crate) fn movement(&self) -> Option<&ChannelRef> {
        match self {
            Body::Joined(place) | Body::Parted(place, _) | Body::Kicked { place, .. } => {
                Some(place)
            }
            _ => None,
        }
    }

    /// The channel that it names, if it names one.
    pub fn place_mut(&mut self) -> Option<&mut ChannelRef> {
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
            _ => None,
        }
    }
}

/// Where something was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addressee {
    /// In a channel, maybe only to members of at least a rank.
    Channel(ChannelRef, Option<Rank>),
    /// To a user with this nick.
    User(Name),
}
