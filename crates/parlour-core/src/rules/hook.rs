//! Rules for hooks.

use crate::error::HookError;
use crate::names;
use crate::replica::Replica;
use crate::request::NewHook;
use crate::rules::account;
use crate::state::{Hook, HookKey, HookRight};
use crate::{Refusal, limits};

/// Checks that a hook may be made: its name could be a nick, and is nobody's and no account's.
pub(crate) fn may_add(replica: &Replica, hook: &NewHook) -> Result<(), Refusal> {
    let name = &hook.name;
    let folded = replica.settings.fold(name);
    let is_nick = names::check_nick(name, replica.settings.limits.nick).is_ok();
    if !is_nick || account::is_not_reserved(replica, name, None).is_err() {
        return Err(Refusal::Hook(HookError::BadName(name.clone())));
    }
    let looks = names::looks(name);
    let is_taken = replica.nicks.contains_key(&folded)
        || replica.accounts.get(&folded).is_some()
        || replica.accounts.looks_like_another(&looks, None)
        || replica.hooks.has(&folded);
    if is_taken {
        return Err(Refusal::Hook(HookError::NameTaken(name.clone())));
    }
    if replica.hooks.len() >= limits::HOOKS {
        return Err(Refusal::Hook(HookError::TooMany));
    }
    Ok(())
}

/// Returns the hook of a token that gives a right. A token that gives another one is as good as none.
pub(crate) fn with_right<'r>(
    replica: &'r Replica,
    key: &HookKey,
    right: HookRight,
) -> Result<&'r Hook, Refusal> {
    let found = replica.hooks.by_key(key).filter(|hook| hook.right == right);
    found.ok_or(Refusal::Hook(HookError::NoSuchToken))
}
