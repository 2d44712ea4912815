//! Accounts: creation, verification, login, logout, password, certificates and deletion.

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

/// Creates an account, and logs the requester in unless it is for somebody else. If a code was
/// mailed, the account waits for [`verify`].
pub(super) fn create(
    core: &mut Core,
    at: MsgId,
    cause: Cause,
    new: NewAccount,
    out: &mut Effects,
) -> Result<(), Refusal> {
    // Checked again: another request may have taken the name while the password was hashed.
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
        // The account comes into being when the code is verified.
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
    let made = Reply::AccountCreated(name.clone(), new.for_another);
    out.out.push(Effect::Reply(cause, made));
    if !new.for_another {
        set_login(core, at, cause, Some(name), out);
    }
    Ok(())
}

/// Creates the account whose mailed code has come back, and logs the requester in.
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
        Reply::AccountCreated(name.clone(), false),
    ));
    set_login(core, at, cause, Some(name), out);
    Ok(())
}

/// Logs a session in by a proof that was checked outside the core. After SCRAM it only sends the
/// server's signature, and [`finish_login`] follows.
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
            // Compared with the verifier that was checked: the account may have been deleted and
            // registered anew, or have another password, since then.
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

/// Completes a SCRAM login, once the client has accepted the server's signature.
pub(super) fn finish_login(
    core: &mut Core,
    at: MsgId,
    cause: Cause,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let session = core.sessions.get_mut(&cause.session);
    // Taken out: a proof counts once.
    let proved = session.and_then(|session| session.proved.take());
    let Some((Party::Account(folded, since), from)) = proved else {
        return Err(Refusal::LoginFailed);
    };
    let account = core.accounts.get(&folded);
    // An account registered anew under the same name is a different one.
    let account = account.filter(|account| account.created == since);
    let account = account.ok_or(Refusal::LoginFailed)?;
    rules::ban::may_use(core, at.time(), &account.folded)?;
    let name = account.name.clone();
    logged_in(core, at, cause, name, &from, out);
    Ok(())
}

/// Tells a session that it is logged in, notes its address with the account, and logs it in.
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

/// Sets the account of a session, and of its user if there is one.
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

/// Sets or clears the account of a user and of all their sessions, and tells others.
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
        let heard = audience::neighbours_and_watchers(core, user);
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

/// Changes the account of the requester, and records it.
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

/// Sets another password for the requester's account, and ends its other sessions.
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
    // Sessions logged in with the old password must not outlive it.
    let target = BanTarget::Account(core.settings.fold(&name));
    let words = "The password of your account was changed".into();
    ban::end_others(core, at, cause.session, &target, &words, out);
    out.out.push(Effect::Reply(cause, Reply::PasswordSet(name)));
    Ok(())
}

/// Adds or removes a certificate fingerprint of the requester's account.
pub(super) fn certificate(
    core: &mut Core,
    cause: Cause,
    fingerprint: &Name,
    add: bool,
    out: &mut Effects,
) -> Result<(), Refusal> {
    // A fingerprint belongs to one account at most: a login by certificate need not name one.
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

/// Switches a preference of the requester's account on or off.
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
                // Always-on requires multiclient.
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

/// Deletes the requester's account. An account registered under its name later is a different one.
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

/// Deletes an account, and logs out all users and sessions in it.
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
            _ => ActionContext::without_request(user.profile.clone(), at),
        };
        if user.sessions.is_empty() {
            // A user without a connection is here by the account alone, and goes with it.
            let words = "The account was deleted".into();
            quit::end_user(core, at, &cx.profile, &words, out);
        } else {
            show(core, &cx, None, out);
        }
    }
    registered::account_dropped(core, at, folded, out);
    for session in core.sessions.values_mut() {
        if session.account.as_ref() == Some(&name) {
            session.account = None;
        }
    }
    // Removed last: `show` above still needs its metadata.
    if let Some(account) = core.accounts.remove(folded) {
        core.markers.forget(&account.party());
    }
    out.records.push(Record::AccountDropped(folded.clone()));
    Some(name)
}

/// Ends the sessions of another user who holds the nick of the requester's account.
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
    // Ending an always-on user would end their memberships and their backlog.
    if core.user_by_nick(nick)?.always_on.is_some() {
        return Err(Refusal::NickAlwaysOn(target.nick.clone()));
    }
    let words = alloc::format!("Ghosted by {}", cx.profile.nick);
    quit::end_user(core, cx.at, &target, &words.into(), out);
    let reply = Reply::Recovered(target.nick.clone());
    out.out.push(Effect::Reply(cx.cause, reply));
    Ok(())
}
