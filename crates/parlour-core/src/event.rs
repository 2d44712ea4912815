//! What others see.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::request::{ModeChange, SayKind};
use crate::state::{Profile, Rank};
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
pub struct Place {
    /// Which channel.
    pub id: ChannelId,
    /// Its name as shown.
    pub name: Name,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Something was said.
    Said {
        /// How.
        kind: SayKind,
        /// Where, or to whom.
        to: Addressee,
        /// The text.
        text: Name,
        /// Client-only tags, escaped and joined.
        tags: Name,
    },
    /// Came into a channel.
    Joined(Place),
    /// Left a channel, with these words.
    Parted(Place, Name),
    /// Threw someone out.
    Kicked {
        /// Where.
        place: Place,
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
    Topic(Place, Name),
    /// Changed modes.
    Modes(Place, Vec<ModeChange>),
    /// Changed their own visibility.
    Invisible(bool),
    /// Invited someone.
    Invited {
        /// Whom.
        nick: Name,
        /// Where.
        channel: Name,
    },
}

/// Where something was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addressee {
    /// In a channel, maybe only to members of at least a rank.
    Channel(Place, Option<Rank>),
    /// To a user with this nick.
    User(Name),
}
