//! WHO: users of a channel, or by mask.

use alloc::vec::Vec;

use crate::reply::WhoEntry;
use crate::state::{Channel, Ranks, User};
use crate::{Core, Name, Reply, rules};

pub(super) fn who(core: &Core, asker: &User, mask: &Name) -> Reply {
    let entries = if mask.starts_with('#') {
        core.channel_by_name(mask)
            .map_or_else(|_| Vec::new(), |channel| of_channel(core, asker, channel))
    } else if let Ok(user) = core.user_by_nick(mask) {
        [entry(core, asker, user)].into()
    } else {
        let all = core.users.values();
        all.filter(|user| rules::see::user(user, asker) && rules::see::mask_means(mask, user))
            .map(|user| entry(core, asker, user))
            .collect()
    };
    Reply::Who(mask.clone(), entries)
}

fn of_channel(core: &Core, asker: &User, channel: &Channel) -> Vec<WhoEntry> {
    if !rules::see::channel(channel, asker) {
        return Vec::new();
    }
    channel
        .members
        .iter()
        .filter_map(|(id, member)| Some((core.users.get(id)?, member)))
        .filter(|(user, _)| rules::see::user(user, asker))
        .map(|(user, member)| WhoEntry {
            channel: Some(channel.name.clone()),
            profile: user.profile.clone(),
            ranks: member.ranks,
            away: user.away.is_some(),
        })
        .collect()
}

/// A user, with a channel that the asker may know they are in.
fn entry(core: &Core, asker: &User, user: &User) -> WhoEntry {
    let shared = user
        .channels
        .keys()
        .filter_map(|id| core.channels.get(id))
        .find(|channel| rules::see::channel(channel, asker) && rules::see::user(user, asker));
    WhoEntry {
        channel: shared.map(|channel| channel.name.clone()),
        profile: user.profile.clone(),
        ranks: shared
            .and_then(|channel| channel.ranks(user.profile.id))
            .unwrap_or(Ranks::default()),
        away: user.away.is_some(),
    }
}
