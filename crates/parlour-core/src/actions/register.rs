//! Registration of a connection, as a new user or as one more session of an existing user.

use crate::error::AuthError;
use crate::names::AccountName;
use crate::names::Nick;
use crate::reply::{ChannelReply, HistoryReply, SessionReply};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use super::context::{ActionContext, place};
use super::{always_on, audience, away, host, metadata, oper};
use crate::names;
use crate::replica::{Outcome, Replica};
use crate::request::Registration;
use crate::state::{Backlog, Metadata, Profile, ResumeKey, User, UserFlag, UserFlags};
use crate::{
    Audience, Body, Cause, ChannelId, Effect, MsgId, Name, Refusal, Reply, UserId, limits,
    questions, rules,
};

pub(super) fn register(
    replica: &mut Replica,
    at: MsgId,
    cause: Cause,
    registration: Registration,
    key: Option<ResumeKey>,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    if replica.user_of(cause.session).is_some() {
        return Err(Refusal::AlreadyRegistered);
    }
    let login = replica.login_of(cause.session).cloned();
    rules::ban::check_address(replica, at.time(), &registration.address)?;
    let resumed = key.and_then(|key| rules::account::resumed(replica, key, login.as_deref()));
    let account = login.as_deref();
    if let Some(id) =
        resumed.or_else(|| rules::account::attach_target(replica, &registration.nick, account))
    {
        if let Some(user) = replica.users.get(&id) {
            rules::ban::may_be(replica, at.time(), &user.profile, &registration.address)?;
            // The user is there already, and the connection comes from somewhere else.
            let nick = user.profile.nick.clone();
            let shown = shown(replica, &registration, nick, login.clone());
            rules::ban::may_be(replica, at.time(), &shown, &registration.address)?;
        }
        return attach(replica, at, cause, id, &registration, out);
    }
    let nick = registration.nick.clone();
    let shown = shown(replica, &registration, nick, login.clone());
    rules::ban::may_be(replica, at.time(), &shown, &registration.address)?;
    let nick = super::nick::claim(replica, at, &registration.nick, None, login.as_deref(), out)?;
    create_user(replica, at, cause, registration, (nick, login), out);
    if let Some(key) = key {
        // The id of a new user is its place in the journal.
        replica.resumes.set(UserId(at.0), key);
    }
    Ok(())
}

/// Returns the profile that a new user would have with a nick.
fn shown(
    replica: &Replica,
    registration: &Registration,
    nick: Nick,
    account: Option<AccountName>,
) -> Profile {
    let user = names::user_name(&registration.user).into();
    let host = registration.host.clone();
    let profile = Profile::new(UserId(0), nick, user, host, registration.realname.clone());
    let profile = Profile {
        account,
        ..Arc::unwrap_or_clone(profile)
    };
    let host = host::shown(replica, &profile, None);
    Arc::unwrap_or_clone(profile.with_host(host))
}

/// Applies the session's own settings from the registration.
fn set_up_session(replica: &mut Replica, cause: Cause, id: UserId, registration: &Registration) {
    let session = replica.session(cause.session);
    session.user = Some(id);
    session.address = registration.address.clone();
    session.host = registration.host.clone();
    session.away = registration.attendance.clone();
}

/// Attaches one more session to a user. It sees their channels once it asks ([`rejoin`]).
fn attach(
    replica: &mut Replica,
    at: MsgId,
    cause: Cause,
    id: UserId,
    registration: &Registration,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let Some(user) = replica.users.get_mut(&id) else {
        return Ok(());
    };
    if user.sessions.len() >= limits::SESSIONS_PER_USER {
        return Err(Refusal::Auth(AuthError::TooManySessions));
    }
    user.sessions.push(cause.session);
    user.secure &= registration.secure;
    let registered = Reply::Session(SessionReply::Registered {
        profile: user.profile.clone(),
        attached: true,
    });
    out.effects.push(Effect::Reply(cause, registered));
    let profile = user.profile.clone();
    set_up_session(replica, cause, id, registration);
    let cx = ActionContext { profile, at, cause };
    if let Some(since) = always_on::connected(replica, &cx, registration.secure, out) {
        // The first session that comes back gets the backlog, the later ones do not.
        let backlog = Backlog {
            since,
            attached: at,
            entered: at,
        };
        out.attached.push((cause.session, backlog));
    }
    away::review(replica, &cx, out);
    oper::deoper(
        replica,
        &ActionContext::without_request(cx.profile, at),
        out,
    );
    Ok(())
}

/// Shows a session its user's modes, and whether they are away.
fn show_own(replica: &Replica, cx: &ActionContext, out: &mut Outcome<'_>) {
    let Some(user) = replica.users.get(&cx.profile.id) else {
        return;
    };
    let modes: Vec<_> = user.flags.iter().map(|flag| (flag, true)).collect();
    if !modes.is_empty() {
        let alone = Audience::Sessions([cx.cause.session].into());
        out.event(alone, None, cx.event(Body::UserModes(modes)));
    }
    if user.away.is_some() {
        out.effects.push(Effect::Reply(
            cx.cause,
            Reply::Session(SessionReply::Away(true)),
        ));
    }
}

/// Shows an attached session the channels that its user is in.
pub(super) fn show_channels(replica: &mut Replica, cx: &ActionContext, out: &mut Outcome<'_>) {
    let session = cx.cause.session;
    let Some(user) = replica.users.get_mut(&cx.profile.id) else {
        return;
    };
    let untold: Vec<_> = core::mem::take(&mut user.untold).into();
    show_own(replica, cx, out);
    if !untold.is_empty() {
        out.effects.push(Effect::Reply(
            cx.cause,
            Reply::History(HistoryReply::WhileAway(untold)),
        ));
    }
    let Some(user) = replica.users.get(&cx.profile.id) else {
        return;
    };
    let channels: Vec<ChannelId> = user.channels.keys().copied().collect();
    for channel in channels.iter().filter_map(|id| replica.channels.get(id)) {
        out.effects.push(Effect::Enter(session, channel.id));
        let joined = cx.event(Body::Joined(place(channel)));
        let alone = Audience::Sessions([session].into());
        out.event(alone, Some(cx.cause), joined);
        if channel.topic.is_some() {
            let topic = Reply::Channel(ChannelReply::Topic(
                channel.name.clone(),
                channel.topic.clone(),
            ));
            out.effects.push(Effect::Reply(cx.cause, topic));
        }
        let read = questions::read_marker(replica, &user.profile, &channel.name, false);
        out.effects.push(Effect::Reply(cx.cause, read));
        let members = questions::names::with_join(channel, cx.profile.id);
        out.effects.push(Effect::Reply(cx.cause, members));
        metadata::show_to_newcomer(replica, channel, user, cx.cause, out);
    }
}

/// Creates a new user.
fn create_user(
    replica: &mut Replica,
    at: MsgId,
    cause: Cause,
    registration: Registration,
    (nick, account): (Nick, Option<AccountName>),
    out: &mut Outcome<'_>,
) {
    let folded = replica.settings.fold(&nick);
    // A place in the journal is unique, and so is an id made of it, even over restarts.
    let id = UserId(at.0);
    set_up_session(replica, cause, id, &registration);
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
        bot: replica.settings.user_modes.contains(&UserFlag::Bot),
        ..Arc::unwrap_or_clone(profile)
    };
    let profile = profile.with_host(host::shown(replica, &profile, None));
    let metadata = first_metadata(replica, profile.account.as_ref(), registration.metadata);
    let mut flags = UserFlags::default();
    for &flag in &replica.settings.user_modes {
        flags.set(flag, true);
    }
    replica.user_counts.add(&flags);
    replica.nicks.insert(folded.clone(), id);
    replica.users.insert(
        id,
        Box::new(User {
            sessions: vec![cause.session],
            away: away::away_text(registration.attendance),
            metadata,
            secure: registration.secure,
            ..User::new(profile.clone(), flags, at.time())
        }),
    );
    metadata::keep_first(replica, id, out);
    replica.set_looks(id, &nick);
    replica.most_users = replica.most_users.max(replica.users.len());
    let registered = Reply::Session(SessionReply::Registered {
        profile: profile.clone(),
        attached: false,
    });
    out.effects.push(Effect::Reply(cause, registered));
    audience::tell_online(replica, &folded, &profile, out);
    always_on::review(replica, id, out);
}

/// Returns the metadata of a new user: that of their account, and what they set before registering.
fn first_metadata(
    replica: &Replica,
    account: Option<&AccountName>,
    said: Vec<(Name, Name)>,
) -> Metadata {
    let mut own = Metadata::default();
    for (key, value) in said {
        own.set(key, value);
    }
    metadata::merge_with_account(replica, account, &own)
}
