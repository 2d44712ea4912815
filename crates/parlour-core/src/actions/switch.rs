//! Switch of a session to another user of its account, by that user's nick (NICK).

use alloc::vec::Vec;

use super::{ActionContext, always_on, away, oper, place, quit, register};
use crate::state::Backlog;
use crate::{
    Audience, Body, ChannelId, Core, Effect, Effects, Name, Refusal, Reply, UserId, limits, rules,
};

/// Moves the requester's session from its user to `into`. A user left without a session ends,
/// unless they are always-on.
pub(super) fn switch(
    core: &mut Core,
    cx: &ActionContext,
    into: UserId,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let session = cx.cause.session;
    let (Some(user), Some(own)) = (core.users.get(&into), core.users.get(&cx.profile.id)) else {
        return Ok(());
    };
    if user.sessions.len() >= limits::SESSIONS_PER_USER {
        return Err(Refusal::TooManySessions);
    }
    let (profile, secure) = (user.profile.clone(), own.secure);
    let from = core.sessions.get(&session);
    let address = from.map_or(&profile.address, |session| &session.address);
    rules::ban::may_be(core, cx.at.time(), &profile, address)?;
    leave(core, cx, &profile.nick, out);
    if let Some(user) = core.users.get_mut(&into) {
        user.sessions.push(session);
        user.secure &= secure;
    }
    if let Some(own) = core.sessions.get_mut(&session) {
        own.user = Some(into);
    }
    let switched = Reply::Switched(profile.clone());
    out.out.push(Effect::Reply(cx.cause, switched));
    let cx = ActionContext {
        profile,
        at: cx.at,
        cause: cx.cause,
    };
    if let Some(since) = always_on::connected(core, &cx, secure, out)
        && let Some(own) = core.sessions.get_mut(&session)
    {
        own.backlog = Some(Backlog {
            since,
            attached: cx.at,
            entered: cx.at,
        });
    }
    away::review(core, &cx, out);
    // An account's password is not an operator's: a user with several sessions is none.
    oper::deoper(
        core,
        &ActionContext::without_request(cx.profile.clone(), cx.at),
        out,
    );
    register::show_channels(core, &cx, out);
    Ok(())
}

/// Detaches the session from its user. Its client sees the user leave their channels and take the
/// other nick.
fn leave(core: &mut Core, cx: &ActionContext, nick: &Name, out: &mut Effects) {
    let (id, session) = (cx.profile.id, cx.cause.session);
    let Some(user) = core.users.get_mut(&id) else {
        return;
    };
    user.sessions.retain(|&other| other != session);
    let remaining = user.sessions.first().copied();
    let stays = user.always_on.is_some();
    let channels: Vec<ChannelId> = user.channels.keys().copied().collect();
    let alone = || Audience::Sessions([session].into());
    for channel in channels.iter().filter_map(|id| core.channels.get(id)) {
        let parted = cx.event(Body::Parted(place(channel), "".into()));
        out.event(alone(), Some(cx.cause), parted);
        out.out.push(Effect::Leave(session, channel.id));
    }
    let renamed = cx.event(Body::Renamed(nick.clone()));
    out.event(alone(), Some(cx.cause), renamed);
    match remaining {
        Some(remaining) => {
            always_on::adopt_address(core, id, remaining, cx.at, out);
            away::review(
                core,
                &ActionContext::without_request(cx.profile.clone(), cx.at),
                out,
            );
        }
        None if stays => always_on::disconnected(core, cx, out),
        None => quit::end_user(core, cx.at, &cx.profile, &words(nick), out),
    }
}

fn words(nick: &str) -> Name {
    alloc::format!("Is {nick} now").into()
}
