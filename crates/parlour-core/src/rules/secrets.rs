//! Which changes need a secret to be checked or made, and from where one is taken.

use crate::login::{Proof, SecretsTask};
use crate::names::Folded;
use crate::request::{AdminCommand, NewPassword};
use crate::secret::Secret;
use crate::state::{Account, is_loopback};
use crate::{Change, Core, Name, Refusal, SessionId, Time, mask, rules};

/// Something to be done with secrets before a change can be made.
pub(crate) struct SecretsCheck {
    pub secrets: SecretsTask,
    /// The address that it came from.
    pub from: Name,
    /// The account that it is about, whether there is one or not.
    pub account: Option<Folded>,
}

/// What has to be done with the secrets of a change, which are taken out of it; nothing, if it
/// has none.
pub(crate) fn wanted(
    core: &Core,
    now: Time,
    session: SessionId,
    change: &mut Change,
) -> Result<Option<SecretsCheck>, Refusal> {
    let compare = |given: Option<Secret>, wanted: &Secret, from: Name| {
        let given = given.ok_or(Refusal::WrongPassword)?;
        let wanted = Some(wanted.clone());
        Ok(Some(SecretsCheck {
            secrets: SecretsTask::Compare { given, wanted },
            from,
            account: None,
        }))
    };
    match change {
        Change::Register(registration) => {
            let given = registration.password.take();
            let Some(wanted) = &core.settings.password else {
                return Ok(None);
            };
            let from = registration.address.clone();
            if given.is_some() {
                may_send(core, &from, registration.secure)?;
            }
            compare(given, wanted, from)
        }
        Change::Oper(login) => {
            let given = login.password.take();
            let user = core.user_of(session).ok_or(Refusal::NoOperHost)?;
            rules::oper::is_alone(user)?;
            let origin = &login.origin;
            may_send(core, &origin.address, origin.secure)?;
            let source = alloc::format!("{}@{}", user.profile.user, origin.address);
            let from = |from: &Name| mask::matches(from, &source);
            // An operator who is not known from there is held against nothing: nobody learns
            // which there are.
            let block = core
                .settings
                .oper(&login.name)
                .filter(|block| block.from.is_empty() || block.from.iter().any(from));
            Ok(Some(SecretsCheck {
                secrets: SecretsTask::Compare {
                    given: given.ok_or(Refusal::WrongPassword)?,
                    wanted: block.map(|block| block.password.clone()),
                },
                from: origin.address.clone(),
                account: None,
            }))
        }
        Change::Login(_) => login(core, change),
        Change::CreateAccount(new) => {
            rules::account::may_create(core, now, session, new)?;
            may_send(core, &new.origin.address, new.origin.secure)?;
            if !new.for_another
                && core
                    .auth_throttle
                    .makes_too_many_accounts(core.instant, &new.origin.address)
            {
                return Err(Refusal::PasswordsBusy);
            }
            hash(core, new.password.take(), &new.origin.address)
        }
        Change::Admin(AdminCommand::ResetPassword(name, password)) => {
            rules::console::require_console(session)?;
            if core.accounts.get(&core.nick_key(name)).is_none() {
                return Err(Refusal::NoSuchAccount(name.clone()));
            }
            hash(core, password.password.take(), &password.origin.address)
        }
        Change::SetPassword(password) => {
            set_password(core, rules::account::own(core, session)?, password)
        }
        _ => Ok(None),
    }
}

/// First the current password is compared, where the account has one; then the new one is hashed.
fn set_password(
    core: &Core,
    account: &Account,
    password: &mut NewPassword,
) -> Result<Option<SecretsCheck>, Refusal> {
    let from = password.origin.address.clone();
    if !is_private(core, &from, password.origin.secure) {
        return Err(Refusal::InsecurePassword);
    }
    may_try(core, &from, Some(&account.folded))?;
    match (password.current.take(), &account.verifier) {
        (Some(given), Some(verifier)) => Ok(Some(SecretsCheck {
            secrets: SecretsTask::Compare {
                given,
                wanted: Some(verifier.hash.clone()),
            },
            from,
            account: Some(account.folded.clone()),
        })),
        _ => hash(core, password.password.take(), &from),
    }
}

/// A new password, which is kept as what others are held against only.
fn hash(
    core: &Core,
    password: Option<Secret>,
    from: &Name,
) -> Result<Option<SecretsCheck>, Refusal> {
    let password = password.ok_or(Refusal::WrongPassword)?;
    let least = core.settings.accounts.password_min;
    rules::account::is_password(password.reveal(), least)?;
    Ok(Some(SecretsCheck {
        secrets: SecretsTask::Hash(password),
        from: from.clone(),
        account: None,
    }))
}

/// A login is held against its account. Where there is none, it is held against nothing for as
/// long, so that nobody learns which there are.
fn login(core: &Core, change: &mut Change) -> Result<Option<SecretsCheck>, Refusal> {
    let Change::Login(login) = change else {
        return Ok(None);
    };
    let from = login.origin.address.clone();
    let name = login.account.as_ref().map(|name| core.nick_key(name));
    if let Some(acting_as) = &login.acting_as
        && name
            .as_ref()
            .is_some_and(|name| core.nick_key(acting_as) != *name)
    {
        return Err(Refusal::LoginFailed);
    }
    let account = name.as_ref().and_then(|name| core.accounts.get(name));
    let verifier = account.and_then(|account| account.verifier.clone());
    let given = Proof::Given {
        verifier: verifier.clone(),
        signature: None,
    };
    match &login.proof {
        Proof::Password(_) if !is_private(core, &from, login.origin.secure) => {
            return Err(Refusal::InsecurePassword);
        }
        // Nobody guesses a certificate.
        Proof::Certificate(_) => {}
        Proof::Password(_) | Proof::Scram { .. } | Proof::Given { .. } => {
            may_try(core, &from, name.as_ref())?;
        }
    }
    let secrets = match core::mem::replace(&mut login.proof, given) {
        Proof::Password(given) => SecretsTask::Compare {
            given,
            wanted: verifier.map(|verifier| verifier.hash),
        },
        Proof::Scram { messages, proof } => SecretsTask::Scram {
            keys: verifier.map(|verifier| verifier.scram),
            messages,
            proof,
        },
        // The connection has shown it already.
        certificate => {
            login.proof = certificate;
            return Ok(None);
        }
    };
    Ok(Some(SecretsCheck {
        secrets,
        from,
        account: name,
    }))
}

/// Whether a secret is taken from there: not where others could read it on its way, and not
/// after too many wrong ones.
fn may_send(core: &Core, from: &str, secure: bool) -> Result<(), Refusal> {
    if !is_private(core, from, secure) {
        return Err(Refusal::InsecurePassword);
    }
    may_try(core, from, None)
}

/// Whether nobody can read on its way what comes from there.
fn is_private(core: &Core, from: &str, secure: bool) -> bool {
    secure || core.settings.plaintext_passwords || is_loopback(from)
}

/// Whether there have not been too many wrong ones, from there or for this account.
fn may_try(core: &Core, from: &str, account: Option<&Folded>) -> Result<(), Refusal> {
    if is_barred(core, from, account) {
        return Err(Refusal::TooManyPasswords);
    }
    if !core.auth_throttle.may_begin(from) {
        return Err(Refusal::PasswordsBusy);
    }
    Ok(())
}

/// Whether there have been too many wrong passwords from there or for this account. Where its owner
/// has logged in before, only what was guessed for it from there counts: nobody else can bar them.
pub(crate) fn is_barred(core: &Core, from: &str, account: Option<&Folded>) -> bool {
    let (attempts, now) = (&core.auth_throttle, core.instant);
    let Some(account) = account else {
        return attempts.are_too_many(now, from);
    };
    if is_known(core, from, account) {
        return attempts.are_too_many_at(now, account, from);
    }
    attempts.are_too_many(now, from) || attempts.are_too_many_for(now, account)
}

/// Whether the owner of an account has logged in from there before.
pub(crate) fn is_known(core: &Core, from: &str, account: &Folded) -> bool {
    let account = core.accounts.get(account);
    account.is_some_and(|account| account.knows(from))
}
