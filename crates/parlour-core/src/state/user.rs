//! A user: a nick with one or more sessions.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Channel, Flag, FlagSet, Metadata, Oper, Privilege, Profile};
use crate::names::{Folded, Skeleton};
use crate::{ChannelId, Event, Instant, MsgId, Name, SessionId, Time, UserId, limits};

/// Modes that a user sets for themselves, on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserFlag {
    /// Hidden from those who share no channel (+i).
    Invisible,
    /// A program, and said to be one (+B).
    Bot,
    /// Takes private messages only from users with an account, and from those accepted (+R).
    RegisteredOnly,
    /// Takes no CTCP besides ACTION (+T).
    NoCtcp,
    /// Wants to hear WALLOPS (+w).
    Wallops,
    /// An operator of the network (+o); given by OPER only.
    Oper,
}

impl Flag for UserFlag {
    const ALL: &'static [Self] = &[
        UserFlag::Bot,
        UserFlag::RegisteredOnly,
        UserFlag::NoCtcp,
        UserFlag::Invisible,
        UserFlag::Oper,
        UserFlag::Wallops,
    ];

    fn number(self) -> u8 {
        self as u8
    }
}

/// The flags of one user.
pub type UserFlags = FlagSet<UserFlag>;

/// A user.
#[derive(Debug)]
pub struct User {
    /// What others see.
    pub profile: Arc<Profile>,
    /// What their nick looks like.
    pub(crate) looks: Skeleton,
    /// The sessions, in the order in which they came.
    pub sessions: Vec<SessionId>,
    /// The channels, in the order of their ids.
    pub channels: BTreeMap<ChannelId, ()>,
    /// The away text.
    pub away: Option<Name>,
    /// Their own modes.
    pub flags: UserFlags,
    /// What they are as an operator of the network.
    pub oper: Option<Oper>,
    /// Whose private messages they take in spite of +R; some may have left.
    pub(crate) accepts: BTreeSet<UserId>,
    /// What is known about them (METADATA).
    pub metadata: Metadata,
    /// Whether each session is encrypted.
    pub secure: bool,
    /// When they came.
    pub signon: Time,
    /// When they last spoke.
    pub active: Time,
    /// Channels they were invited to, oldest first.
    pub invited: VecDeque<Invitation>,
    /// When they last knocked at a channel.
    pub(crate) knocked: Option<Instant>,
    /// The account that they stay in when their last connection ends.
    pub(crate) always_on: Option<Folded>,
    /// When their last connection ended; none while one is there.
    pub(crate) left: Option<MsgId>,
    /// What happened to them while none was there: kicks and invitations.
    pub(crate) untold: VecDeque<Arc<Event>>,
}

/// An invitation by somebody who may let people in.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Where to.
    pub channel: ChannelId,
    /// When.
    pub at: MsgId,
}

impl User {
    /// A user who has no connection and is in no channel yet.
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

    /// Notes an invitation; the oldest makes room.
    pub(crate) fn invite(&mut self, invitation: Invitation) {
        self.invited
            .retain(|known| known.channel != invitation.channel);
        if self.invited.len() == limits::INVITES_PER_USER {
            self.invited.pop_front();
        }
        self.invited.push_back(invitation);
    }

    /// Remembers what happened to them while they have no connection; the oldest makes room.
    pub(crate) fn tell_later(&mut self, event: Arc<Event>) {
        if !self.sessions.is_empty() {
            return;
        }
        if self.untold.len() == limits::UNTOLD {
            self.untold.pop_front();
        }
        self.untold.push_back(event);
    }

    /// Whether an invitation to `channel`, as it is now, waits.
    pub fn is_invited(&self, channel: &Channel) -> bool {
        self.invited
            .iter()
            .any(|known| known.channel == channel.id && known.at > channel.emptied_at)
    }

    /// Whether they are an operator of the network who may do this.
    pub fn may(&self, privilege: Privilege) -> bool {
        self.oper.as_ref().is_some_and(|oper| oper.may(privilege))
    }
}

/// What one session wants to know of others.
#[derive(Debug, Default)]
pub(crate) struct SessionPreferences {
    /// Nicks that it monitors, as compared and as asked for.
    pub monitors: BTreeMap<Folded, Name>,
    /// Whether it reads metadata at all.
    pub reads_metadata: bool,
    /// Metadata keys that it subscribes to.
    pub keys: BTreeSet<Name>,
}
