//! Bans of the server: set and lifted. Sessions of a banned user end at once.

use crate::error::BanError;
use crate::names::Text;
use crate::reply::AdminReply;
use alloc::format;
use alloc::vec::Vec;
use core::net::IpAddr;

use super::context::ActionContext;
use super::quit;
use crate::replica::{Outcome, Replica};
use crate::request::BanRequest;
use crate::state::{Ban, BanAction, BanSubject, BanTarget, ban_matches};
use crate::{Cause, Effect, MsgId, Name, Record, Refusal, Reply, SessionId, UserId, rules};

pub(super) fn ban(
    replica: &mut Replica,
    at: MsgId,
    cause: Cause,
    request: BanRequest,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let by = rules::ban::may_ban(replica, cause.session)?;
    let target = rules::ban::target(replica, &request.target)?;
    let now = at.time();
    // Expired bans go first: they must not count against the limit.
    for ended in replica.bans.remove_ended(now) {
        out.records.push(Record::Unbanned(ended.target.shown()));
    }
    rules::ban::has_room(replica)?;
    let ban = Ban {
        target: target.clone(),
        action: request.action,
        reason: request.reason,
        by,
        at: now,
        until: request.duration.map(|ms| now.plus(ms)),
    };
    replica.bans.put(ban.clone());
    out.records.push(Record::Banned(ban.clone()));
    let words = format!("Banned: {}", ban.reason).into();
    let (ended, done) = match ban.action {
        BanAction::Refuse => {
            let ended = end_covered(replica, at, cause.session, &target, &words, out);
            (ended, "ban")
        }
        BanAction::Mute => (0, "mute"),
    };
    replica.audit(
        cause.session,
        done,
        target.shown(),
        ban.reason.clone().into(),
        at,
        out,
    );
    out.effects.push(Effect::Reply(
        cause,
        Reply::Admin(AdminReply::Banned(ban, ended)),
    ));
    Ok(())
}

pub(super) fn unban(
    replica: &mut Replica,
    at: MsgId,
    cause: Cause,
    target: &Name,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    rules::ban::may_ban(replica, cause.session)?;
    let read = BanTarget::read(target, replica.settings.casemapping);
    let Some(ban) = replica.bans.remove(&read) else {
        return Err(Refusal::Ban(BanError::NoSuchBan(target.clone())));
    };
    let shown = ban.target.shown();
    out.records.push(Record::Unbanned(shown.clone()));
    replica.audit(cause.session, "unban", shown.clone(), "".into(), at, out);
    out.effects.push(Effect::Reply(
        cause,
        Reply::Admin(AdminReply::Unbanned(shown)),
    ));
    Ok(())
}

/// Ends the sessions that a target covers, and returns how many; those of the requester and of
/// users who may ban are spared. Unless the target is a network, always-on users end as well.
pub(super) fn end_covered(
    replica: &mut Replica,
    at: MsgId,
    asker: SessionId,
    target: &BanTarget,
    words: &Text,
    out: &mut Outcome<'_>,
) -> usize {
    let sessions = covered_sessions(replica, asker, target);
    if let BanTarget::Network(_) = target {
        for session in &sessions {
            end_session(replica, at, *session, words, out);
        }
        return sessions.len();
    }
    let mut users: Vec<UserId> = absent(replica, target);
    for session in &sessions {
        // A user with several sessions is listed several times; the first time ends them.
        match replica.user_of(*session) {
            Some(user) => users.push(user.profile.id),
            None => end_session(replica, at, *session, words, out),
        }
    }
    for id in users {
        if let Some(user) = replica.users.get(&id) {
            let profile = user.profile.clone();
            quit::end_user(replica, at, &profile, words, out);
        }
    }
    sessions.len()
}

/// Ends all other sessions that a target covers; always-on users stay.
pub(super) fn end_others(
    replica: &mut Replica,
    at: MsgId,
    asker: SessionId,
    target: &BanTarget,
    words: &Text,
    out: &mut Outcome<'_>,
) {
    for session in covered_sessions(replica, asker, target) {
        end_session(replica, at, session, words, out);
    }
}

/// Returns the sessions that a target covers, except those of the requester and of users who may
/// ban.
fn covered_sessions(replica: &Replica, asker: SessionId, target: &BanTarget) -> Vec<SessionId> {
    let casemapping = replica.settings.casemapping;
    let others = replica.sessions.iter().filter(|(id, _)| **id != asker);
    let meant = others.filter(|(_, session)| {
        let user = session.user.and_then(|user| replica.users.get(&user));
        let profile = user.map(|user| &user.profile);
        let account = session.account.as_ref();
        let account = account.map(|account| replica.settings.fold(account));
        let by = |host: &Name| profile.map(|p| format!("{}!{}@{host}", p.nick, p.user));
        let (by_address, by_cloak) = (by(&session.address), by(&session.host));
        let who = BanSubject {
            source: profile.map(|profile| &*profile.source),
            by_address: by_address.as_deref(),
            by_cloak: by_cloak.as_deref(),
            address: &session.address,
            account: account.as_ref(),
        };
        let address: Option<IpAddr> = session.address.parse().ok();
        ban_matches(target, &who, address, casemapping)
            && !profile.is_some_and(|profile| rules::ban::is_exempt(replica, profile))
    });
    meant.map(|(id, _)| *id).collect()
}

/// Returns the always-on users without a connection that a target covers.
fn absent(replica: &Replica, target: &BanTarget) -> Vec<UserId> {
    let stay = replica.always_on.iter().filter(|(account, id)| {
        replica.users.get(id).is_some_and(|user| {
            let who = BanSubject {
                source: Some(&user.profile.source),
                by_address: None,
                by_cloak: None,
                address: &user.profile.address,
                account: Some(account),
            };
            user.sessions.is_empty()
                && ban_matches(target, &who, None, replica.settings.casemapping)
        })
    });
    stay.map(|(_, id)| *id).collect()
}

/// Ends one session, registered or not.
pub(super) fn end_session(
    replica: &mut Replica,
    at: MsgId,
    session: SessionId,
    words: &Text,
    out: &mut Outcome<'_>,
) {
    match replica.user_of(session) {
        Some(user) => {
            let cx = ActionContext {
                cause: Cause {
                    session,
                    call: crate::CallId(0),
                },
                ..ActionContext::without_request(user.profile.clone(), at)
            };
            quit::quit(replica, &cx, words.clone(), out);
        }
        None => {
            replica.forget_session(session, out);
            out.effects
                .push(Effect::Close(session, words.clone().into()));
        }
    }
}
