//! Nick changes, and claims of nicks that belong to accounts (NICK).

use super::context::ActionContext;
use super::{audience, quit, switch};
use crate::error::NameError;
use crate::names;
use crate::names::Nick;
use crate::replica::{Outcome, Replica};
use crate::{Body, MsgId, Refusal, UserId, rules};

/// Checks that a nick can be taken by `user`, or by a new user, and returns it as it is kept.
pub(super) fn check(
    replica: &Replica,
    wanted: &str,
    user: Option<UserId>,
    account: Option<&str>,
) -> Result<Nick, Refusal> {
    let nick: Nick = names::prepare_nick(wanted).into();
    names::check_nick(&nick, replica.settings.limits.nick)
        .map_err(|why| Refusal::Name(NameError::BadNick(wanted.into(), why)))?;
    rules::account::is_not_reserved(replica, &nick, account)?;
    let owner = replica.nicks.get(&replica.settings.fold(&nick)).copied();
    rules::account::may_go_by(replica, &replica.settings.fold(&nick), account).map_err(|_| {
        // The refusal names the nick as requested, not as the account spells it.
        Refusal::Name(NameError::NickReserved(nick.clone()))
    })?;
    if owner.is_some() && owner != user {
        return Err(Refusal::Name(NameError::NickInUse(nick)));
    }
    // The name of the requester's own account may look like another nick.
    if replica.settings.refuse_confusables
        && !rules::account::is_own_name(replica, &nick, account)
        && replica.looks_like_another(&nick, user, account)
    {
        return Err(Refusal::Name(NameError::NickInUse(nick)));
    }
    Ok(nick)
}

/// Checks a nick like [`check`], but ends a user who holds a nick that belongs to `account` without
/// being logged into it.
pub(super) fn claim(
    replica: &mut Replica,
    at: MsgId,
    wanted: &str,
    user: Option<UserId>,
    account: Option<&str>,
    out: &mut Outcome<'_>,
) -> Result<Nick, Refusal> {
    match check(replica, wanted, user, account) {
        Err(Refusal::Name(NameError::NickInUse(nick))) => {
            let Some(holder) = rules::account::nick_squatter(replica, &nick, account) else {
                return Err(Refusal::Name(NameError::NickInUse(nick)));
            };
            let holder = holder.profile.clone();
            let words = "The owner of this nickname has come".into();
            quit::end_user(replica, at, &holder, &words, out);
            check(replica, wanted, user, account)
        }
        other => other,
    }
}

pub(super) fn nick(
    replica: &mut Replica,
    cx: &ActionContext,
    wanted: &str,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let id = cx.profile.id;
    let account = cx.profile.account.as_deref();
    let shown = cx.profile.renamed(wanted.into());
    if !rules::ban::is_exempt(replica, &cx.profile) {
        let session = replica.sessions.get(&cx.cause.session);
        let address = session.map_or(&cx.profile.address, |session| &session.address);
        rules::ban::may_be(replica, cx.at.time(), &shown, address)?;
    }
    rules::ban::may_change_nick(replica, &cx.profile)?;
    if let Some(other) = rules::account::other_user(replica, wanted, account).filter(|u| *u != id) {
        return switch::switch(replica, cx, other, out);
    }
    let nick = claim(replica, cx.at, wanted, Some(id), account, out)?;
    if nick == cx.profile.nick {
        return Ok(());
    }
    let (old, new) = (
        replica.settings.fold(&cx.profile.nick),
        replica.settings.fold(&nick),
    );
    replica.nicks.remove(&old);
    replica.nicks.insert(new.clone(), id);
    if old != new {
        replica
            .whowas
            .note(old.clone(), cx.profile.clone(), cx.at.time());
    }
    let profile = cx.profile.renamed(nick.clone());
    replica.set_profile(id, &profile);
    replica.set_looks(id, &nick);
    if let Some(user) = replica.users.get(&id) {
        out.event(
            audience::neighbours(replica, user),
            Some(cx.cause),
            cx.event(Body::Renamed(nick)),
        );
    }
    if old != new {
        audience::tell_offline(replica, &old, &cx.profile.nick, out);
        audience::tell_online(replica, &new, &profile, out);
    }
    Ok(())
}
