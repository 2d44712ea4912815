//! NAMES: who is in a channel.

use alloc::vec::Vec;

use crate::reply::NamesOf;
use crate::state::{Channel, ChannelFlag, User};
use crate::{Core, Name, Reply, UserId, rules};

/// Of the channels that `named` names, or of all, if it names none.
pub(super) fn names(core: &Core, asker: &User, named: Name) -> Reply {
    let channels = if &*named == "*" {
        all(core, asker)
    } else {
        let named = named.split(',');
        let channels = named.filter_map(|name| core.channel_by_name(name).ok());
        channels
            .filter_map(|channel| of(core, asker, channel))
            .collect()
    };
    Reply::Names {
        asked: true,
        named,
        channels,
    }
}

/// Of every channel that the asker sees, as far as there is room in one answer.
fn all(core: &Core, asker: &User) -> Vec<NamesOf> {
    let mut room = core.settings.limits.answers;
    let there = core.channels.values().filter(|c| !c.members.is_empty());
    let mut found = Vec::new();
    for names in there.filter_map(|channel| of(core, asker, channel)) {
        if names.members.len() > room {
            break;
        }
        room -= names.members.len();
        found.push(names);
    }
    found
}

/// The members of a channel whom the asker may see, if they may see it.
fn of(core: &Core, asker: &User, channel: &Channel) -> Option<NamesOf> {
    let viewer = asker.profile.id;
    rules::see::channel(channel, asker).then(|| {
        let mut names = shown(channel, |id| rules::see::listed(channel, viewer, id));
        if !channel.members.contains_key(&viewer) {
            let users = &core.users;
            names.members.retain(|(_, profile)| {
                users
                    .get(&profile.id)
                    .is_some_and(|user| rules::see::user(core, user, asker))
            });
        }
        names
    })
}

/// What comes with a JOIN: all whom the newcomer may know to be in it, themselves included.
pub(crate) fn with_join(channel: &Channel, newcomer: UserId) -> Reply {
    Reply::Names {
        asked: false,
        named: channel.name.clone(),
        channels: [shown(channel, |id| {
            rules::see::member(channel, newcomer, id)
        })]
        .into(),
    }
}

fn shown(channel: &Channel, sees: impl Fn(UserId) -> bool) -> NamesOf {
    let members = channel.members.iter().filter(|(id, _)| sees(**id));
    NamesOf {
        channel: channel.name.clone(),
        secret: channel.flags.has(ChannelFlag::Secret),
        members: members.map(|(_, m)| (m.ranks, m.profile.clone())).collect(),
    }
}
