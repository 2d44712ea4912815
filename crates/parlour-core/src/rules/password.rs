//! Which changes need a password.

use crate::secret::Secret;
use crate::{Change, Core, Refusal, SessionId, mask};

/// The password that was given with a change, taken out of it, and the one that is wanted;
/// none if the change needs none.
pub(crate) fn wanted(
    core: &Core,
    session: SessionId,
    change: &mut Change,
) -> Result<Option<(Secret, Secret)>, Refusal> {
    match change {
        Change::Register(registration) => {
            let given = registration.password.take();
            match (&core.settings.password, given) {
                (None, _) => Ok(None),
                (Some(wanted), Some(given)) => Ok(Some((given, wanted.clone()))),
                (Some(_), None) => Err(Refusal::WrongPassword),
            }
        }
        Change::Oper { name, password } => {
            let given = password.take();
            let Some(user) = core.user_of(session) else {
                return Err(Refusal::NoOperHost);
            };
            let p = &user.profile;
            let source = alloc::format!("{}@{}", p.user, p.address);
            let block = core
                .settings
                .oper(name)
                .filter(|block| {
                    block.from.is_empty()
                        || block.from.iter().any(|from| mask::matches(from, &source))
                })
                .ok_or(Refusal::NoOperHost)?;
            let given = given.ok_or(Refusal::WrongPassword)?;
            Ok(Some((given, block.password.clone())))
        }
        _ => Ok(None),
    }
}
