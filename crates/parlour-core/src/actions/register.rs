//! Registration of a connection, as a new user or as one more session of an existing user.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use super::{ActionContext, always_on, audience, away, host, metadata, oper, place};
use crate::names;
use crate::request::Registration;
use crate::state::{Backlog, Metadata, Profile, User, UserFlag, UserFlags, metadata_key};
use crate::{
    Audience, Body, Cause, ChannelId, Core, Effect, Effects, MsgId, Name, Refusal, Reply, UserId,
    limits, questions, rules,
};

pub(super) fn register(
    core: &mut Core,
    at: MsgId,
    cause: Cause,
    registration: Registration,
    out: &mut Effects,
) -> Result<(), Refusal> {
    if core.user_of(cause.session).is_some() {
        return Err(Refusal::AlreadyRegistered);
    }
    let login = core.login_of(cause.session).cloned();
    rules::ban::check_address(core, at.time(), &registration.address)?;
    if let Some(id) = rules::account::attach_target(core, &registration.nick, login.as_deref()) {
        if let Some(user) = core.users.get(&id) {
            rules::ban::may_be(core, at.time(), &user.profile, &registration.address)?;
        }
        return attach(core, at, cause, id, &registration, out);
    }
    let shown = shown(core, &registration, login.clone());
    rules::ban::may_be(core, at.time(), &shown, &registration.address)?;
    let nick = super::nick::claim(core, at, &registration.nick, None, login.as_deref(), out)?;
    create_user(core, at, cause, registration, (nick, login), out);
    Ok(())
}

/// Returns the profile that a new user would have with the requested nick.
fn shown(core: &Core, registration: &Registration, account: Option<Name>) -> Profile {
    let user = names::user_name(&registration.user).into();
    let (nick, host) = (registration.nick.clone(), registration.host.clone());
    let profile = Profile::new(UserId(0), nick, user, host, registration.realname.clone());
    let profile = Profile {
        account,
        ..Arc::unwrap_or_clone(profile)
    };
    let host = host::shown(core, &profile, None);
    Arc::unwrap_or_clone(profile.with_host(host))
}

/// Applies the session's own settings from the registration.
fn set_up_session(core: &mut Core, cause: Cause, id: UserId, registration: &Registration) {
    let most = core.settings.limits.metadata_keys;
    if let Some(session) = core.sessions.get_mut(&cause.session) {
        session.user = Some(id);
        session.address = registration.address.clone();
        session.host = registration.host.clone();
        session.away = registration.attendance.clone();
        session.preferences.reads_metadata = registration.reads_metadata;
        let keys = registration.keys.iter().filter_map(|key| metadata_key(key));
        session.preferences.keys = keys.take(most).collect();
    }
}

/// Attaches one more session to a user. It sees their channels once it asks ([`rejoin`]).
fn attach(
    core: &mut Core,
    at: MsgId,
    cause: Cause,
    id: UserId,
    registration: &Registration,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let Some(user) = core.users.get_mut(&id) else {
        return Ok(());
    };
    if user.sessions.len() >= limits::SESSIONS_PER_USER {
        return Err(Refusal::TooManySessions);
    }
    user.sessions.push(cause.session);
    user.secure &= registration.secure;
    let registered = Reply::Registered {
        profile: user.profile.clone(),
        attached: true,
    };
    out.out.push(Effect::Reply(cause, registered));
    let profile = user.profile.clone();
    set_up_session(core, cause, id, registration);
    let cx = ActionContext { profile, at, cause };
    if let Some(since) = always_on::connected(core, &cx, registration.secure, out) {
        // The first session that comes back gets the backlog, the later ones do not.
        if let Some(session) = core.sessions.get_mut(&cause.session) {
            session.backlog = Some(Backlog {
                since,
                attached: at,
                entered: at,
            });
        }
    }
    away::review(core, &cx, out);
    oper::deoper(core, &ActionContext::without_request(cx.profile, at), out);
    Ok(())
}

/// Shows a session its user's modes, and whether they are away.
fn show_own(core: &Core, cx: &ActionContext, out: &mut Effects) {
    let Some(user) = core.users.get(&cx.profile.id) else {
        return;
    };
    let modes: Vec<_> = user.flags.iter().map(|flag| (flag, true)).collect();
    if !modes.is_empty() {
        let alone = Audience::Sessions([cx.cause.session].into());
        out.event(alone, None, cx.event(Body::UserModes(modes)));
    }
    if user.away.is_some() {
        out.out.push(Effect::Reply(cx.cause, Reply::Away(true)));
    }
}

/// Shows an attached session the channels that its user is in.
pub(super) fn show_channels(core: &mut Core, cx: &ActionContext, out: &mut Effects) {
    let session = cx.cause.session;
    if let Some(own) = core.sessions.get_mut(&session)
        && let Some(missed) = &mut own.backlog
    {
        // From here on the session hears the channels itself: the backlog ends here.
        missed.entered = cx.at;
    }
    let Some(user) = core.users.get_mut(&cx.profile.id) else {
        return;
    };
    let untold: Vec<_> = core::mem::take(&mut user.untold).into();
    show_own(core, cx, out);
    if !untold.is_empty() {
        out.out
            .push(Effect::Reply(cx.cause, Reply::WhileAway(untold)));
    }
    let Some(user) = core.users.get(&cx.profile.id) else {
        return;
    };
    let channels: Vec<ChannelId> = user.channels.keys().copied().collect();
    for channel in channels.iter().filter_map(|id| core.channels.get(id)) {
        out.out.push(Effect::Enter(session, channel.id));
        let joined = cx.event(Body::Joined(place(channel)));
        let alone = Audience::Sessions([session].into());
        out.event(alone, Some(cx.cause), joined);
        if channel.topic.is_some() {
            let topic = Reply::Topic(channel.name.clone(), channel.topic.clone());
            out.out.push(Effect::Reply(cx.cause, topic));
        }
        let read = questions::read_marker(core, &user.profile, &channel.name, false);
        out.out.push(Effect::Reply(cx.cause, read));
        let members = questions::names::with_join(channel, cx.profile.id);
        out.out.push(Effect::Reply(cx.cause, members));
        metadata::show_to_newcomer(core, channel, user, cx.cause, out);
    }
}

/// Creates a new user.
fn create_user(
    core: &mut Core,
    at: MsgId,
    cause: Cause,
    registration: Registration,
    (nick, account): (Name, Option<Name>),
    out: &mut Effects,
) {
    let folded = core.settings.fold(&nick);
    // A place in the journal is unique, and so is an id made of it, even over restarts.
    let id = UserId(at.0);
    set_up_session(core, cause, id, &registration);
    let user = names::user_name(&registration.user).into();
    let profile = Profile::new(
        id,
        nick.clone(),
        user,
        registration.host,
        registration.realname,
    );
    let profile = Profile {
        address: registration.address,
        account,
        bot: core.settings.user_modes.contains(&UserFlag::Bot),
        ..Arc::unwrap_or_clone(profile)
    };
    let profile = profile.with_host(host::shown(core, &profile, None));
    let metadata = first_metadata(core, profile.account.as_ref(), registration.metadata);
    let mut flags = UserFlags::default();
    for &flag in &core.settings.user_modes {
        flags.set(flag, true);
    }
    core.user_counts.add(&flags);
    core.nicks.insert(folded.clone(), id);
    core.users.insert(
        id,
        User {
            sessions: vec![cause.session],
            away: away::away_text(registration.attendance),
            metadata,
            secure: registration.secure,
            ..User::new(profile.clone(), flags, at.time())
        },
    );
    metadata::keep_first(core, id, out);
    core.set_looks(id, &nick);
    core.most_users = core.most_users.max(core.users.len());
    let registered = Reply::Registered {
        profile: profile.clone(),
        attached: false,
    };
    out.out.push(Effect::Reply(cause, registered));
    audience::tell_online(core, &folded, &profile, out);
    always_on::review(core, id, out);
}

/// Returns the metadata of a new user: that of their account, and what they set before registering.
fn first_metadata(core: &Core, account: Option<&Name>, said: Vec<(Name, Name)>) -> Metadata {
    let mut own = Metadata::default();
    for (key, value) in said {
        own.set(key, value);
    }
    metadata::merge_with_account(core, account, &own)
}
