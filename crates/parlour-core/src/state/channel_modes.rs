//! Channel modes: flags and kinds of lists.

use serde::{Deserialize, Serialize};

use super::flags::{Flag, FlagSet};

/// Channel mode flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ChannelFlag {
    /// Invite-only (+i).
    InviteOnly,
    /// Moderated: only members with voice or more may speak (+m).
    Moderated,
    /// No messages from outside (+n).
    NoExternal,
    /// Secret: hidden from non-members (+s).
    Secret,
    /// Topic set by channel operators only (+t).
    TopicLocked,
    /// No CTCP except ACTION (+C).
    NoCtcp,
    /// Account required to speak (+M).
    RegisteredSpeak,
    /// Account required to join (+R).
    RegisteredOnly,
    /// Auditorium: only channel operators see joins and parts (+u).
    Auditorium,
    /// Op-moderated: channel operators see messages of those who may not speak (+U).
    OpModerated,
}

impl Flag for ChannelFlag {
    const ALL: &'static [Self] = &[
        ChannelFlag::NoCtcp,
        ChannelFlag::RegisteredSpeak,
        ChannelFlag::RegisteredOnly,
        ChannelFlag::OpModerated,
        ChannelFlag::InviteOnly,
        ChannelFlag::Moderated,
        ChannelFlag::NoExternal,
        ChannelFlag::Secret,
        ChannelFlag::TopicLocked,
        ChannelFlag::Auditorium,
    ];

    fn number(self) -> u8 {
        self as u8
    }
}

/// Mode flags of one channel.
pub type Flags = FlagSet<ChannelFlag>;

/// Kind of a channel's list mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ListKind {
    /// Bans (+b).
    Bans,
    /// Ban exceptions (+e).
    Exceptions,
    /// Invite exceptions (+I).
    InviteExceptions,
}
