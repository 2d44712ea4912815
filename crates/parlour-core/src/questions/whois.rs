//! Data of one user (WHOIS, WHOWAS).

use crate::names::Nick;
use crate::reply::UserReply;
use alloc::boxed::Box;

use crate::replica::Replica;
use crate::reply::WhoisInfo;
use crate::state::{Privilege, User};
use crate::{Refusal, Reply, Time, rules};

pub(crate) fn whois(
    replica: &Replica,
    now: Time,
    asker: &User,
    nick: &Nick,
) -> Result<Reply, Refusal> {
    let user = replica.user_by_nick(nick)?;
    let channels = user
        .channels
        .keys()
        .filter_map(|id| replica.channels.get(id))
        .filter(|channel| rules::see::channel(channel, asker))
        // An invisible user is found by nick, but their channels stay hidden.
        .filter(|channel| {
            rules::see::user(replica, user, asker)
                && rules::see::member(channel, asker.profile.id, user.profile.id)
        })
        .filter_map(|channel| Some((channel.ranks(user.profile.id)?, channel.name.clone())));
    Ok(Reply::User(UserReply::Whois(Box::new(WhoisInfo {
        profile: user.profile.clone(),
        channels: channels.collect(),
        away: user.away.clone(),
        idle: now.0.saturating_sub(user.active.0) / 1000,
        signon: user.signon,
        secure: user.secure,
        private: rules::see::private(user, asker)
            .then(|| (user.profile.address.clone(), user.flags)),
        oper: user.oper.as_ref().map(|oper| oper.class.clone()),
        metadata: user.metadata.clone(),
    }))))
}

pub(crate) fn whowas(replica: &Replica, asker: &User, nick: &Nick, count: usize) -> Reply {
    // A mask would find users who were invisible.
    let found = if nick.contains(['*', '?']) && asker.may(Privilege::See) {
        replica.whowas.matching(nick, count)
    } else {
        replica.whowas.of(&replica.nick_key(nick), count)
    };
    Reply::User(UserReply::Whowas(nick.clone(), found))
}
