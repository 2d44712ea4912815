//! Rules for secrets: changes that need one checked or hashed, and connections it may come over.

use super::Core;
use super::auth_throttle::is_loopback;
use crate::error::{AccountError, AuthError};
use crate::login::{Login, Proof, SecretsTask};
use crate::names::Folded;
use crate::replica::Replica;
use crate::request::{AdminCommand, NewPassword, OperLogin};
use crate::secret::Secret;
use crate::state::Account;
use crate::{Change, Name, Refusal, SessionId, mask, rules};

/// Check or hash of secrets that a change has to wait for.
pub(crate) struct SecretsCheck {
    pub secrets: SecretsTask,
    /// Address that the secret came from.
    pub from: Name,
    /// Account that the secret is for, whether it exists or not.
    pub account: Option<Folded>,
}

/// Returns the task for the secrets of a change, which are taken out of it; none if it has none.
#[expect(
    clippy::too_many_lines,
    reason = "a table with one row for each change"
)]
pub(crate) fn secrets_check(
    core: &Core,
    session: SessionId,
    change: &mut Change,
) -> Result<Option<SecretsCheck>, Refusal> {
    keep_key_private(core, change);
    match change {
        Change::Register(registration) | Change::Resume(registration, _) => {
            // Taken out of the change: no password gets into the journal.
            let given = registration.password.take();
            let Some(wanted) = &core.replica.settings.password else {
                return Ok(None);
            };
            let from = registration.address.clone();
            if given.is_some() {
                may_send(core, &from, registration.secure)?;
            }
            Ok(Some(SecretsCheck {
                secrets: SecretsTask::Compare {
                    given: given.ok_or(AuthError::WrongPassword)?,
                    wanted: Some(wanted.clone()),
                },
                from,
                account: None,
            }))
        }
        Change::Oper(login) => oper(core, session, login),
        Change::Login(given) => login(core, given),
        Change::Admin(AdminCommand::CheckPassword(given)) => {
            rules::console::require_console(session)?;
            login(core, given)
        }
        Change::CreateAccount(new) => {
            rules::account::may_create(&core.replica, core.now, session, new)?;
            may_send(core, &new.origin.address, new.origin.secure)?;
            if !new.for_another
                && core
                    .auth_throttle
                    .is_registration_throttled(core.now.instant, &new.origin.address)
            {
                return Err(Refusal::Auth(AuthError::PasswordsBusy));
            }
            hash(core, new.password.take(), &new.origin.address)
        }
        Change::Admin(AdminCommand::ResetPassword(name, password)) => {
            rules::console::require_console(session)?;
            if core
                .replica
                .accounts
                .get(&core.replica.nick_key(name))
                .is_none()
            {
                return Err(Refusal::Account(AccountError::NoSuchAccount(name.clone())));
            }
            hash(core, password.password.take(), &password.origin.address)
        }
        Change::SetPassword(password) => {
            set_password(core, rules::account::own(&core.replica, session)?, password)
        }
        Change::Settings(_)
        | Change::NodeLost(_)
        | Change::GraceOver(_)
        | Change::MarkRead(..)
        | Change::ShowChannels
        | Change::FinishLogin
        | Change::Nick(_)
        | Change::Join(..)
        | Change::Part(..)
        | Change::PartAll
        | Change::Topic(..)
        | Change::Invite { .. }
        | Change::Kick { .. }
        | Change::Mode(..)
        | Change::UserModes { .. }
        | Change::Send(_)
        | Change::Relay(_)
        | Change::Redact(..)
        | Change::Away(_)
        | Change::RealName(_)
        | Change::Rename { .. }
        | Change::ChannelService(..)
        | Change::Knock(..)
        | Change::ModeAsOper(..)
        | Change::Admin(_)
        | Change::Ban(_)
        | Change::Unban(_)
        | Change::Kill { .. }
        | Change::Wallops(_)
        | Change::Accept(_)
        | Change::SetMetadata { .. }
        | Change::ClearMetadata(_)
        | Change::Logout
        | Change::Verify(..)
        | Change::Certificate(..)
        | Change::SetPreference(..)
        | Change::DropAccount(_)
        | Change::Recover(_)
        | Change::Push(_)
        | Change::Quit { .. } => Ok(None),
    }
}

/// Returns the comparison of a server operator's password.
fn oper(
    core: &Core,
    session: SessionId,
    login: &mut OperLogin,
) -> Result<Option<SecretsCheck>, Refusal> {
    let given = login.password.take();
    let user = core
        .replica
        .user_of(session)
        .ok_or(Refusal::Auth(AuthError::NoOperHost))?;
    rules::oper::is_alone(user)?;
    let origin = &login.origin;
    may_send(core, &origin.address, origin.secure)?;
    let source = alloc::format!("{}@{}", user.profile.user, origin.address);
    let from = |from: &Name| mask::matches(from, &source);
    // Without a block that may be used from there, the password is compared with nothing,
    // so that the answer does not tell which operators exist.
    let block = core
        .replica
        .settings
        .oper(&login.name)
        .filter(|block| block.from.is_empty() || block.from.iter().any(from));
    Ok(Some(SecretsCheck {
        secrets: SecretsTask::Compare {
            given: given.ok_or(Refusal::Auth(AuthError::WrongPassword))?,
            wanted: block.map(|block| block.password.clone()),
        },
        from: origin.address.clone(),
        account: None,
    }))
}

/// Returns the comparison of the current password if the account has one, else the hash of the new
/// one.
fn set_password(
    core: &Core,
    account: &Account,
    password: &mut NewPassword,
) -> Result<Option<SecretsCheck>, Refusal> {
    let from = password.origin.address.clone();
    if !is_private(core, &from, password.origin.secure) {
        return Err(Refusal::Auth(AuthError::InsecurePassword));
    }
    may_try(core, &from, Some(&account.folded))?;
    // Two rounds: once the current password is taken out and right, the next round hashes the new
    // one.
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

/// Returns the hash task of a new password, which is kept as a verifier only.
fn hash(
    core: &Core,
    password: Option<Secret>,
    from: &Name,
) -> Result<Option<SecretsCheck>, Refusal> {
    let password = password.ok_or(Refusal::Auth(AuthError::WrongPassword))?;
    let least = core.replica.settings.accounts.password_min;
    rules::account::is_password(password.reveal(), least)?;
    Ok(Some(SecretsCheck {
        secrets: SecretsTask::Hash(password),
        from: from.clone(),
        account: None,
    }))
}

/// Returns the check of a login. Without an account it compares with nothing for as long, so that
/// nobody learns which accounts exist.
fn login(core: &Core, login: &mut Login) -> Result<Option<SecretsCheck>, Refusal> {
    let from = login.origin.address.clone();
    let name = login
        .account
        .as_ref()
        .map(|name| core.replica.nick_key(name));
    if let Some(acting_as) = &login.acting_as
        && name
            .as_ref()
            .is_some_and(|name| core.replica.nick_key(acting_as) != *name)
    {
        return Err(Refusal::Auth(AuthError::LoginFailed));
    }
    let account = name
        .as_ref()
        .and_then(|name| core.replica.accounts.get(name));
    let verifier = account.and_then(|account| account.verifier.clone());
    let given = Proof::Given {
        verifier: verifier.clone(),
        signature: None,
    };
    match &login.proof {
        Proof::Password(_) if !is_private(core, &from, login.origin.secure) => {
            return Err(Refusal::Auth(AuthError::InsecurePassword));
        }
        // Nobody guesses a certificate: the limit does not apply.
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
        // The TLS handshake has proved it already.
        certificate @ (Proof::Certificate(_) | Proof::Given { .. }) => {
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

/// Checks that a secret may be sent from an address: over a private connection, and within the
/// limits of [`may_try`].
fn may_send(core: &Core, from: &str, secure: bool) -> Result<(), Refusal> {
    if !is_private(core, from, secure) {
        return Err(Refusal::Auth(AuthError::InsecurePassword));
    }
    may_try(core, from, None)
}

/// Takes the key out of a registration on whose way others can read: whoever has it is this user.
fn keep_key_private(core: &Core, change: &mut Change) {
    if let Change::Resume(registration, _) = change
        && !is_private(core, &registration.address, registration.secure)
    {
        *change = Change::Register(registration.clone());
    }
}

/// Returns whether nobody can read on the way what comes from an address.
fn is_private(core: &Core, from: &str, secure: bool) -> bool {
    secure || core.replica.settings.plaintext_passwords || is_loopback(from)
}

/// Checks that an address, or an account, has not reached the limit of wrong passwords.
fn may_try(core: &Core, from: &str, account: Option<&Folded>) -> Result<(), Refusal> {
    if is_locked_out(core, from, account) {
        return Err(Refusal::Auth(AuthError::TooManyPasswords));
    }
    if !core.auth_throttle.may_begin(from) {
        return Err(Refusal::Auth(AuthError::PasswordsBusy));
    }
    Ok(())
}

/// Returns whether an address or an account has reached the limit of wrong passwords. From an
/// address that the owner has logged in from, only wrong passwords of that address count: nobody
/// else can lock them out.
pub(crate) fn is_locked_out(core: &Core, from: &str, account: Option<&Folded>) -> bool {
    let (attempts, now) = (&core.auth_throttle, core.now.instant);
    let Some(account) = account else {
        return attempts.is_address_throttled(now, from);
    };
    if is_known(&core.replica, from, account) {
        return attempts.is_account_throttled_at(now, account, from);
    }
    attempts.is_address_throttled(now, from) || attempts.is_account_throttled(now, account)
}

/// Returns whether the owner of an account has logged in from an address before.
pub(crate) fn is_known(replica: &Replica, from: &str, account: &Folded) -> bool {
    let account = replica.accounts.get(account);
    account.is_some_and(|account| account.knows(from))
}
