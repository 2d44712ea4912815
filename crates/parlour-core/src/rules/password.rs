//! Which changes need a password, and from where one is taken.

use crate::secret::Secret;
use crate::state::is_loopback;
use crate::{Change, Core, Name, Refusal, SessionId, Time, mask};

/// A password to be held against another.
pub(crate) struct Check {
    pub given: Secret,
    /// The right one, or its hash.
    pub wanted: Secret,
    /// The address that it came from.
    pub from: Name,
}

/// The password that was given with a change, taken out of it, and the one that is wanted;
/// none if the change needs none.
pub(crate) fn wanted(
    core: &Core,
    now: Time,
    session: SessionId,
    change: &mut Change,
) -> Result<Option<Check>, Refusal> {
    match change {
        Change::Register(registration) => {
            let given = registration.password.take();
            let Some(wanted) = &core.settings.password else {
                return Ok(None);
            };
            let given = given.ok_or(Refusal::WrongPassword)?;
            let from = registration.address.clone();
            may_send(core, now, &from, registration.secure)?;
            let wanted = wanted.clone();
            Ok(Some(Check {
                given,
                wanted,
                from,
            }))
        }
        Change::Oper { name, password } => {
            let given = password.take();
            let user = core.user_of(session).ok_or(Refusal::NoOperHost)?;
            let p = &user.profile;
            may_send(core, now, &p.address, user.secure)?;
            let source = alloc::format!("{}@{}", p.user, p.address);
            let from = |from: &Name| mask::matches(from, &source);
            let block = core
                .settings
                .oper(name)
                .filter(|block| block.from.is_empty() || block.from.iter().any(from))
                .ok_or(Refusal::NoOperHost)?;
            Ok(Some(Check {
                given: given.ok_or(Refusal::WrongPassword)?,
                wanted: block.password.clone(),
                from: p.address.clone(),
            }))
        }
        _ => Ok(None),
    }
}

/// Whether a password is taken from there: not where others could read it on its way, and not
/// after too many wrong ones.
fn may_send(core: &Core, now: Time, from: &str, secure: bool) -> Result<(), Refusal> {
    if !secure && !core.settings.plaintext_passwords && !is_loopback(from) {
        return Err(Refusal::InsecurePassword);
    }
    if core.attempts.are_too_many(now, from) {
        return Err(Refusal::TooManyPasswords);
    }
    Ok(())
}
