//! Rules for accounts: names, passwords, ownership of nicks, always-on and multiclient.

use crate::error::{AccountError, AuthError, NameError};
use crate::login::Login;
use crate::names::AccountName;
use crate::names::{self, Folded, NickError};
use crate::replica::Replica;
use crate::request::{NewAccount, Preference};
use crate::state::{Account, Privilege, ResumeKey, User};
use crate::{Now, Refusal, Secret, SessionId, Task, Time, UserId, limits, rules};

/// Checks whether the session may create this account, and returns the account's name.
pub(crate) fn may_create(
    replica: &Replica,
    now: Now,
    session: SessionId,
    new: &NewAccount,
) -> Result<AccountName, Refusal> {
    let user = replica.user_of(session);
    let is_console = session == SessionId::CONSOLE;
    let may = is_console || user.is_some_and(|user| user.may(Privilege::Accounts));
    let for_another = may && new.for_another;
    if !for_another {
        rules::ban::check_address(replica, now.time, &new.origin.address)?;
    }
    let nick = match user {
        Some(user) => Some(user.profile.nick.clone()),
        None => new.nick.clone(),
    };
    let nick = nick.ok_or(Refusal::Account(AccountError::NeedNick))?;
    let wanted = new.name.clone().unwrap_or_else(|| nick.clone().into());
    let a = &replica.settings.accounts;
    if new.for_another && !for_another {
        return Err(Refusal::NoPrivileges);
    }
    if !for_another && !a.registration {
        return Err(Refusal::Account(AccountError::RegistrationClosed(wanted)));
    }
    // Before the welcome, a connection may not have given the server's password yet.
    if user.is_none() && !for_another && (!a.before_connect || replica.settings.password.is_some())
    {
        return Err(Refusal::Account(AccountError::ConnectFirst(wanted)));
    }
    if !for_another && let Some(own) = replica.login_of(session) {
        return Err(Refusal::Auth(AuthError::LoggedInAlready(own.clone())));
    }
    if replica.settings.accounts.mail && !for_another {
        is_mail(new.mail.as_deref().unwrap_or("*"))?;
        if !replica.unverified.has_room(now.instant) {
            return Err(Refusal::Auth(AuthError::PasswordsBusy));
        }
    }
    let wanted: AccountName = names::prepare_nick(&wanted).into();
    let folded = replica.settings.fold(&wanted);
    let is_own = replica.settings.casemapping.same(&wanted, &nick);
    if !is_own && !for_another && !a.custom_names {
        return Err(Refusal::Account(AccountError::AccountMustBeNick(wanted)));
    }
    let reserved = is_not_reserved(replica, &wanted, None).is_err();
    if names::check_nick(&wanted, replica.settings.limits.nick).is_err() || reserved {
        return Err(Refusal::Account(AccountError::BadAccountName(wanted)));
    }
    // An account that waits for its mailed code holds the name already.
    let waits = replica.unverified.has(&folded, now.instant) && !for_another;
    if waits || !is_free(replica, now.time, &folded)? {
        return Err(Refusal::Account(AccountError::AccountExists(wanted)));
    }
    if !for_another && is_gone_by(replica, user, &folded) {
        return Err(Refusal::Account(AccountError::AccountExists(wanted)));
    }
    Ok(wanted)
}

/// Returns whether there is neither an account of that name nor one that looks the same.
fn is_free(replica: &Replica, now: Time, folded: &Folded) -> Result<bool, Refusal> {
    rules::ban::may_use(replica, now, folded)?;
    let looks = names::looks(folded.as_str());
    let looks_like_one = replica.settings.refuse_confusables
        && replica.accounts.looks_like_another(&looks, Some(folded));
    Ok(replica.accounts.get(folded).is_none() && !looks_like_one)
}

/// Returns whether another user goes by a name, which must not become an account over their head.
fn is_gone_by(replica: &Replica, user: Option<&User>, folded: &Folded) -> bool {
    let holder = replica.nicks.get(folded);
    holder.is_some_and(|id| user.is_none_or(|user| user.profile.id != *id))
}

/// Returns the mail to send before an account is created, and sets the code that has to come back.
pub(crate) fn mail(
    replica: &Replica,
    now: Now,
    session: SessionId,
    new: &mut NewAccount,
    chance: Secret,
) -> Result<Option<Task>, Refusal> {
    if !replica.settings.accounts.mail || new.for_another {
        return Ok(None);
    }
    // Checked again: another request may have taken the name while the password was hashed.
    let account = may_create(replica, now, session, new)?;
    new.code = Some(chance.clone());
    Ok(Some(Task::Mail {
        to: new.mail.clone().unwrap_or_default(),
        account: account.into(),
        code: chance,
    }))
}

/// Checks whether the session may verify an account by a mailed code, which is not checked here.
pub(crate) fn may_verify(
    replica: &Replica,
    now: Now,
    session: SessionId,
    name: &AccountName,
) -> Result<Folded, Refusal> {
    let user = replica.user_of(session);
    let a = &replica.settings.accounts;
    if user.is_none() && (!a.before_connect || replica.settings.password.is_some()) {
        return Err(Refusal::Account(AccountError::ConnectFirst(
            name.clone().into(),
        )));
    }
    if let Some(own) = replica.login_of(session) {
        return Err(Refusal::Auth(AuthError::LoggedInAlready(own.clone())));
    }
    let folded = replica.nick_key(name);
    if !replica.unverified.has(&folded, now.instant) {
        return Err(Refusal::Account(AccountError::WrongCode(
            name.clone().into(),
        )));
    }
    if !is_free(replica, now.time, &folded)? || is_gone_by(replica, user, &folded) {
        return Err(Refusal::Account(AccountError::AccountExists(name.clone())));
    }
    Ok(folded)
}

/// Checks that a text looks like a mail address.
fn is_mail(given: &str) -> Result<(), Refusal> {
    let bad = || Refusal::Account(AccountError::BadMail(given.into()));
    let (local, domain) = given.rsplit_once('@').ok_or_else(bad)?;
    let is_word = !given.chars().any(|c| c.is_whitespace() || c.is_control());
    let is_domain = domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.');
    if local.is_empty() || !is_word || !is_domain || given.len() > limits::MAIL_BYTES {
        return Err(bad());
    }
    Ok(())
}

/// Names of services, the server's own and those that users take for them.
pub(crate) const SERVICES: [&str; 8] = [
    "botserv", "chanserv", "global", "histserv", "hostserv", "memoserv", "nickserv", "operserv",
];

/// Checks that a name is not reserved for the server, its services or its operator, and looks like
/// none that is. The owner of an older account of that name may go by it.
pub(crate) fn is_not_reserved(
    replica: &Replica,
    name: &str,
    account: Option<&str>,
) -> Result<(), Refusal> {
    let looks = names::looks(name);
    let reserved = replica.reserved.has_alike(&looks, |()| true);
    if reserved && !is_own_name(replica, name, account) {
        return Err(Refusal::Name(NameError::BadNick(
            name.into(),
            NickError::Reserved,
        )));
    }
    Ok(())
}

/// Returns whether a nick is the name of the account that the user is logged into.
pub(crate) fn is_own_name(replica: &Replica, nick: &str, account: Option<&str>) -> bool {
    account.is_some_and(|account| replica.nick_key(account) == replica.nick_key(nick))
}

/// Returns the user who goes by a nick that belongs to `account` without being logged into it.
pub(crate) fn nick_squatter<'c>(
    replica: &'c Replica,
    nick: &str,
    account: Option<&str>,
) -> Option<&'c User> {
    let belongs = replica.settings.accounts.nick_reservation && is_own_name(replica, nick, account);
    let holder = replica.user_by_nick(nick).ok().filter(|_| belongs)?;
    (holder.profile.account.as_deref() != account).then_some(holder)
}

/// Returns the account of a login whose password is right, if it may be used.
pub(crate) fn is_usable(
    replica: &Replica,
    now: Time,
    login: &Login,
) -> Result<AccountName, Refusal> {
    let name = login.account.as_ref().map(|name| replica.nick_key(name));
    let account = name.and_then(|name| replica.accounts.get(&name));
    let account = account.ok_or(Refusal::Auth(AuthError::LoginFailed))?;
    rules::ban::may_use(replica, now, &account.folded)?;
    Ok(account.name.clone())
}

/// Checks that a text can be a password.
pub(crate) fn is_password(given: &str, least: usize) -> Result<(), Refusal> {
    if given.len() > limits::PASSWORD_BYTES || given.contains(['\0', '\r', '\n']) {
        return Err(Refusal::Account(AccountError::BadPassword));
    }
    if given.chars().count() < least {
        return Err(Refusal::Account(AccountError::WeakPassword(least)));
    }
    Ok(())
}

/// Returns the account that the session is logged into.
pub(crate) fn own(replica: &Replica, session: SessionId) -> Result<&Account, Refusal> {
    replica
        .login_of(session)
        .and_then(|name| replica.accounts.get(&replica.settings.fold(name)))
        .ok_or(Refusal::Auth(AuthError::NotLoggedIn))
}

/// Returns the user that a new connection is attached to: an always-on user of the account without
/// a connection, or who goes by this nick in the same account.
pub(crate) fn attach_target(
    replica: &Replica,
    nick: &str,
    account: Option<&str>,
) -> Option<UserId> {
    // An always-on user without a connection is meant by any nick.
    let folded = replica.settings.fold(account?);
    let waiting = replica
        .always_on
        .get(&folded)
        .and_then(|id| replica.users.get(id));
    if let Some(user) = waiting.filter(|user| user.sessions.is_empty()) {
        return Some(user.profile.id);
    }
    adrift(replica, nick, account).or_else(|| other_user(replica, nick, account))
}

/// Returns the user of a client that comes back: it has the login that it had, or none as before.
pub(crate) fn resumed(replica: &Replica, key: ResumeKey, account: Option<&str>) -> Option<UserId> {
    let user = replica.users.get(&replica.resumes.user(key)?)?;
    (user.profile.account.as_deref() == account).then_some(user.profile.id)
}

/// Returns the user of an account whose node is lost: the one who goes by this nick, or else any.
fn adrift(replica: &Replica, nick: &str, account: Option<&str>) -> Option<UserId> {
    let is_waiting = |user: &&User| {
        replica.adrift.contains_key(&user.profile.id)
            && user.sessions.is_empty()
            && user.profile.account.as_deref() == account
    };
    let named = replica.user_by_nick(nick).ok().filter(is_waiting);
    let mut users = replica.adrift.keys().filter_map(|&id| replica.user(id));
    let user = named.or_else(|| users.find(is_waiting))?;
    Some(user.profile.id)
}

/// Returns the user who goes by this nick in the same account, if they may have several
/// connections.
pub(crate) fn other_user(replica: &Replica, nick: &str, account: Option<&str>) -> Option<UserId> {
    let user = replica.user_by_nick(nick).ok()?;
    let same = account.is_some() && user.profile.account.as_deref() == account;
    let several = is_multiclient(replica, user);
    (same && several).then_some(user.profile.id)
}

/// Returns whether a user may have several connections.
fn is_multiclient(replica: &Replica, user: &User) -> bool {
    let account = user.profile.account.as_ref();
    let account = account.and_then(|name| replica.accounts.get(&replica.settings.fold(name)));
    replica.settings.accounts.multiclient && account.is_some_and(|account| account.multiclient)
}

/// Returns whether the user of an account is always-on.
pub(crate) fn may_be_always_on(replica: &Replica, account: &Folded) -> bool {
    let a = &replica.settings.accounts;
    let wants = |account: &Account| account.always_on && account.multiclient;
    a.always_on && a.multiclient && replica.accounts.get(account).is_some_and(wants)
}

/// Checks whether the server allows a preference to be switched on.
pub(crate) fn may_prefer(
    replica: &Replica,
    session: SessionId,
    preference: Preference,
    on: bool,
) -> Result<(), Refusal> {
    let a = &replica.settings.accounts;
    let possible = match preference {
        Preference::AlwaysOn => a.always_on && a.multiclient,
        Preference::Multiclient => a.multiclient,
    };
    if on && !possible {
        return Err(Refusal::Account(AccountError::NotPossible(preference)));
    }
    if on && preference == Preference::AlwaysOn && !own(replica, session)?.multiclient {
        return Err(Refusal::Account(AccountError::NeedsMulticlient));
    }
    Ok(())
}

/// Checks whether a user logged into `account`, or into none, may go by this nick: the name of an
/// account is reserved for it.
pub(crate) fn may_go_by(
    replica: &Replica,
    nick: &Folded,
    account: Option<&str>,
) -> Result<(), Refusal> {
    let owner = replica
        .accounts
        .get(nick)
        .filter(|_| replica.settings.accounts.nick_reservation);
    let is_own = |owner: &Account| {
        account.is_some_and(|account| replica.settings.fold(account) == owner.folded)
    };
    match owner {
        Some(owner) if !is_own(owner) => Err(Refusal::Name(NameError::NickReserved(
            (&*owner.name).into(),
        ))),
        Some(_) | None => Ok(()),
    }
}
