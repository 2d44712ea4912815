//! NAMES: who is in a channel.

use alloc::vec::Vec;

use crate::state::{Channel, ChannelFlag, User};
use crate::{Core, Name, Reply, rules};

pub(super) fn names(core: &Core, asker: &User, name: &Name) -> Reply {
    match core.channel_by_name(name) {
        Ok(channel) if rules::see::channel(channel, asker) => {
            let member = channel.members.contains_key(&asker.profile.id);
            let mut reply = members(channel);
            if let Reply::Names { members, .. } = &mut reply
                && !member
            {
                members.retain(|(_, profile)| {
                    core.users
                        .get(&profile.id)
                        .is_some_and(|user| rules::see::user(user, asker))
                });
            }
            reply
        }
        _ => Reply::Names {
            channel: name.clone(),
            secret: false,
            members: Vec::new(),
        },
    }
}

/// All members, for one who is among them.
pub(crate) fn members(channel: &Channel) -> Reply {
    Reply::Names {
        channel: channel.name.clone(),
        secret: channel.flags.has(ChannelFlag::Secret),
        members: channel
            .members
            .values()
            .map(|m| (m.ranks, m.profile.clone()))
            .collect(),
    }
}
