//! A connection becomes one more of another user of its account, by that user's nick.

use alloc::vec::Vec;

use super::{Doer, away, place, presence, quit, register};
use crate::state::Missed;
use crate::{
    Audience, Body, ChannelId, Core, Effect, Effects, Name, Refusal, Reply, UserId, limits,
};

/// Leads the doer's connection from its user to `into`. With its last connection the user that
/// it leaves is gone, unless they stay.
pub(super) fn switch(
    core: &mut Core,
    doer: &Doer,
    into: UserId,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let session = doer.cause.session;
    let (Some(user), Some(own)) = (core.users.get(&into), core.users.get(&doer.profile.id)) else {
        return Ok(());
    };
    if user.sessions.len() >= limits::SESSIONS_PER_USER {
        return Err(Refusal::TooManySessions);
    }
    let (profile, secure) = (user.profile.clone(), own.secure);
    leave(core, doer, &profile.nick, out);
    if let Some(user) = core.users.get_mut(&into) {
        user.sessions.push(session);
        user.secure &= secure;
    }
    if let Some(own) = core.sessions.get_mut(&session) {
        own.user = Some(into);
    }
    let switched = Reply::Switched(profile.clone());
    out.out.push(Effect::Reply(doer.cause, switched));
    let doer = Doer {
        profile,
        at: doer.at,
        cause: doer.cause,
    };
    if let Some(since) = presence::connected(core, &doer, secure, out)
        && let Some(own) = core.sessions.get_mut(&session)
    {
        own.missed = Some(Missed {
            since,
            attached: doer.at,
            entered: doer.at,
        });
    }
    away::review(core, &doer, out);
    register::rejoin(core, &doer, out);
    Ok(())
}

/// The connection is its user's no more: to its client, they leave their channels and go by the
/// other nick from here on.
fn leave(core: &mut Core, doer: &Doer, nick: &Name, out: &mut Effects) {
    let (id, session) = (doer.profile.id, doer.cause.session);
    let Some(user) = core.users.get_mut(&id) else {
        return;
    };
    user.sessions.retain(|&other| other != session);
    let remaining = user.sessions.first().copied();
    let stays = user.stays_as.is_some();
    let channels: Vec<ChannelId> = user.channels.keys().copied().collect();
    let alone = || Audience::Sessions([session].into());
    for channel in channels.iter().filter_map(|id| core.channels.get(id)) {
        let parted = doer.event(Body::Parted(place(channel), "".into()));
        out.event(alone(), Some(doer.cause), parted);
        out.out.push(Effect::Leave(session, channel.id));
    }
    let renamed = doer.event(Body::Renamed(nick.clone()));
    out.event(alone(), Some(doer.cause), renamed);
    match remaining {
        Some(remaining) => {
            presence::follow(core, id, remaining, doer.at, out);
            away::review(core, &Doer::nobody(doer.profile.clone(), doer.at), out);
        }
        None if stays => presence::disconnected(core, doer, out),
        None => quit::end_user(core, doer.at, &doer.profile, &words(nick), out),
    }
}

fn words(nick: &str) -> Name {
    alloc::format!("Is {nick} now").into()
}
