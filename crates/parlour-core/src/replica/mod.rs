//! State that every node holds alike. It changes by entries of the journal alone.
//!
//! [`Replica::apply`] is the only way to change it: the same entries, in the same order, make the
//! same state, wherever and whenever they are applied. It reads no clock: an entry brings its own.
//! What the sessions of this process are told of an entry leaves by an [`Outcome`].

mod apply;
mod audit;
mod channels;
mod lookup;
mod outcome;
mod snapshot;
mod users;

use serde::{Deserialize, Serialize};

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;

pub use outcome::Outcome;
pub use snapshot::{SNAPSHOT_VERSION, SnapshotError};

use crate::names::ChannelName;
use crate::names::{self, Folded, SkeletonIndex};
use crate::state::{
    Accounts, Bans, Channel, Hooks, Markers, Pushes, Redacted, Resumes, Session, Unverified, User,
    UserCounts, Whowas,
};
use crate::{
    Actor, ChannelId, Instant, MsgId, Now, Restored, SessionId, Settings, Time, UserId, rules,
};

/// Replicated state: users, channels, accounts, bans and the settings that judge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replica {
    pub(crate) settings: Arc<Settings>,
    // Their ids only rise, which leaves the nodes of these maps half empty: what is large is boxed.
    pub(crate) sessions: BTreeMap<SessionId, Box<Session>>,
    pub(crate) users: BTreeMap<UserId, Box<User>>,
    pub(crate) nicks: BTreeMap<Folded, UserId>,
    /// Nicks in use, by how they look (confusables).
    pub(crate) looks: SkeletonIndex<UserId>,
    /// Reserved names of the server, its services and its hooks, by how they look.
    pub(crate) reserved: SkeletonIndex<()>,
    pub(crate) channels: BTreeMap<ChannelId, Channel>,
    pub(crate) channel_names: BTreeMap<Folded, ChannelId>,
    /// Remembered channels without members, by when the last member left.
    // Each key is `(Channel::emptied_at, id)`: `unmark_empty` finds the entry by that.
    remembered: BTreeSet<(MsgId, ChannelId)>,
    /// Registered channels without members.
    vacant: BTreeSet<ChannelId>,
    /// Recently deleted messages (REDACT).
    pub(crate) redacted: Redacted,
    pub(crate) accounts: Accounts,
    pub(crate) markers: Markers,
    pub(crate) bans: Bans,
    pub(crate) hooks: Hooks,
    pub(crate) pushes: Pushes,
    pub(crate) unverified: Unverified,
    pub(crate) user_counts: UserCounts,
    /// Always-on users, by account.
    pub(crate) always_on: BTreeMap<Folded, UserId>,
    /// Users whose last session was on a node that is lost, by the entry of the loss: they may come back for
    /// a while.
    pub(crate) adrift: BTreeMap<UserId, MsgId>,
    /// Always-on users with changes not recorded yet.
    pub(crate) unsaved: BTreeSet<UserId>,
    pub(crate) whowas: Whowas,
    /// Id of the last entry applied.
    pub(crate) last: MsgId,
    /// Highest number of users at once.
    pub(crate) most_users: usize,
    /// Monotonic time of the entry being applied, by the journal's clock.
    pub(crate) clock: Instant,
    /// Channels restored so far, which number those that no entry of this journal created.
    restored_channels: u64,
    /// Keys by which clients come back; encoded behind the rest, as of version 5 of the encoding.
    #[serde(skip)]
    pub(crate) resumes: Resumes,
}

impl Replica {
    /// Creates a replica without connections from what an earlier run stored.
    ///
    /// Restored channels that nobody could join any more are reset, and that is recorded in `out`.
    pub(crate) fn new(
        now: Time,
        settings: Arc<Settings>,
        restored: Restored,
        out: &mut Outcome<'_>,
    ) -> Replica {
        let mut replica = Replica {
            sessions: BTreeMap::new(),
            users: BTreeMap::new(),
            nicks: BTreeMap::new(),
            looks: SkeletonIndex::default(),
            reserved: SkeletonIndex::default(),
            channels: BTreeMap::new(),
            channel_names: BTreeMap::new(),
            remembered: BTreeSet::new(),
            vacant: BTreeSet::new(),
            redacted: Redacted::default(),
            accounts: Accounts::default(),
            markers: Markers::default(),
            bans: Bans::default(),
            hooks: Hooks::default(),
            pushes: Pushes::default(),
            unverified: Unverified::default(),
            user_counts: UserCounts::default(),
            always_on: BTreeMap::new(),
            adrift: BTreeMap::new(),
            unsaved: BTreeSet::new(),
            whowas: Whowas::default(),
            last: restored.last,
            most_users: 0,
            clock: Instant::default(),
            restored_channels: 0,
            resumes: Resumes::default(),
            settings,
        };
        // Order matters: users need the channels and accounts, and only with the users back in
        // their channels is it known which channels are empty.
        replica.restore_channels(restored.channels);
        for account in restored.accounts {
            replica.accounts.put(account);
        }
        for ban in restored.bans {
            replica.bans.put(ban);
        }
        for hook in restored.hooks {
            replica.hooks.put(replica.settings.fold(&hook.name), hook);
        }
        for (account, subscription) in restored.pushes {
            replica.pushes.put(account, subscription);
        }
        replica.reserve_names();
        for (whose, target, at) in restored.markers {
            replica.markers.set(whose, target, at);
        }
        replica.restore_users(restored.always_on, restored.last, out);
        replica.index_empty_channels(restored.last, out);
        replica.open_lobby(now);
        replica.forget_oldest(out);
        replica
    }

    fn open_lobby(&mut self, now: Time) {
        let name: ChannelName = self.settings.lobby.clone().into();
        let id = match self.channel_names.get(&self.settings.fold(&name)) {
            Some(&id) => id,
            None => {
                let id = self.restored_channel_id();
                let settings = self.settings.clone();
                self.insert_channel(Channel::new(id, name, now, &settings));
                id
            }
        };
        // A restored lobby was taken for a remembered channel; as a permanent one it is never
        // forgotten.
        self.unmark_empty(id);
        if let Some(lobby) = self.channels.get_mut(&id) {
            lobby.permanent = true;
            // Only the journal tells: the lobby itself is not always stored.
            lobby.visited = self.last > MsgId::default();
            lobby.default_modes(&[]);
        }
    }

    /// Returns the actor of a session's proposals.
    pub(crate) fn actor(&self, session: SessionId) -> Actor {
        match self.user_of(session) {
            Some(user) => Actor::User(user.profile.id),
            None if session.is_console() => Actor::Console,
            None => Actor::Unregistered,
        }
    }

    /// Updates the names that are reserved, after a change of the settings or the hooks.
    pub(crate) fn reserve_names(&mut self) {
        self.reserved = reserved(&self.settings, &self.hooks);
    }

    /// Returns both clocks at an entry.
    pub(crate) fn now(&self, at: MsgId) -> Now {
        Now {
            time: at.time(),
            instant: self.clock,
        }
    }

    /// Returns a session, which is created with its first entry.
    pub(crate) fn session(&mut self, id: SessionId) -> &mut Session {
        self.sessions.entry(id).or_default()
    }

    /// Returns the numbers of sessions, users and channels.
    pub fn sizes(&self) -> (usize, usize, usize) {
        (self.sessions.len(), self.users.len(), self.channels.len())
    }

    /// Returns the settings in force.
    pub fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    /// Returns the id of the last entry applied.
    pub fn last(&self) -> MsgId {
        self.last
    }
}

/// Builds the index of names reserved for the server, its services and its hooks, by how they look.
fn reserved(settings: &Settings, hooks: &Hooks) -> SkeletonIndex<()> {
    let mut index = SkeletonIndex::default();
    let kept = settings.reserved_names.iter().map(|name| &**name);
    let hooks = hooks.all().map(|hook| &*hook.name);
    for name in kept.chain(rules::account::SERVICES).chain(hooks) {
        index.insert(&names::looks(name), &());
    }
    index
}
