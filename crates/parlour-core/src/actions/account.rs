//! Accounts: creation, verification, login, logout, password, certificates and deletion.

use crate::error::{AccountError, AuthError, NameError};
use crate::names::{AccountName, Nick};
use crate::reply::AccountReply;
use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::context::ActionContext;
use super::{always_on, audience, ban, host, metadata, quit, registered};
use crate::history::Party;
use crate::login::{Login, Proof};
use crate::names::Folded;
use crate::replica::{Outcome, Replica};
use crate::request::{NewAccount, NewPassword, Preference};
use crate::state::{Account, BanTarget, CodeCheck, Metadata, Profile, Verifier};
use crate::{
    Body, Cause, Effect, MsgId, Name, Record, Refusal, Reply, Secret, SessionId, UserId, limits,
    rules,
};

/// Creates an account, and logs the requester in unless it is for somebody else. If a code was
/// mailed, the account waits for [`verify`].
pub(super) fn create(
    replica: &mut Replica,
    at: MsgId,
    cause: Cause,
    new: NewAccount,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    // Checked again: another request may have taken the name while the password was hashed.
    let name = rules::account::may_create(replica, replica.now(at), cause.session, &new)?;
    let mut account = Account {
        folded: replica.settings.fold(&name),
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
    }
    if let Some(code) = new.code {
        // The account comes into being when the code is verified.
        replica.unverified.put(account, code, replica.clock);
        let reply = Reply::Account(AccountReply::VerificationRequired(name));
        out.effects.push(Effect::Reply(cause, reply));
        return Ok(());
    }
    out.records.push(Record::Account(account.clone()));
    replica.accounts.put(account);
    if new.for_another {
        replica.audit(
            cause.session,
            "account",
            name.clone().into(),
            "made".into(),
            at,
            out,
        );
    }
    let made = Reply::Account(AccountReply::AccountCreated(name.clone(), new.for_another));
    out.effects.push(Effect::Reply(cause, made));
    if !new.for_another {
        set_login(replica, at, cause, Some(name), out);
    }
    Ok(())
}

/// Creates the account whose mailed code has come back, and logs the requester in.
pub(super) fn verify(
    replica: &mut Replica,
    at: MsgId,
    cause: Cause,
    name: &AccountName,
    code: &Secret,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let folded = rules::account::may_verify(replica, replica.now(at), cause.session, name)?;
    let verdict = replica
        .unverified
        .verify(&folded, code.reveal(), replica.clock);
    let CodeCheck::Right(account) = verdict else {
        return Err(Refusal::Account(AccountError::WrongCode(
            name.clone().into(),
        )));
    };
    let name = account.name.clone();
    out.records.push(Record::Account(account.clone()));
    replica.accounts.put(account);
    out.effects.push(Effect::Reply(
        cause,
        Reply::Account(AccountReply::AccountCreated(name.clone(), false)),
    ));
    set_login(replica, at, cause, Some(name), out);
    Ok(())
}

/// Logs a session in by a proof that was checked outside the core. After SCRAM it only sends the
/// server's signature, and [`finish_login`] follows.
pub(super) fn login(
    replica: &mut Replica,
    at: MsgId,
    cause: Cause,
    login: Login,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let (account, signature) = match &login.proof {
        Proof::Given {
            verifier,
            signature,
        } => {
            let name = login
                .account
                .as_ref()
                .ok_or(Refusal::Auth(AuthError::LoginFailed))?;
            let account = replica.accounts.get(&replica.nick_key(name));
            // Compared with the verifier that was checked: the account may have been deleted and
            // registered anew, or have another password, since then.
            let same = account.filter(|a| a.verifier.is_some() && a.verifier == *verifier);
            (same, signature.clone())
        }
        Proof::Certificate(fingerprint) => {
            let account = replica.accounts.by_certificate(fingerprint);
            let meant = |a: &&Account| {
                let acting_as = login.acting_as.as_ref();
                acting_as.is_none_or(|name| replica.nick_key(name) == a.folded)
            };
            (account.filter(meant), None)
        }
        Proof::Password(_) | Proof::Scram { .. } => (None, None),
    };
    let account = account.ok_or(Refusal::Auth(AuthError::LoginFailed))?;
    rules::ban::may_use(replica, at.time(), &account.folded)?;
    if let Some(signature) = signature {
        let party = account.party();
        replica.session(cause.session).proved = Some((party, login.origin.address.clone()));
        out.effects.push(Effect::Reply(
            cause,
            Reply::Account(AccountReply::Signed(signature)),
        ));
        return Ok(());
    }
    let name = account.name.clone();
    logged_in(replica, at, cause, name, &login.origin.address, out);
    Ok(())
}

/// Completes a SCRAM login, once the client has accepted the server's signature.
pub(super) fn finish_login(
    replica: &mut Replica,
    at: MsgId,
    cause: Cause,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let session = replica.sessions.get_mut(&cause.session);
    // Taken out: a proof counts once.
    let proved = session.and_then(|session| session.proved.take());
    let Some((Party::Account(folded, since), from)) = proved else {
        return Err(Refusal::Auth(AuthError::LoginFailed));
    };
    let account = replica.accounts.get(&folded);
    // An account registered anew under the same name is a different one.
    let account = account.filter(|account| account.created == since);
    let account = account.ok_or(Refusal::Auth(AuthError::LoginFailed))?;
    rules::ban::may_use(replica, at.time(), &account.folded)?;
    let name = account.name.clone();
    logged_in(replica, at, cause, name, &from, out);
    Ok(())
}

/// Tells a session that it is logged in, notes its address with the account, and logs it in.
fn logged_in(
    replica: &mut Replica,
    at: MsgId,
    cause: Cause,
    name: AccountName,
    from: &Name,
    out: &mut Outcome<'_>,
) {
    let account = replica.accounts.get(&replica.settings.fold(&name)).cloned();
    if let Some(mut account) = account
        && account.note_place(from)
    {
        out.records.push(Record::Account(account.clone()));
        replica.accounts.put(account);
    }
    let source = replica
        .user_of(cause.session)
        .map(|user| user.profile.source.clone());
    let reply = Reply::Account(AccountReply::LoggedIn {
        account: name.clone(),
        source,
    });
    out.effects.push(Effect::Reply(cause, reply));
    set_login(replica, at, cause, Some(name), out);
}

/// Sets the account of a session, and of its user if there is one.
pub(super) fn set_login(
    replica: &mut Replica,
    at: MsgId,
    cause: Cause,
    account: Option<AccountName>,
    out: &mut Outcome<'_>,
) {
    // The console creates accounts for others, and is logged into none.
    if cause.session == SessionId::CONSOLE {
        return;
    }
    let session = replica.session(cause.session);
    session.account = account.clone();
    if let Some(user) = session.user.and_then(|id| replica.users.get(&id)) {
        let cx = ActionContext {
            profile: user.profile.clone(),
            at,
            cause,
        };
        show(replica, &cx, account, out);
    }
}

/// Sets or clears the account of a user and of all their sessions, and tells others.
pub(super) fn show(
    replica: &mut Replica,
    cx: &ActionContext,
    account: Option<AccountName>,
    out: &mut Outcome<'_>,
) {
    if cx.profile.account == account {
        return;
    }
    let id = cx.profile.id;
    let sessions = replica.users.get(&id).map(|user| user.sessions.clone());
    for session in sessions.into_iter().flatten() {
        if let Some(session) = replica.sessions.get_mut(&session) {
            session.account = account.clone();
        }
    }
    let profile = Arc::new(Profile {
        account: account.clone(),
        ..(*cx.profile).clone()
    });
    replica.set_profile(id, &profile);
    if let Some(user) = replica.users.get(&id) {
        let heard = audience::neighbours_and_watchers(replica, user, out);
        let event = cx.event(Body::Account(account.clone()));
        out.event(heard, Some(cx.cause), event);
    }
    let before = cx.profile.account.as_ref();
    let before = before.and_then(|name| replica.accounts.get(&replica.nick_key(name)));
    let before = before.map(|account| account.metadata.clone());
    let before = before.unwrap_or_default();
    host::review(replica, cx, id, out);
    metadata::change_account(replica, cx, &before, account.as_ref(), out);
    always_on::review(replica, id, out);
}

/// Changes the account of the requester, and records it.
fn change(
    replica: &mut Replica,
    session: SessionId,
    out: &mut Outcome<'_>,
    make: impl FnOnce(&mut Account) -> Result<(), Refusal>,
) -> Result<Name, Refusal> {
    let mut account = rules::account::own(replica, session)?.clone();
    make(&mut account)?;
    out.records.push(Record::Account(account.clone()));
    let name = account.name.clone();
    replica.accounts.put(account);
    Ok(name.into())
}

/// Sets another password for the requester's account, and ends its other sessions.
pub(super) fn set_password(
    replica: &mut Replica,
    at: MsgId,
    cause: Cause,
    password: NewPassword,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let verifier: Option<Verifier> = password.verifier;
    let name = change(replica, cause.session, out, |account| {
        account.verifier = verifier;
        Ok(())
    })?;
    // Sessions logged in with the old password must not outlive it.
    let target = BanTarget::Account(replica.settings.fold(&name));
    let words = "The password of your account was changed".into();
    ban::end_others(replica, at, cause.session, &target, &words, out);
    out.effects.push(Effect::Reply(
        cause,
        Reply::Account(AccountReply::PasswordSet(name.into())),
    ));
    Ok(())
}

/// Adds or removes a certificate fingerprint of the requester's account.
pub(super) fn certificate(
    replica: &mut Replica,
    cause: Cause,
    fingerprint: &Name,
    add: bool,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    // A fingerprint belongs to one account at most: a login by certificate need not name one.
    let taken = replica.accounts.by_certificate(fingerprint).is_some();
    change(replica, cause.session, out, |account| {
        if add && (taken || account.certificates.len() >= limits::CERTIFICATES) {
            return Err(Refusal::Account(AccountError::CertificateTaken));
        }
        if add {
            account.certificates.insert(fingerprint.clone());
        } else if !account.certificates.remove(fingerprint) {
            return Err(Refusal::Account(AccountError::NoCertificate));
        }
        Ok(())
    })?;
    let reply = Reply::Account(AccountReply::CertificateSet(fingerprint.clone(), add));
    out.effects.push(Effect::Reply(cause, reply));
    Ok(())
}

/// Switches a preference of the requester's account on or off.
pub(super) fn set_preference(
    replica: &mut Replica,
    cx: &ActionContext,
    preference: Preference,
    on: bool,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    rules::account::may_prefer(replica, cx.cause.session, preference, on)?;
    change(replica, cx.cause.session, out, |account| {
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
    let reply = Reply::Account(AccountReply::PreferenceSet(preference, on));
    out.effects.push(Effect::Reply(cx.cause, reply));
    always_on::review_all(replica, out);
    always_on::review(replica, cx.profile.id, out);
    Ok(())
}

/// Deletes the requester's account. An account registered under its name later is a different one.
pub(super) fn drop_own(
    replica: &mut Replica,
    at: MsgId,
    cause: Cause,
    name: &AccountName,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let folded = rules::account::own(replica, cause.session)?.folded.clone();
    if replica.nick_key(name) != folded {
        return Err(Refusal::Name(NameError::NotYourNick((&**name).into())));
    }
    let name = drop_account(replica, at, Some(cause), &folded, out)
        .ok_or(Refusal::Auth(AuthError::NotLoggedIn))?;
    out.effects.push(Effect::Reply(
        cause,
        Reply::Account(AccountReply::AccountDropped(name)),
    ));
    Ok(())
}

/// Deletes an account, and logs out all users and sessions in it.
pub(super) fn drop_account(
    replica: &mut Replica,
    at: MsgId,
    cause: Option<Cause>,
    folded: &Folded,
    out: &mut Outcome<'_>,
) -> Option<AccountName> {
    let name = replica.accounts.get(folded)?.name.clone();
    let inside: Vec<UserId> = replica
        .users
        .values()
        .filter(|user| user.profile.account.as_ref() == Some(&name))
        .map(|user| user.profile.id)
        .collect();
    for id in inside {
        let Some(user) = replica.users.get(&id) else {
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
            quit::end_user(replica, at, &cx.profile, &words, out);
        } else {
            show(replica, &cx, None, out);
        }
    }
    registered::account_dropped(replica, at, folded, out);
    for session in replica.sessions.values_mut() {
        if session.account.as_ref() == Some(&name) {
            session.account = None;
        }
    }
    // Removed last: `show` above still needs its metadata.
    if let Some(account) = replica.accounts.remove(folded) {
        replica.markers.forget(&account.party());
    }
    replica.pushes.forget(folded);
    out.records.push(Record::AccountDropped(folded.clone()));
    Some(name)
}

/// Ends the sessions of another user who holds the nick of the requester's account.
pub(super) fn recover(
    replica: &mut Replica,
    cx: &ActionContext,
    nick: &Nick,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let own = rules::account::own(replica, cx.cause.session)?
        .folded
        .clone();
    let target = replica.user_by_nick(nick)?.profile.clone();
    if replica.nick_key(nick) != own || target.id == cx.profile.id {
        return Err(Refusal::Name(NameError::NotYourNick(target.nick.clone())));
    }
    // Ending an always-on user would end their memberships and their backlog.
    if replica.user_by_nick(nick)?.always_on.is_some() {
        return Err(Refusal::Name(NameError::NickAlwaysOn(target.nick.clone())));
    }
    let words = alloc::format!("Ghosted by {}", cx.profile.nick);
    quit::end_user(replica, cx.at, &target, &words.into(), out);
    let reply = Reply::Account(AccountReply::Recovered(target.nick.clone()));
    out.effects.push(Effect::Reply(cx.cause, reply));
    Ok(())
}
