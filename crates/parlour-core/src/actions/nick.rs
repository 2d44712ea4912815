//! Nick changes, and claims of nicks that belong to accounts (NICK).

use super::{ActionContext, audience, quit, switch};
use crate::names;
use crate::{Body, Core, Effects, MsgId, Name, Refusal, UserId, rules};

/// Checks that a nick can be taken by `user`, or by a new user, and returns it as it is kept.
pub(super) fn check(
    core: &Core,
    wanted: &str,
    user: Option<UserId>,
    account: Option<&str>,
) -> Result<Name, Refusal> {
    let nick: Name = names::prepare_nick(wanted).into();
    names::check_nick(&nick, core.settings.limits.nick)
        .map_err(|why| Refusal::BadNick(wanted.into(), why))?;
    rules::account::is_not_reserved(core, &nick, account)?;
    let owner = core.nicks.get(&core.settings.fold(&nick)).copied();
    rules::account::may_go_by(core, &core.settings.fold(&nick), account).map_err(|_| {
        // The refusal names the nick as requested, not as the account spells it.
        Refusal::NickReserved(nick.clone())
    })?;
    if owner.is_some() && owner != user {
        return Err(Refusal::NickInUse(nick));
    }
    // The name of the requester's own account may look like another nick.
    if core.settings.refuse_confusables
        && !rules::account::is_own_name(core, &nick, account)
        && core.looks_like_another(&nick, user, account)
    {
        return Err(Refusal::NickInUse(nick));
    }
    Ok(nick)
}

/// Checks a nick like [`check`], but ends a user who holds a nick that belongs to `account` without
/// being logged into it.
pub(super) fn claim(
    core: &mut Core,
    at: MsgId,
    wanted: &str,
    user: Option<UserId>,
    account: Option<&str>,
    out: &mut Effects,
) -> Result<Name, Refusal> {
    match check(core, wanted, user, account) {
        Err(Refusal::NickInUse(nick)) => {
            let Some(holder) = rules::account::nick_squatter(core, &nick, account) else {
                return Err(Refusal::NickInUse(nick));
            };
            let holder = holder.profile.clone();
            let words = "The owner of this nickname has come".into();
            quit::end_user(core, at, &holder, &words, out);
            check(core, wanted, user, account)
        }
        other => other,
    }
}

pub(super) fn nick(
    core: &mut Core,
    cx: &ActionContext,
    wanted: &str,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let id = cx.profile.id;
    let account = cx.profile.account.as_deref();
    let shown = cx.profile.renamed(wanted.into());
    if !rules::ban::is_exempt(core, &cx.profile) {
        let session = core.sessions.get(&cx.cause.session);
        let address = session.map_or(&cx.profile.address, |session| &session.address);
        rules::ban::may_be(core, cx.at.time(), &shown, address)?;
    }
    rules::ban::may_change_nick(core, &cx.profile)?;
    if let Some(other) = rules::account::other_user(core, wanted, account).filter(|u| *u != id) {
        return switch::switch(core, cx, other, out);
    }
    let nick = claim(core, cx.at, wanted, Some(id), account, out)?;
    if nick == cx.profile.nick {
        return Ok(());
    }
    let (old, new) = (
        core.settings.fold(&cx.profile.nick),
        core.settings.fold(&nick),
    );
    core.nicks.remove(&old);
    core.nicks.insert(new.clone(), id);
    if old != new {
        core.whowas
            .note(old.clone(), cx.profile.clone(), cx.at.time());
    }
    let profile = cx.profile.renamed(nick.clone());
    core.set_profile(id, &profile);
    core.set_looks(id, &nick);
    if let Some(user) = core.users.get(&id) {
        out.event(
            audience::neighbours(core, user),
            Some(cx.cause),
            cx.event(Body::Renamed(nick)),
        );
    }
    if old != new {
        audience::tell_offline(core, &old, &cx.profile.nick, out);
        audience::tell_online(core, &new, &profile, out);
    }
    Ok(())
}
