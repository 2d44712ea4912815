//! NAMES: who is in a channel.

use alloc::vec::Vec;

use crate::state::{Channel, ChannelFlag, User};
use crate::{Core, Name, Reply, UserId, rules};

pub(super) fn names(core: &Core, asker: &User, name: &Name) -> Reply {
    match core.channel_by_name(name) {
        Ok(channel) if rules::see::channel(channel, asker) => {
            let member = channel.members.contains_key(&asker.profile.id);
            let mut reply = members(channel, asker.profile.id, true);
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
            asked: true,
            channel: name.clone(),
            secret: false,
            members: Vec::new(),
        },
    }
}

/// All members whom `viewer` may know to be in it; `asked`, or with a JOIN.
pub(crate) fn members(channel: &Channel, viewer: UserId, asked: bool) -> Reply {
    Reply::Names {
        asked,
        channel: channel.name.clone(),
        secret: channel.flags.has(ChannelFlag::Secret),
        members: channel
            .members
            .iter()
            .filter(|(id, _)| rules::see::listed(channel, viewer, **id))
            .map(|(_, m)| (m.ranks, m.profile.clone()))
            .collect(),
    }
}
