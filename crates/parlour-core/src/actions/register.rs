//! A connection becomes a user.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::sync::Arc;
use alloc::vec;

use super::audience;
use crate::names;
use crate::request::Registration;
use crate::state::{Metadata, Profile, User, UserFlag, UserFlags, metadata_key};
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
    let nick = super::nick::check(core, &wish.nick, None)?;
    let folded = core.settings.fold(&nick);
    let Some(session) = core.sessions.get_mut(&cause.session) else {
        return Ok(());
    };
    let id = UserId(at.0);
    session.user = Some(id);
    session.wishes.reads_metadata = wish.reads_metadata;
    let keys = wish.keys.iter().filter_map(|key| metadata_key(key));
    session.wishes.keys = keys.take(core.settings.limits.metadata_keys).collect();
    let user = names::user_name(&wish.user).into();
    let profile = Profile::new(id, nick.clone(), user, wish.host, wish.realname);
    let profile = Arc::new(Profile {
        address: wish.address,
        bot: core.settings.user_modes.contains(&UserFlag::Bot),
        ..Arc::unwrap_or_clone(profile)
    });
    let mut metadata = Metadata::default();
    for (key, value) in wish.metadata {
        metadata.set(key, value);
    }
    let mut flags = UserFlags::default();
    for &flag in &core.settings.user_modes {
        flags.set(flag, true);
    }
    core.nicks.insert(folded.clone(), id);
    core.users.insert(
        id,
        User {
            profile: profile.clone(),
            skeleton: "".into(),
            sessions: vec![cause.session],
            channels: BTreeMap::new(),
            away: wish.away,
            flags,
            oper: None,
            accepts: BTreeSet::new(),
            metadata,
            secure: wish.secure,
            signon: at.time(),
            active: at.time(),
            invited: VecDeque::new(),
            knocked: None,
        },
    );
    core.set_skeleton(id, &nick);
    core.most_users = core.most_users.max(core.users.len());
    out.out
        .push(Effect::Reply(cause, Reply::Registered(profile.clone())));
    audience::tell_online(core, &folded, &profile, out);
    Ok(())
}
