//! Whose private messages one takes in spite of +R.

use alloc::vec::Vec;

use super::Doer;
use crate::{Core, Effect, Effects, Name, Refusal, Reply};

pub(super) fn accept(core: &mut Core, doer: &Doer, changes: Vec<(Name, bool)>, out: &mut Effects) {
    let most = core.settings.limits.monitor;
    for (nick, add) in changes {
        let folded = core.settings.fold(&nick);
        let here = core.nicks.get(&folded).and_then(|id| core.users.get(id));
        let shown = here.map_or(nick, |user| user.profile.nick.clone());
        let Some(user) = core.users.get_mut(&doer.profile.id) else {
            return;
        };
        let known = user.accepts.contains_key(&folded);
        let refusal = match (add, known) {
            (true, true) => Refusal::AcceptedAlready(shown),
            (true, false) if user.accepts.len() >= most => Refusal::AcceptFull,
            (true, false) => {
                user.accepts.insert(folded, shown);
                continue;
            }
            (false, true) => {
                user.accepts.remove(&folded);
                continue;
            }
            (false, false) => Refusal::NotAccepted(shown),
        };
        out.out
            .push(Effect::Reply(doer.cause, Reply::Refused(refusal)));
    }
}
