//! Channels: members with ranks, modes, lists and a topic.

use crate::names::Text;
use serde::{Deserialize, Serialize};

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{
    ChannelFlag, Flags, ListKind, ListedMask, Lists, Metadata, Profile, Ranks, Registered, Right,
};
use crate::hidden::Span;
use crate::names::{AccountName, ChannelName};
use crate::names::{Casemapping, Folded};
use crate::record::LiftedBan;
use crate::{ChannelId, Instant, MsgId, Name, Settings, Time, UserId, limits};

/// Topic, with its setter and time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// Text; never empty.
    pub text: Text,
    /// Setter, as `nick!user@host`.
    pub by: Name,
    /// Time it was set.
    pub at: Time,
}

/// Channel that users who may not join are forwarded to (+f).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forward {
    /// Id of the channel.
    pub channel: ChannelId,
    /// Name of the channel; renames update it.
    pub name: ChannelName,
}

/// Membership of a user in a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Ranks of the member.
    pub ranks: Ranks,
    /// Profile of the user.
    pub profile: Arc<Profile>,
    /// Id of the join.
    pub joined: MsgId,
    /// Messages hidden from the member, from times when they were banned here.
    pub(crate) hidden: Vec<Span>,
}

/// Channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Channel {
    /// Id of the channel.
    pub id: ChannelId,
    /// Display name, as its creator wrote it.
    pub name: ChannelName,
    /// Folded name.
    pub folded: Folded,
    /// Casemapping for names and masks.
    pub casemapping: Casemapping,
    /// True for the lobby, which always exists and has no owner.
    pub permanent: bool,
    /// Set once a user has been in it since the server's first start.
    pub visited: bool,
    /// Time of creation.
    pub created: Time,
    /// Topic.
    pub topic: Option<Topic>,
    /// Mode flags.
    pub flags: Flags,
    /// Key (+k).
    pub key: Option<Name>,
    /// Maximum number of members (+l).
    pub limit: Option<u32>,
    /// Forward to another channel (+f).
    pub forward: Option<Forward>,
    /// Seconds between two messages of one member (+W).
    pub slow: Option<u32>,
    /// Metadata.
    pub metadata: Metadata,
    /// Time of the last message of those whom slow mode restricts (+W).
    pub(crate) spoke: BTreeMap<UserId, Instant>,
    /// Ban, exception and invite-exception lists.
    pub lists: Lists,
    /// Lifted bans, oldest first.
    pub lifted: Vec<LiftedBan>,
    /// Registration, if an account owns it.
    pub registered: Option<Registered>,
    /// Members, in the order of their registration with the server.
    pub members: BTreeMap<UserId, Member>,
    /// Last id of an earlier channel of the same name; later messages are this one's.
    pub history_from: MsgId,
    /// Id at which the last member left; earlier invitations are void.
    pub emptied_at: MsgId,
    /// True if the store has a record of it.
    pub(crate) recorded: bool,
}

impl Channel {
    /// Creates an empty channel with the default modes.
    pub(crate) fn new(
        id: ChannelId,
        name: ChannelName,
        created: Time,
        settings: &Settings,
    ) -> Channel {
        let mut channel = Channel {
            id,
            folded: settings.fold(&name),
            casemapping: settings.casemapping,
            name,
            permanent: false,
            visited: false,
            created,
            topic: None,
            flags: Flags::default(),
            key: None,
            limit: None,
            forward: None,
            slow: None,
            registered: None,
            metadata: Metadata::default(),
            spoke: BTreeMap::new(),
            lists: BTreeMap::new(),
            lifted: Vec::new(),
            members: BTreeMap::new(),
            history_from: MsgId::default(),
            emptied_at: MsgId::default(),
            recorded: false,
        };
        channel.default_modes(&settings.channel_modes);
        channel
    }

    /// Returns whether a key, invitation or account is needed to join.
    pub(crate) fn is_closed(&self) -> bool {
        self.key.is_some() || self.admits_few()
    }

    /// Returns whether an invitation or account is needed to join.
    fn admits_few(&self) -> bool {
        self.flags.has(ChannelFlag::InviteOnly) || self.flags.has(ChannelFlag::RegisteredOnly)
    }

    /// Resets the channel after its last member has left. A registered one keeps everything. Others
    /// lose modes, lists and, but for the lobby, metadata. One that was closed or had bans also
    /// loses topic and history, since anybody may join next.
    pub(crate) fn reset_when_empty(&mut self, at: MsgId, settings: &Settings) {
        self.emptied_at = at;
        if self.registered.is_some() {
            return;
        }
        // Computed before the lists are cleared: an empty channel has no bans left to hide history.
        let bars_some = !self.list(ListKind::Bans).is_empty() || !self.lifted.is_empty();
        if self.is_closed() || bars_some {
            self.topic = None;
            self.history_from = at;
        }
        if !self.permanent {
            self.metadata = Metadata::default();
        }
        self.key = None;
        self.limit = None;
        self.forward = None;
        self.slow = None;
        self.lists.clear();
        self.lifted.clear();
        self.spoke.clear();
        self.default_modes(&settings.channel_modes);
    }

    /// Returns whether the channel is remembered without members.
    pub(crate) fn is_worth_keeping(&self) -> bool {
        self.permanent
            || self.registered.is_some()
            || self.topic.is_some()
            || self.key.is_some()
            || !self.metadata.is_empty()
            || self.history_from != MsgId::default()
    }

    /// Resets the flags to the given ones. The lobby gets +n only: nobody could lift other modes
    /// there.
    pub(crate) fn default_modes(&mut self, flags: &[ChannelFlag]) {
        self.flags = Flags::default();
        for &flag in flags {
            self.flags.set(flag, true);
        }
        if self.permanent {
            self.flags = Flags::default();
            self.flags.set(ChannelFlag::NoExternal, true);
        }
    }

    /// Returns whether an account has a right in the channel.
    pub(crate) fn may(&self, account: Option<&AccountName>, right: Right) -> bool {
        let account = account.map(|account| self.casemapping.fold(account));
        let registered = self.registered.as_ref().zip(account);
        registered.is_some_and(|(registered, account)| registered.may(&account, right))
    }

    /// Records the time of a message under slow mode, also across a part and rejoin.
    pub(crate) fn note_spoke(&mut self, user: UserId, now: Instant) {
        let pause = u64::from(self.slow.unwrap_or_default()) * 1000;
        if self.spoke.len() >= limits::SLOW_SPEAKERS {
            self.spoke.retain(|_, at| now < at.plus(pause));
        }
        self.spoke.insert(user, now);
    }

    /// Returns the ranks of a member; none for a non-member.
    pub fn ranks(&self, user: UserId) -> Option<Ranks> {
        self.members.get(&user).map(|member| member.ranks)
    }

    /// Returns the entries of a list mode.
    pub fn list(&self, kind: ListKind) -> &[ListedMask] {
        self.lists.get(&kind).map_or(&[], Vec::as_slice)
    }
}
