//! Accounts: made, logged into and out of, given another password or a certificate, dropped.

use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{ActionContext, always_on, audience, ban, host, metadata, quit, registered};
use crate::history::Party;
use crate::login::{Login, Proof};
use crate::names::Folded;
use crate::request::{NewAccount, NewPassword, Preference};
use crate::state::{Account, BanTarget, CodeCheck, Metadata, Profile, Verifier};
use crate::{
    Body, Cause, Core, Effect, Effects, MsgId, Name, Record, Refusal, Reply, Secret, SessionId,
    UserId, limits, rules,
};

/// Makes an account, and logs its maker in.
pub(super) fn create(
    core: &mut Core,
    at: MsgId,
    cause: Cause,
    new: NewAccount,
    out: &mut Effects,
) -> Result<(), Refusal> {
    // Somebody else may have been faster while the password was hashed.
    let name = rules::account::may_create(core, at.time(), cause.session, &new)?;
    let mut account = Account {
        folded: core.settings.fold(&name),
        name: name.clone(),
        created: at.time(),
        verifier: new.verifier,
        certificates: BTreeSet::new(),
        always_on: false,
        multiclient: true,
        metadata: Metadata::default(),
        places: Vec::new(),
    };
    if !new.for_another {
        account.note_place(&new.origin.address);
        core.auth_throttle
            .note_account(core.instant, &new.origin.address);
    }
    if let Some(code) = new.code {
        // It is one when what was sent comes back.
        core.unverified.put(account, code, core.instant);
        let reply = Reply::VerificationRequired(name);
        out.out.push(Effect::Reply(cause, reply));
        return Ok(());
    }
    out.records.push(Record::Account(account.clone()));
    core.accounts.put(account);
    if new.for_another {
        core.audit(
            cause.session,
            "account",
            name.clone(),
            "made".into(),
            at,
            out,
        );
    }
    let made = Reply::AccountMade(name.clone(), new.for_another);
    out.out.push(Effect::Reply(cause, made));
    if !new.for_another {
        set_login(core, at, cause, Some(name), out);
    }
    Ok(())
}

/// An account is one, since what was sent for it by mail has come back.
pub(super) fn verify(
    core: &mut Core,
    at: MsgId,
    cause: Cause,
    name: &Name,
    code: &Secret,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let folded = rules::account::may_verify(core, at.time(), cause.session, name)?;
    let verdict = core.unverified.verify(&folded, code.reveal(), core.instant);
    let CodeCheck::Right(account) = verdict else {
        return Err(Refusal::WrongCode(name.clone()));
    };
    let name = account.name.clone();
    out.records.push(Record::Account(account.clone()));
    core.accounts.put(account);
    out.out.push(Effect::Reply(
        cause,
        Reply::AccountMade(name.clone(), false),
    ));
    set_login(core, at, cause, Some(name), out);
    Ok(())
}

/// Logs a session in: what it gave was checked, and is right.
pub(super) fn login(
    core: &mut Core,
    at: MsgId,
    cause: Cause,
    login: Login,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let (account, signature) = match &login.proof {
        Proof::Given {
            verifier,
            signature,
        } => {
            let name = login.account.as_ref().ok_or(Refusal::LoginFailed)?;
            let account = core.accounts.get(&core.nick_key(name));
            // What was checked is what counts now: not an account that was dropped meanwhile.
            let same = account.filter(|a| a.verifier.is_some() && a.verifier == *verifier);
            (same, signature.clone())
        }
        Proof::Certificate(fingerprint) => {
            let account = core.accounts.by_certificate(fingerprint);
            let meant = |a: &&Account| {
                let acting_as = login.acting_as.as_ref();
                acting_as.is_none_or(|name| core.nick_key(name) == a.folded)
            };
            (account.filter(meant), None)
        }
        Proof::Password(_) | Proof::Scram { .. } => (None, None),
    };
    let account = account.ok_or(Refusal::LoginFailed)?;
    rules::ban::may_use(core, at.time(), &account.folded)?;
    if let Some(signature) = signature {
        let party = account.party();
        if let Some(session) = core.sessions.get_mut(&cause.session) {
            session.proved = Some((party, login.origin.address.clone()));
        }
        out.out.push(Effect::Reply(cause, Reply::Signed(signature)));
        return Ok(());
    }
    let name = account.name.clone();
    logged_in(core, at, cause, name, &login.origin.address, out);
    Ok(())
}

/// Logs a session in that has shown whose it is, if that account is still the same.
pub(super) fn finish_login(
    core: &mut Core,
    at: MsgId,
    cause: Cause,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let session = core.sessions.get_mut(&cause.session);
    let proved = session.and_then(|session| session.proved.take());
    let Some((Party::Account(folded, since), from)) = proved else {
        return Err(Refusal::LoginFailed);
    };
    let account = core.accounts.get(&folded);
    let account = account.filter(|account| account.created == since);
    let account = account.ok_or(Refusal::LoginFailed)?;
    rules::ban::may_use(core, at.time(), &account.folded)?;
    let name = account.name.clone();
    logged_in(core, at, cause, name, &from, out);
    Ok(())
}

/// Tells a session that it is logged in, and makes it so.
fn logged_in(core: &mut Core, at: MsgId, cause: Cause, name: Name, from: &Name, out: &mut Effects) {
    let account = core.accounts.get(&core.settings.fold(&name)).cloned();
    if let Some(mut account) = account
        && account.note_place(from)
    {
        out.records.push(Record::Account(account.clone()));
        core.accounts.put(account);
    }
    let source = core
        .user_of(cause.session)
        .map(|user| user.profile.source.clone());
    let reply = Reply::LoggedIn {
        account: name.clone(),
        source,
    };
    out.out.push(Effect::Reply(cause, reply));
    set_login(core, at, cause, Some(name), out);
}

/// The session, and the user whose it is, are logged into this account from here on.
pub(super) fn set_login(
    core: &mut Core,
    at: MsgId,
    cause: Cause,
    account: Option<Name>,
    out: &mut Effects,
) {
    let Some(session) = core.sessions.get_mut(&cause.session) else {
        return;
    };
    session.account = account.clone();
    if let Some(user) = session.user.and_then(|id| core.users.get(&id)) {
        let cx = ActionContext {
            profile: user.profile.clone(),
            at,
            cause,
        };
        show(core, &cx, account, out);
    }
}

/// Shows a user with another account, or with none.
pub(super) fn show(core: &mut Core, cx: &ActionContext, account: Option<Name>, out: &mut Effects) {
    if cx.profile.account == account {
        return;
    }
    let id = cx.profile.id;
    let sessions = core.users.get(&id).map(|user| user.sessions.clone());
    for session in sessions.into_iter().flatten() {
        if let Some(session) = core.sessions.get_mut(&session) {
            session.account = account.clone();
        }
    }
    let profile = Arc::new(Profile {
        account: account.clone(),
        ..(*cx.profile).clone()
    });
    core.set_profile(id, &profile);
    if let Some(user) = core.users.get(&id) {
        let heard = audience::around_and_watching(core, user);
        let event = cx.event(Body::Account(account.clone()));
        out.event(heard, Some(cx.cause), event);
    }
    let before = cx.profile.account.as_ref();
    let before = before.and_then(|name| core.accounts.get(&core.nick_key(name)));
    let before = before.map(|account| account.metadata.clone());
    let before = before.unwrap_or_default();
    host::review(core, cx, id, out);
    metadata::change_account(core, cx, &before, account.as_ref(), out);
    always_on::review(core, id, out);
}

/// Changes the own account and keeps it.
fn change(
    core: &mut Core,
    session: SessionId,
    out: &mut Effects,
    make: impl FnOnce(&mut Account) -> Result<(), Refusal>,
) -> Result<Name, Refusal> {
    let mut account = rules::account::own(core, session)?.clone();
    make(&mut account)?;
    out.records.push(Record::Account(account.clone()));
    let name = account.name.clone();
    core.accounts.put(account);
    Ok(name)
}

/// Another password for the own account.
pub(super) fn set_password(
    core: &mut Core,
    at: MsgId,
    cause: Cause,
    password: NewPassword,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let verifier: Option<Verifier> = password.verifier;
    let name = change(core, cause.session, out, |account| {
        account.verifier = verifier;
        Ok(())
    })?;
    // Whoever else knows the old one is out.
    let target = BanTarget::Account(core.settings.fold(&name));
    let words = "The password of your account was changed".into();
    ban::end_others(core, at, cause.session, &target, &words, out);
    out.out.push(Effect::Reply(cause, Reply::PasswordSet(name)));
    Ok(())
}

/// A certificate stands for the own account from here on, or not any more.
pub(super) fn certificate(
    core: &mut Core,
    cause: Cause,
    fingerprint: &Name,
    add: bool,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let taken = core.accounts.by_certificate(fingerprint).is_some();
    change(core, cause.session, out, |account| {
        if add && (taken || account.certificates.len() >= limits::CERTIFICATES) {
            return Err(Refusal::CertificateTaken);
        }
        if add {
            account.certificates.insert(fingerprint.clone());
        } else if !account.certificates.remove(fingerprint) {
            return Err(Refusal::NoCertificate);
        }
        Ok(())
    })?;
    let reply = Reply::CertificateSet(fingerprint.clone(), add);
    out.out.push(Effect::Reply(cause, reply));
    Ok(())
}

/// Another way to use the own account.
pub(super) fn set_preference(
    core: &mut Core,
    cx: &ActionContext,
    preference: Preference,
    on: bool,
    out: &mut Effects,
) -> Result<(), Refusal> {
    rules::account::may_prefer(core, cx.cause.session, preference, on)?;
    change(core, cx.cause.session, out, |account| {
        match preference {
            Preference::AlwaysOn => account.always_on = on,
            Preference::Multiclient => {
                account.multiclient = on;
                // One needs the other.
                account.always_on &= on;
            }
        }
        Ok(())
    })?;
    let reply = Reply::PreferenceSet(preference, on);
    out.out.push(Effect::Reply(cx.cause, reply));
    always_on::review_all(core, out);
    always_on::review(core, cx.profile.id, out);
    Ok(())
}

/// The own account is no more. Whoever registers its name later is somebody else.
pub(super) fn drop_own(
    core: &mut Core,
    at: MsgId,
    cause: Cause,
    name: &Name,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let folded = rules::account::own(core, cause.session)?.folded.clone();
    if core.nick_key(name) != folded {
        return Err(Refusal::NotYourNick(name.clone()));
    }
    let name = drop_account(core, at, Some(cause), &folded, out).ok_or(Refusal::NotLoggedIn)?;
    out.out
        .push(Effect::Reply(cause, Reply::AccountDropped(name)));
    Ok(())
}

/// Takes an account away, and logs out all who are in it.
pub(super) fn drop_account(
    core: &mut Core,
    at: MsgId,
    cause: Option<Cause>,
    folded: &Folded,
    out: &mut Effects,
) -> Option<Name> {
    let name = core.accounts.get(folded)?.name.clone();
    let inside: Vec<UserId> = core
        .users
        .values()
        .filter(|user| user.profile.account.as_ref() == Some(&name))
        .map(|user| user.profile.id)
        .collect();
    for id in inside {
        let Some(user) = core.users.get(&id) else {
            continue;
        };
        let cx = match cause {
            Some(cause) if user.sessions.contains(&cause.session) => ActionContext {
                profile: user.profile.clone(),
                at,
                cause,
            },
            _ => ActionContext::nobody(user.profile.clone(), at),
        };
        if user.sessions.is_empty() {
            // Who stayed by the account alone goes with it.
            let words = "The account was deleted".into();
            quit::end_user(core, at, &cx.profile, &words, out);
        } else {
            show(core, &cx, None, out);
        }
    }
    registered::account_gone(core, at, folded, out);
    for session in core.sessions.values_mut() {
        if session.account.as_ref() == Some(&name) {
            session.account = None;
        }
    }
    if let Some(account) = core.accounts.remove(folded) {
        core.markers.forget(&account.party());
    }
    out.records.push(Record::AccountDropped(folded.clone()));
    Some(name)
}

/// Ends the sessions of whoever else goes by a nick that is one's own account's.
pub(super) fn recover(
    core: &mut Core,
    cx: &ActionContext,
    nick: &Name,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let own = rules::account::own(core, cx.cause.session)?.folded.clone();
    let target = core.user_by_nick(nick)?.profile.clone();
    if core.nick_key(nick) != own || target.id == cx.profile.id {
        return Err(Refusal::NotYourNick(target.nick.clone()));
    }
    // What they have stayed for would be gone.
    if core.user_by_nick(nick)?.always_on.is_some() {
        return Err(Refusal::StaysHere(target.nick.clone()));
    }
    let words = alloc::format!("Ghosted by {}", cx.profile.nick);
    quit::end_user(core, cx.at, &target, &words.into(), out);
    let reply = Reply::Recovered(target.nick.clone());
    out.out.push(Effect::Reply(cx.cause, reply));
    Ok(())
}
