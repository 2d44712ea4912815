//! Switch of a session to another user of its account, by that user's nick (NICK).

use crate::error::AuthError;
use crate::names::Nick;
use crate::names::Text;
use crate::reply::SessionReply;
use alloc::vec::Vec;

use super::context::{ActionContext, place};
use super::{always_on, away, oper, quit, register};
use crate::replica::{Outcome, Replica};
use crate::state::Backlog;
use crate::{Audience, Body, ChannelId, Effect, Refusal, Reply, UserId, limits, rules};

/// Moves the requester's session from its user to `into`. A user left without a session ends,
/// unless they are always-on.
pub(super) fn switch(
    replica: &mut Replica,
    cx: &ActionContext,
    into: UserId,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let session = cx.cause.session;
    let (Some(user), Some(own)) = (replica.users.get(&into), replica.users.get(&cx.profile.id))
    else {
        return Ok(());
    };
    if user.sessions.len() >= limits::SESSIONS_PER_USER {
        return Err(Refusal::Auth(AuthError::TooManySessions));
    }
    let (profile, secure) = (user.profile.clone(), own.secure);
    let from = replica.sessions.get(&session);
    let address = from.map_or(&profile.address, |session| &session.address);
    rules::ban::may_be(replica, cx.at.time(), &profile, address)?;
    leave(replica, cx, &profile.nick, out);
    if let Some(user) = replica.users.get_mut(&into) {
        user.sessions.push(session);
        user.secure &= secure;
    }
    if let Some(own) = replica.sessions.get_mut(&session) {
        own.user = Some(into);
    }
    let switched = Reply::Session(SessionReply::Switched(profile.clone()));
    out.effects.push(Effect::Reply(cx.cause, switched));
    let cx = ActionContext {
        profile,
        at: cx.at,
        cause: cx.cause,
    };
    if let Some(since) = always_on::connected(replica, &cx, secure, out) {
        let backlog = Backlog {
            since,
            attached: cx.at,
            entered: cx.at,
        };
        out.attached.push((session, backlog));
    }
    away::review(replica, &cx, out);
    // An account's password is not an operator's: a user with several sessions is none.
    oper::deoper(
        replica,
        &ActionContext::without_request(cx.profile.clone(), cx.at),
        out,
    );
    register::show_channels(replica, &cx, out);
    Ok(())
}

/// Detaches the session from its user. Its client sees the user leave their channels and take the
/// other nick.
fn leave(replica: &mut Replica, cx: &ActionContext, nick: &Nick, out: &mut Outcome<'_>) {
    let (id, session) = (cx.profile.id, cx.cause.session);
    let Some(user) = replica.users.get_mut(&id) else {
        return;
    };
    user.sessions.retain(|&other| other != session);
    let remaining = user.sessions.first().copied();
    let stays = user.always_on.is_some();
    let channels: Vec<ChannelId> = user.channels.keys().copied().collect();
    let alone = || Audience::Sessions([session].into());
    for channel in channels.iter().filter_map(|id| replica.channels.get(id)) {
        let parted = cx.event(Body::Parted(place(channel), "".into()));
        out.event(alone(), Some(cx.cause), parted);
        out.effects.push(Effect::Leave(session, channel.id));
    }
    let renamed = cx.event(Body::Renamed(nick.clone()));
    out.event(alone(), Some(cx.cause), renamed);
    match remaining {
        Some(remaining) => {
            always_on::adopt_address(replica, id, remaining, cx.at, out);
            away::review(
                replica,
                &ActionContext::without_request(cx.profile.clone(), cx.at),
                out,
            );
        }
        None if stays => always_on::disconnected(replica, cx, out),
        None => quit::end_user(replica, cx.at, &cx.profile, &words(nick), out),
    }
}

fn words(nick: &str) -> Text {
    alloc::format!("Is {nick} now").into()
}
