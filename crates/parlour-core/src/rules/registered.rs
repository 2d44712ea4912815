//! Whose a channel may be, and who may do what there by their account.

use crate::names::Folded;
use crate::state::{Channel, Privilege, Registered, Right, Rights, User};
use crate::{Core, Name, Refusal, limits};

/// Whether `who` may have the channel for their account: who runs it, and as long as it is
/// nobody's.
pub(crate) fn may_register(core: &Core, channel: &Channel, who: &User) -> Result<Folded, Refusal> {
    if !core.settings.register_channels && !who.may(Privilege::Channels) {
        return Err(Refusal::ChannelsClosed);
    }
    let account = account_of(core, who)?;
    if channel.permanent {
        return Err(Refusal::CannotOwn(channel.name.clone()));
    }
    if channel.registered.is_some() {
        return Err(Refusal::ChannelOwned(channel.name.clone()));
    }
    super::operator(channel, &who.profile)?;
    has_room(core, &account)?;
    Ok(account)
}

/// Whether an account may have one more channel.
fn has_room(core: &Core, account: &Folded) -> Result<(), Refusal> {
    let owned = |channel: &&Channel| {
        let registered = channel.registered.as_ref();
        registered.is_some_and(|registered| registered.founder == *account)
    };
    if core.channels.values().filter(owned).count() >= limits::CHANNELS_PER_ACCOUNT {
        return Err(Refusal::TooManyOwned);
    }
    Ok(())
}

fn account_of(core: &Core, who: &User) -> Result<Folded, Refusal> {
    let account = who.profile.account.as_ref().ok_or(Refusal::NotLoggedIn)?;
    Ok(core.settings.fold(account))
}

/// Whose the channel is.
pub(crate) fn registered(channel: &Channel) -> Result<&Registered, Refusal> {
    let registered = channel.registered.as_ref();
    registered.ok_or_else(|| Refusal::ChannelUnowned(channel.name.clone()))
}

/// Whether `who` may give the channel away or up: its founder, and operators of the network who
/// look after channels.
pub(crate) fn may_dispose(core: &Core, channel: &Channel, who: &User) -> Result<(), Refusal> {
    let registered = registered(channel)?;
    if who.may(Privilege::Channels) || account_of(core, who)? == registered.founder {
        return Ok(());
    }
    Err(Refusal::NotFounder(channel.name.clone()))
}

/// Whether the channel is this user's account's.
pub(crate) fn is_founder(core: &Core, channel: &Channel, who: &User) -> bool {
    let account = account_of(core, who).ok();
    let registered = channel.registered.as_ref();
    registered.is_some_and(|registered| account.as_ref() == Some(&registered.founder))
}

/// Whether it may be given to this account.
pub(crate) fn may_be_given(core: &Core, to: &Name) -> Result<Folded, Refusal> {
    let account = core.accounts.get(&core.nick_key(to));
    let account = account.ok_or_else(|| Refusal::NoSuchAccount(to.clone()))?;
    has_room(core, &account.folded)?;
    Ok(account.folded.clone())
}

/// Whether `who` may change the rights of an account from `before` to `after`: only the founder
/// lets others do that.
pub(crate) fn may_change_access(
    core: &Core,
    channel: &Channel,
    who: &User,
    before: Rights,
    after: Rights,
) -> Result<(), Refusal> {
    let registered = registered(channel)?;
    if may_dispose(core, channel, who).is_ok() {
        return Ok(());
    }
    let touches_access = before.has(Right::Access) || after.has(Right::Access);
    let own = account_of(core, who)?;
    // Nobody gives what they have not.
    let mut given = after.iter().filter(|right| !before.has(*right));
    let has_all = given.all(|right| registered.may(&own, right));
    if registered.may(&own, Right::Access) && !touches_access && has_all {
        return Ok(());
    }
    Err(Refusal::NotFounder(channel.name.clone()))
}

/// Whether `who` may make themselves or others operators of the channel.
pub(crate) fn may_op(core: &Core, channel: &Channel, who: &User) -> Result<(), Refusal> {
    let registered = registered(channel)?;
    if registered.may(&account_of(core, who)?, Right::Operator) {
        return Ok(());
    }
    Err(Refusal::OpNeeded(channel.name.clone()))
}

/// Whether `who` may see what accounts may do in the channel: its members, and those who may do
/// something there.
pub(crate) fn may_see_access(core: &Core, channel: &Channel, who: &User) -> bool {
    channel.members.contains_key(&who.profile.id) || holds(core, channel, who)
}

/// Whether `who` may do something in the channel by their account, or by office.
fn holds(core: &Core, channel: &Channel, who: &User) -> bool {
    let account = account_of(core, who).ok();
    let held = |registered: &Registered| {
        account.is_some_and(|account| {
            registered.founder == account || registered.access.contains_key(&account)
        })
    };
    who.may(Privilege::Channels) || channel.registered.as_ref().is_some_and(held)
}

/// Whether `who` may know whose the channel is: those who may see it, and those who may do
/// something there.
pub(crate) fn may_see(core: &Core, channel: &Channel, who: &User) -> bool {
    super::see::channel(channel, who) || holds(core, channel, who)
}
