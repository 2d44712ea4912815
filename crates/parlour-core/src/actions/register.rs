//! A connection becomes a user.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec;

use crate::names::{self, Folded};
use crate::request::Registration;
use crate::state::{Profile, User};
use crate::{Cause, Core, Effect, Effects, MsgId, Refusal, Reply, UserId};

pub(super) fn register(
    core: &mut Core,
    at: MsgId,
    cause: Cause,
    wish: Registration,
    out: &mut Effects,
) -> Result<(), Refusal> {
    if core.user_of(cause.session).is_some() {
        return Err(Refusal::AlreadyRegistered);
    }
    names::check_nick(&wish.nick).map_err(|why| Refusal::BadNick(wish.nick.clone(), why))?;
    let folded = Folded::of(&wish.nick);
    if core.nicks.contains_key(&folded) {
        return Err(Refusal::NickInUse(wish.nick));
    }
    let Some(session) = core.sessions.get_mut(&cause.session) else {
        return Ok(());
    };
    let id = UserId(at.0);
    session.user = Some(id);
    session.secure = wish.secure;
    let user = names::user_name(&wish.user).into();
    let profile = Profile::new(id, wish.nick, user, wish.host, wish.realname);
    core.nicks.insert(folded, id);
    core.users.insert(
        id,
        User {
            profile: profile.clone(),
            sessions: vec![cause.session],
            channels: BTreeMap::new(),
            away: None,
            invisible: false,
            secure: wish.secure,
            signon: at.time(),
            active: at.time(),
            invited: VecDeque::new(),
        },
    );
    core.most_users = core.most_users.max(core.users.len());
    out.out
        .push(Effect::Reply(cause, Reply::Registered(profile)));
    Ok(())
}
