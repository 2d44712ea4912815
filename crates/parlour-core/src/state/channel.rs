//! A channel: members with ranks, modes, lists, a topic.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Flag, FlagSet, Metadata, Profile, Ranks, Registered, Right};
use crate::hidden::Span;
use crate::names::{Casemapping, Folded};
use crate::record::{KeptChannel, LiftedBan, Record};
use crate::reply::ListedMask;
use crate::{ChannelId, Instant, MsgId, Name, Settings, Time, UserId, limits};

/// Modes that are on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChannelFlag {
    /// Only those invited may join (+i).
    InviteOnly,
    /// Only the voiced may speak (+m).
    Moderated,
    /// Only members may speak (+n).
    NoExternal,
    /// Hidden from those outside (+s).
    Secret,
    /// Only operators set the topic (+t).
    TopicLocked,
    /// No CTCP besides ACTION (+C).
    NoCtcp,
    /// Only users with an account may speak (+M).
    RegisteredSpeak,
    /// Only users with an account may join (+R).
    RegisteredOnly,
    /// Only operators see who comes and goes (+u).
    Auditorium,
    /// Operators hear what those who may not speak say (+U).
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

/// The flags of one channel.
pub type Flags = FlagSet<ChannelFlag>;

/// The lists of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListKind {
    /// Who may not join or speak (+b).
    Bans,
    /// Who may in spite of a ban (+e).
    Exceptions,
    /// Who needs no invitation (+I).
    InviteExceptions,
}

/// A topic with who set it and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// The text; never empty.
    pub text: Name,
    /// Who: nick, user and host.
    pub by: Name,
    /// When.
    pub at: Time,
}

/// Where those go who may not join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// Which channel.
    pub channel: ChannelId,
    /// Its name when that was set.
    pub name: Name,
}

/// Bans, exceptions, invitation masks.
pub type Lists = BTreeMap<ListKind, Vec<ListedMask>>;

/// A user in a channel.
#[derive(Clone, Debug)]
pub struct Member {
    /// What they may.
    pub ranks: Ranks,
    /// Who they are.
    pub profile: Arc<Profile>,
    /// When they came into it.
    pub joined: MsgId,
    /// What was said while they were banned here, and may not read.
    pub(crate) hidden: Vec<Span>,
}

/// A channel.
#[derive(Debug)]
pub struct Channel {
    /// Which one.
    pub id: ChannelId,
    /// Its name as its creator wrote it.
    pub name: Name,
    /// Its name as it is compared.
    pub folded: Folded,
    /// When two names or masks are the same.
    pub casemapping: Casemapping,
    /// Always there, owned by nobody.
    pub permanent: bool,
    /// Somebody has been in it, since the server's first start.
    pub visited: bool,
    /// When it was created.
    pub created: Time,
    /// Its topic.
    pub topic: Option<Topic>,
    /// Its flags.
    pub flags: Flags,
    /// Its key (+k).
    pub key: Option<Name>,
    /// The most members (+l).
    pub limit: Option<u32>,
    /// Where those go who may not join (+f).
    pub forward: Option<Forward>,
    /// Seconds that a member waits between two messages (+W).
    pub slow: Option<u32>,
    /// What is known about it (METADATA).
    pub metadata: Metadata,
    /// When those last said something who may not go on at once (+W).
    pub(crate) spoke: BTreeMap<UserId, Instant>,
    /// Bans, exceptions, invitation masks.
    pub lists: Lists,
    /// Bans that were lifted, oldest first.
    pub lifted: Vec<LiftedBan>,
    /// Whose it is, if it is registered.
    pub registered: Option<Registered>,
    /// Its members, in the order in which they came to the server.
    pub members: BTreeMap<UserId, Member>,
    /// What was said up to here is not of this channel.
    pub history_from: MsgId,
    /// When its last member left; invitations of before mean nothing.
    pub emptied_at: MsgId,
    /// Whether anything is kept of it.
    pub(crate) recorded: bool,
}

impl Channel {
    /// An empty channel with the modes that a new one has.
    pub(crate) fn new(id: ChannelId, name: Name, created: Time, settings: &Settings) -> Channel {
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

    /// A channel as it was kept, without its members. `forward` is the channel that it sends
    /// others to.
    pub(crate) fn restored(
        id: ChannelId,
        kept: KeptChannel,
        forward: Option<Forward>,
        settings: &Settings,
    ) -> Channel {
        Channel {
            topic: kept.topic,
            flags: kept.flags,
            key: kept.key,
            limit: kept.limit,
            forward,
            slow: kept.slow,
            metadata: kept.metadata,
            lists: kept.lists,
            lifted: kept.lifted,
            registered: kept.registered,
            history_from: kept.history_from,
            recorded: true,
            ..Channel::new(id, kept.name, kept.created, settings)
        }
    }

    /// What is to be kept of it.
    pub(crate) fn kept(&self) -> KeptChannel {
        KeptChannel {
            name: self.name.clone(),
            folded: self.folded.clone(),
            created: self.created,
            topic: self.topic.clone(),
            flags: self.flags,
            key: self.key.clone(),
            limit: self.limit,
            forward: self.forward.as_ref().map(|forward| forward.name.clone()),
            slow: self.slow,
            lists: self.lists.clone(),
            lifted: self.lifted.clone(),
            registered: self.registered.clone(),
            history_from: self.history_from,
            metadata: self.metadata.clone(),
        }
    }

    /// The same as a record: from here on there is something to forget.
    pub(crate) fn record(&mut self) -> Record {
        self.recorded = true;
        Record::Channel(self.kept())
    }

    /// Whether it lets in only some of all who come.
    pub(crate) fn is_closed(&self) -> bool {
        self.key.is_some() || self.admits_few()
    }

    /// Whether one has to be invited, or to have an account.
    fn admits_few(&self) -> bool {
        self.flags.has(ChannelFlag::InviteOnly) || self.flags.has(ChannelFlag::RegisteredOnly)
    }

    /// The last member has left. Of a registered one, all stays. Of others, modes, lists and
    /// metadata go; if it was closed to others, or to some, so do its topic and its past, since
    /// whoever comes next may be anyone.
    pub(crate) fn emptied(&mut self, at: MsgId, settings: &Settings) {
        self.emptied_at = at;
        if self.registered.is_some() {
            return;
        }
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

    /// Whether it is worth remembering without members.
    pub(crate) fn is_worth_keeping(&self) -> bool {
        self.permanent
            || self.registered.is_some()
            || self.topic.is_some()
            || self.key.is_some()
            || !self.metadata.is_empty()
            || self.history_from != MsgId::default()
    }

    /// Those of a new channel. The lobby is nobody's, so that nobody could lift a lock there.
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

    /// What an account may do here, as of the names of accounts that are compared.
    pub(crate) fn may(&self, account: Option<&Name>, right: Right) -> bool {
        let account = account.map(|account| self.casemapping.fold(account));
        let registered = self.registered.as_ref().zip(account);
        registered.is_some_and(|(registered, account)| registered.may(&account, right))
    }

    /// Somebody has said something where that has to wait. Also who leaves and comes back waits.
    pub(crate) fn note_spoke(&mut self, user: UserId, now: Instant) {
        let pause = u64::from(self.slow.unwrap_or_default()) * 1000;
        if self.spoke.len() >= limits::SLOW_SPEAKERS {
            self.spoke.retain(|_, at| now < at.plus(pause));
        }
        self.spoke.insert(user, now);
    }

    /// The ranks of a member; none for who is not in it.
    pub fn ranks(&self, user: UserId) -> Option<Ranks> {
        self.members.get(&user).map(|member| member.ranks)
    }

    /// The entries of a list.
    pub fn list(&self, kind: ListKind) -> &[ListedMask] {
        self.lists.get(&kind).map_or(&[], Vec::as_slice)
    }
}
