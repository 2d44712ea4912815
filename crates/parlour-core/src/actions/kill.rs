//! A user's sessions are ended by an operator of the network.

use alloc::format;

use super::{Doer, quit};
use crate::state::Privilege;
use crate::{Core, Effects, Name, Refusal, rules};

pub(super) fn kill(
    core: &mut Core,
    doer: &Doer,
    nick: &Name,
    reason: &Name,
    out: &mut Effects,
) -> Result<(), Refusal> {
    if let Some(user) = core.users.get(&doer.profile.id) {
        rules::oper::may(user, Privilege::Kill)?;
    }
    let target = core.user_by_nick(nick)?.profile.clone();
    let words: Name = format!("Killed ({} ({reason}))", doer.profile.nick).into();
    quit::end_user(core, doer.at, &target, &words, out);
    Ok(())
}
