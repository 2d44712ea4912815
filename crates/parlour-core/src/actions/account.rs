//! Into an account, or out of it.

use alloc::sync::Arc;

use super::{Doer, audience};
use crate::state::Profile;
use crate::{Body, Core, Effects, Name};

pub(super) fn account(core: &mut Core, doer: &Doer, account: Option<Name>, out: &mut Effects) {
    if doer.profile.account == account {
        return;
    }
    let profile = Arc::new(Profile {
        account: account.clone(),
        ..(*doer.profile).clone()
    });
    core.set_profile(doer.profile.id, &profile);
    if let Some(user) = core.users.get(&doer.profile.id) {
        let heard = audience::around_and_watching(core, user);
        out.event(heard, Some(doer.cause), doer.event(Body::Account(account)));
    }
}
