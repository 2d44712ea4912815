//! Members of channels (NAMES).

use crate::names::ChannelName;
use crate::reply::ChannelReply;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::replica::Replica;
use crate::reply::NamesOf;
use crate::state::{Channel, ChannelFlag, User};
use crate::{Reply, UserId, rules};

/// Answers NAMES for the named channels, or for all if none is named.
pub(crate) fn names(replica: &Replica, asker: &User, named: Vec<ChannelName>) -> Reply {
    let channels = if named.is_empty() {
        all(replica, asker)
    } else {
        let named = named.iter();
        let channels = named.filter_map(|name| replica.channel_by_name(name).ok());
        channels
            .filter_map(|channel| of(replica, asker, channel))
            .collect()
    };
    Reply::Channel(ChannelReply::Names {
        asked: true,
        named,
        channels,
    })
}

/// Returns the members of every channel that the requester sees, up to the limit of one answer.
fn all(replica: &Replica, asker: &User) -> Vec<NamesOf> {
    let mut room = replica.settings.limits.answers;
    let there = replica.channels.values().filter(|c| !c.members.is_empty());
    let mut found = Vec::new();
    for names in there.filter_map(|channel| of(replica, asker, channel)) {
        // A channel is listed whole or not at all.
        if names.members.len() > room {
            break;
        }
        room -= names.members.len();
        found.push(names);
    }
    found
}

/// Returns the members of a channel that the requester may see, if they may see the channel.
fn of(replica: &Replica, asker: &User, channel: &Channel) -> Option<NamesOf> {
    let viewer = asker.profile.id;
    rules::see::channel(channel, asker).then(|| {
        let mut names = shown(channel, |id| rules::see::listed(channel, viewer, id));
        // Members see the invisible among them; others only those whom they see anyway.
        if !channel.members.contains_key(&viewer) {
            let visible = |id| {
                let user = replica.users.get(id);
                user.is_some_and(|user| rules::see::user(replica, user, asker))
            };
            let seen = names.members.iter();
            let seen = seen.filter(|(_, profile)| visible(&profile.id));
            names.members = seen.cloned().collect();
        }
        names
    })
}

/// Returns the NAMES reply to a JOIN: all members that the newcomer may see, and themselves.
pub(crate) fn with_join(channel: &Channel, newcomer: UserId) -> Reply {
    as_with_join(shown(channel, |id| {
        rules::see::member(channel, newcomer, id)
    }))
}

fn as_with_join(of: NamesOf) -> Reply {
    Reply::Channel(ChannelReply::Names {
        asked: false,
        named: [of.channel.clone()].into(),
        channels: [of].into(),
    })
}

/// NAMES replies for many members of one channel; those who see the same share it.
pub(crate) struct SharedNames<'c> {
    channel: &'c Channel,
    /// All members, for those who see all.
    all: Option<NamesOf>,
    /// Members that everybody sees.
    open: Option<NamesOf>,
}

impl<'c> SharedNames<'c> {
    pub fn of(channel: &'c Channel) -> Self {
        SharedNames {
            channel,
            all: None,
            open: None,
        }
    }

    /// Returns the reply for `viewer`.
    pub fn for_member(&mut self, viewer: UserId) -> Reply {
        let channel = self.channel;
        if rules::see::all_members(channel, viewer) {
            let all = self.all.get_or_insert_with(|| shown(channel, |_| true));
            return as_with_join(all.clone());
        }
        let open = || shown(channel, |id| rules::see::is_open(channel, id));
        let mut names = self.open.get_or_insert_with(open).clone();
        // A member hidden from the others still sees themselves.
        if let Some(own) = channel.members.get(&viewer)
            && !rules::see::is_open(channel, viewer)
        {
            let own = (own.ranks, own.profile.clone());
            names.members = names.members.iter().cloned().chain([own]).collect();
        }
        as_with_join(names)
    }
}

fn shown(channel: &Channel, sees: impl Fn(UserId) -> bool) -> NamesOf {
    let members = channel.members.iter().filter(|(id, _)| sees(**id));
    NamesOf {
        channel: channel.name.clone(),
        secret: channel.flags.has(ChannelFlag::Secret),
        members: members
            .map(|(_, m)| (m.ranks, m.profile.clone()))
            .collect::<Arc<[_]>>(),
    }
}
